#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "base/errors.h"
#include "base/printable.h"
#include "base/progress.h"
#include "command.h"
#include "inspect/verify.h"

namespace tern::app {
namespace {

struct VerifyArguments {
  std::vector<std::string> paths;
  inspect::VerifyOptions options;
  std::string compare = "tolerance";
};

int verify(VerifyArguments& arguments) {
  if (arguments.compare == "close") arguments.options.mode = inspect::CompareMode::kClose;
  SystemClock clock;
  std::optional<ProgressBar> bar;
  const auto on_result = [&](const inspect::CaseResult& result, std::size_t total) {
    if (!bar) {
      bar.emplace(clock, ProgressBar::Options{.label = "verify",
                                              .unit = "cases",
                                              .total = static_cast<std::int64_t>(total)});
    }
    if (result.verdict != inspect::Verdict::kPassed) {
      bar->clear_line();
      const std::string line =
          fmt::format("{} {}: {}", result.verdict == inspect::Verdict::kFailed ? "FAIL" : "SKIP",
                      result.name, result.reason);
      fmt::print("{}\n", printable_text(line));
    }
    bar->advance();
  };
  const Result<inspect::VerifySummary> summary =
      inspect::verify_paths(arguments.paths, arguments.options, on_result);
  if (bar) bar->finish();
  if (!summary.ok()) return fail(summary.status());
  fmt::print("{} passed, {} failed, {} skipped\n", summary->passed, summary->failed,
             summary->skipped);
  return summary->failed == 0 ? kSuccess : kFailure;
}

}  // namespace

void add_verify(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<VerifyArguments>();
  CLI::App* command =
      app.add_subcommand("verify", "run models on recorded inputs and compare their outputs");
  command->add_option("PATH", arguments->paths, "case folders, or trees of them")->required();
  command->add_option("--rtol", arguments->options.rtol,
                      "relative tolerance (data.json's, else 1e-3)");
  command->add_option("--atol", arguments->options.atol,
                      "absolute tolerance (data.json's, else 1e-7)");
  command
      ->add_option("--compare", arguments->compare,
                   "tolerance, or close: cosine >= 0.99 and the same largest element")
      ->check(CLI::IsMember({"tolerance", "close"}))
      ->capture_default_str();
  add_session_options(*command, arguments->options.session);
  command->footer(
      "A case is a folder with model.onnx and test_data_set_*/input_0.pb, output_0.pb.\n"
      "Examples:\n"
      "  tern verify onnx/backend/test/data/node\n"
      "  tern verify net --rtol 1e-2 --disable-pass fuse_conv_bn");
  command->callback([arguments, &action] { action = [arguments] { return verify(*arguments); }; });
}

}  // namespace tern::app
