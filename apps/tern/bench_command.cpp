#include <CLI/CLI.hpp>

#include "base/errors.h"
#include "base/file.h"
#include "command.h"
#include "inspect/bench.h"
#include "inspect/profile.h"

namespace tern::app {
namespace {

struct BenchArguments {
  inspect::BenchOptions options;
  std::vector<std::string> shapes;
  std::string trace;
  std::size_t nodes = 20;
  bool json = false;
};

Status run_bench(BenchArguments& arguments) {
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

}  // namespace

void add_bench(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<BenchArguments>();
  inspect::BenchOptions& options = arguments->options;
  CLI::App* command = app.add_subcommand("bench", "measure latency, throughput and memory");
  command->add_option("MODEL", options.model, "model file")->required();
  command->add_option("--threads", options.threads, "threads of one run")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--batch", options.batch, "rows: those of the input are repeated")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add_precision_option(*command, options.session.precision);
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
  command->add_option("--disable-pass", options.session.disabled_passes,
                      "leave out a pass, by name");
  command->add_flag_callback(
      "--no-optimize", [&options] { options.session.optimize = false; }, "run the graph as it is");
  command->footer(
      "Examples:\n"
      "  tern bench resnet50.onnx --threads 2\n"
      "  tern bench resnet50.onnx --precision bf16\n"
      "  tern bench bert.onnx --shape input_ids=1,128 --profile\n"
      "  tern bench resnet50.onnx --seconds 1 --trace resnet50.json");
  command->callback([arguments, &action] {
    action = [arguments] {
      const Status status = run_bench(*arguments);
      return status.ok() ? kSuccess : fail(status);
    };
  });
}

}  // namespace tern::app
