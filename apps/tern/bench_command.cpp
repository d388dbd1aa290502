#include <fmt/chrono.h>

#include <CLI/CLI.hpp>

#include "base/child_process.h"
#include "base/clock.h"
#include "base/errors.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/strings.h"
#include "command.h"
#include "inspect/bench.h"
#include "inspect/bench_report.h"
#include "inspect/profile.h"

namespace tern::app {
namespace {

struct BenchArguments {
  std::vector<std::string> models;
  std::vector<int> threads{1};
  std::vector<std::string> precisions{"f32"};
  inspect::BenchOptions options;
  std::string report;
  std::vector<std::string> shapes;
  std::string trace;
  std::size_t nodes = 20;
  bool json = false;
};

Status run_bench(BenchArguments& arguments) {
  if (arguments.models.size() * arguments.threads.size() * arguments.precisions.size() != 1) {
    return invalid_argument("several models, numbers of threads or precisions need --report DIR");
  }
  arguments.options.model = arguments.models[0];
  arguments.options.threads = arguments.threads[0];
  arguments.options.session.precision = *parse_precision(arguments.precisions[0]);
  for (const std::string& text : arguments.shapes) {
    TERN_ASSIGN_OR_RETURN(const auto shape, parse_shape_argument(text));
    arguments.options.shapes[shape.first] = {shape.second.begin(), shape.second.end()};
  }
  const bool table = arguments.options.profile;
  arguments.options.profile = table || !arguments.trace.empty();
  TERN_ASSIGN_OR_RETURN(const inspect::BenchResult result, inspect::bench(arguments.options));
  if (!arguments.trace.empty()) {
    TERN_TRY(
        write_file_atomically(arguments.trace, inspect::to_trace(result.profile, result.model)));
  }
  if (arguments.json) {
    fmt::print("{}\n", inspect::to_json(result));
    return {};
  }
  fmt::print(
      "{}  batch {}, {} threads, {}, {}\n"
      "  latency      {:.4f} ms median, {:.4f} p10, {:.4f} p90 over {} runs\n"
      "  throughput   {:.1f} per second\n"
      "  session      {:.1f} ms to load and prepare\n"
      "  peak memory  {:.1f} MB, processor {:.2f} cores\n",
      result.model, result.batch, result.threads, result.precision, result.isa, result.median_ms,
      result.p10_ms, result.p90_ms, result.runs, result.per_s, result.session_ms,
      result.peak_rss_mb, result.cpu_util);
  if (result.max_abs_err)
    fmt::print("  max error    {:.3g} against output_0.pb\n", *result.max_abs_err);
  if (result.agreement) {
    fmt::print("  agreement    cosine {:.6f}, the same largest element in {:.1f} % of rows\n",
               result.agreement->cosine, 100 * result.agreement->same_largest);
  }
  if (table) fmt::print("\n{}", inspect::profile_table(result.profile, arguments.nodes));
  return {};
}

// One measurement in a process of its own, so that its memory is its own.
inspect::BenchCell measure(const std::string& program, const BenchArguments& arguments,
                           const std::string& model, const std::string& precision, int threads) {
  std::vector<std::string> command{program,       "bench",
                                   model,         "--json",
                                   "--threads",   std::to_string(threads),
                                   "--precision", precision,
                                   "--batch",     std::to_string(arguments.options.batch),
                                   "--warmup",    std::to_string(arguments.options.warmup),
                                   "--seconds",   fmt::format("{}", arguments.options.seconds)};
  for (const std::string& shape : arguments.shapes) {
    command.insert(command.end(), {"--shape", shape});
  }
  inspect::BenchCell failed{
      .model = model, .threads = threads, .precision = precision, .error = ""};
  const Result<ChildResult> child = run_child(command);
  if (!child.ok()) {
    failed.error = child.status().message();
    return failed;
  }
  Result<inspect::BenchCell> cell = inspect::parse_bench(child->output);
  if (cell.ok()) return *std::move(cell);
  const std::string_view said = trim(child->errors);
  failed.error = said.empty() ? fmt::format("ended with exit code {}", child->exit_code) : said;
  return failed;
}

std::string date_of(const Clock& clock) {
  return fmt::format("{:%Y-%m-%d}",
                     fmt::gmtime(Clock::WallTime::clock::to_time_t(clock.wall_now())));
}

Status write_report(const BenchArguments& arguments) {
  TERN_ASSIGN_OR_RETURN(const std::string program, own_program());
  SystemClock clock;
  inspect::BenchReport report{.machine = inspect::examine(),
                              .date = date_of(clock),
                              .batch = arguments.options.batch,
                              .cells = {}};
  const std::size_t total =
      arguments.models.size() * arguments.precisions.size() * arguments.threads.size();
  ProgressBar bar(clock, ProgressBar::Options{.label = "bench",
                                              .unit = "measurements",
                                              .total = static_cast<std::int64_t>(total)});
  std::size_t failures = 0;
  for (const std::string& model : arguments.models) {
    for (const std::string& precision : arguments.precisions) {
      for (const int threads : arguments.threads) {
        report.cells.push_back(measure(program, arguments, model, precision, threads));
        failures += report.cells.back().error.empty() ? 0 : 1;
        bar.advance();
      }
    }
  }
  bar.finish();
  TERN_TRY(make_directories(arguments.report));
  const std::string markdown = inspect::to_markdown(report);
  TERN_TRY(write_file_atomically(join_path(arguments.report, "report.md"), markdown));
  TERN_TRY(
      write_file_atomically(join_path(arguments.report, "report.html"), inspect::to_html(report)));
  fmt::print("{}", markdown);
  if (failures > 0) return failed_precondition("{} of {} measurements failed", failures, total);
  return {};
}

}  // namespace

void add_bench(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<BenchArguments>();
  inspect::BenchOptions& options = arguments->options;
  CLI::App* command = app.add_subcommand("bench", "measure latency, throughput and memory");
  command->add_option("MODEL", arguments->models, "model file; several with --report")->required();
  command->add_option("--threads", arguments->threads, "threads of one run; a list with --report")
      ->check(CLI::Range(1, 1024))
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--batch", options.batch, "rows: those of the input are repeated")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command
      ->add_option("--precision", arguments->precisions,
                   "of products and convolutions: f32 or bf16; a list with --report")
      ->check(CLI::IsMember({"f32", "bf16"}))
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--seconds", options.seconds, "how long to measure")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  command->add_option("--warmup", options.warmup, "runs not counted")->capture_default_str();
  command->add_option("--data", options.data,
                      "folder with input_0.pb, ...; default test_data_set_0 beside the model");
  command->add_option("--shape", arguments->shapes, "NAME=1,128: shape of a random input");
  command->add_flag("--profile", options.profile, "time per node and per operator");
  command->add_option("--trace", arguments->trace,
                      "write the profile for chrome://tracing or Perfetto, a JSON file");
  command->add_option("--nodes", arguments->nodes, "how many nodes --profile lists")
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "one JSON object");
  command->add_option("--report", arguments->report,
                      "measure every model with every number of threads and precision, each in a "
                      "process of its own, and write report.md and report.html into this folder");
  command->add_option("--disable-pass", options.session.disabled_passes,
                      "leave out a pass, by name");
  command->add_flag_callback(
      "--no-optimize", [&options] { options.session.optimize = false; }, "run the graph as it is");
  command->footer(
      "Examples:\n"
      "  tern bench resnet50.onnx --threads 2\n"
      "  tern bench resnet50.onnx --precision bf16\n"
      "  tern bench bert.onnx --shape input_ids=1,128 --profile\n"
      "  tern bench resnet50.onnx --seconds 1 --trace resnet50.json\n"
      "  tern bench *.onnx --threads 1,2,4 --precision f32,bf16 --report results");
  command->callback([arguments, &action] {
    action = [arguments] {
      const Status status =
          arguments->report.empty() ? run_bench(*arguments) : write_report(*arguments);
      return status.ok() ? kSuccess : fail(status);
    };
  });
}

}  // namespace tern::app
