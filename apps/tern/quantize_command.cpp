#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/errors.h"
#include "base/file.h"
#include "base/json.h"
#include "base/strings.h"
#include "command.h"
#include "inspect/model_difference.h"
#include "tern/model.h"
#include "tern/quantize.h"

namespace tern::app {
namespace {

struct QuantizeArguments {
  std::string model;
  std::string output;
  std::vector<std::string> data;
  std::string scheme = "static";
  std::string calibration = "minmax";
  bool per_tensor = false;
  std::size_t top = 10;
  bool json = false;
  inspect::SampleOptions samples;
  ImageArguments image;
  QuantizeOptions options;
};

const std::map<std::string, QuantizeScheme> kSchemes{{"static", QuantizeScheme::kStatic},
                                                     {"dynamic", QuantizeScheme::kDynamic},
                                                     {"int4", QuantizeScheme::kInt4},
                                                     {"f16", QuantizeScheme::kF16},
                                                     {"bf16", QuantizeScheme::kBF16}};
const std::map<std::string, Calibration> kCalibrations{{"minmax", Calibration::kMinMax},
                                                       {"percentile", Calibration::kPercentile},
                                                       {"entropy", Calibration::kEntropy}};

template <class Value>
std::vector<std::string> names(const std::map<std::string, Value>& table) {
  std::vector<std::string> keys;
  for (const auto& entry : table) keys.push_back(entry.first);
  return keys;
}

// What the command tells when it is done.
struct Report {
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
  std::size_t samples = 0;
  std::vector<LayerError> layers;
  std::vector<inspect::OutputDifference> outputs;
};

std::string to_json(const QuantizeArguments& arguments, const Report& report) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("model", arguments.model);
  json.field("output", arguments.output);
  json.field("scheme", arguments.scheme);
  json.field("bytes_before", static_cast<std::int64_t>(report.bytes_before));
  json.field("bytes_after", static_cast<std::int64_t>(report.bytes_after));
  json.field("samples", static_cast<std::int64_t>(report.samples));
  json.key("outputs");
  json.begin_array();
  for (const inspect::OutputDifference& d : report.outputs) {
    json.begin_object();
    json.field("name", d.name);
    json.field("max_abs_error", d.max_abs);
    json.field("cosine", d.cosine);
    json.field("same_largest", d.same_largest);
    json.end_object();
  }
  json.end_array();
  json.key("layers");
  json.begin_array();
  for (const LayerError& layer : report.layers) {
    json.begin_object();
    json.field("node", layer.node);
    json.field("op", layer.op);
    json.field("error", layer.error);
    json.field("kept", layer.kept);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return text;
}

void print(const QuantizeArguments& arguments, const Report& report) {
  fmt::print("{}: {} of {} ({:.1f} %)\n", arguments.output, format_bytes(report.bytes_after),
             format_bytes(report.bytes_before),
             100.0 * static_cast<double>(report.bytes_after) /
                 static_cast<double>(std::max<std::uint64_t>(1, report.bytes_before)));
  if (report.samples == 0) {
    fmt::print("no samples: give --data to see what it costs in accuracy\n");
    return;
  }
  fmt::print("\n{:>12}  {:>9}  {:>12}  output, over {} samples\n", "max error", "cosine",
             "same largest", report.samples);
  for (const inspect::OutputDifference& d : report.outputs) {
    fmt::print("{:>12.4g}  {:>9.6f}  {:>10.2f} %  {}\n", d.max_abs, d.cosine, 100 * d.same_largest,
               d.name);
  }
  fmt::print("\n{:>9}  layer (each alone; --keep NAME leaves one out)\n", "error");
  for (std::size_t i = 0; i < std::min(arguments.top, report.layers.size()); ++i) {
    const LayerError& layer = report.layers[i];
    fmt::print("{:>9.5f}  {} {}{}\n", layer.error, layer.op, layer.node,
               layer.kept ? " (kept as it was)" : "");
  }
}

Status quantize(QuantizeArguments& arguments) {
  QuantizeOptions& options = arguments.options;
  options.scheme = kSchemes.at(arguments.scheme);
  options.calibration = kCalibrations.at(arguments.calibration);
  options.per_channel = !arguments.per_tensor;
  TERN_ASSIGN_OR_RETURN(arguments.samples.rows.image, arguments.image.parse());
  TERN_ASSIGN_OR_RETURN(const Graph model, load_model(arguments.model));
  TERN_ASSIGN_OR_RETURN(Session exact, Session::create(model, options.session));
  TERN_ASSIGN_OR_RETURN(const std::vector<inspect::Sample> samples,
                        inspect::read_samples(arguments.data, exact, arguments.samples));
  Result<QuantizedModel> quantized = tern::quantize(model, samples, options);
  if (!quantized.ok()) return std::move(quantized).status().with_context(arguments.model);
  TERN_TRY(save_model(quantized->graph, arguments.output));

  Report report{.samples = samples.size(), .layers = std::move(quantized->layers), .outputs = {}};
  TERN_ASSIGN_OR_RETURN(const FileInfo before, file_info(arguments.model));
  TERN_ASSIGN_OR_RETURN(const FileInfo after, file_info(arguments.output));
  report.bytes_before = before.bytes;
  report.bytes_after = after.bytes;
  TERN_ASSIGN_OR_RETURN(Session other, Session::load(arguments.output, options.session));
  TERN_ASSIGN_OR_RETURN(report.outputs, inspect::compare_models(exact, other, samples));
  if (arguments.json) {
    fmt::print("{}\n", to_json(arguments, report));
  } else {
    print(arguments, report);
  }
  return {};
}

}  // namespace

void add_quantize(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<QuantizeArguments>();
  QuantizeOptions& options = arguments->options;
  CLI::App* command = app.add_subcommand(
      "quantize", "write a model with smaller numbers, and tell what that costs");
  command->add_option("MODEL", arguments->model, "model file with f32 weights")->required();
  command->add_option("OUTPUT", arguments->output, "file to write (.onnx)")->required();
  command
      ->add_option("--scheme", arguments->scheme,
                   "static: 8 bits, ranges from --data; dynamic: 8 bits, products only; int4: "
                   "weights of products in 4 bits; f16, bf16: storage only")
      ->check(CLI::IsMember(names(kSchemes)))
      ->capture_default_str();
  command->add_option("--data", arguments->data,
                      "samples of inputs: .npy, .csv, images, folders of images, or folders with "
                      "input_0.pb");
  command->add_option("--samples", arguments->samples.limit, "samples to use at most, 0 for all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command
      ->add_option("--calibration", arguments->calibration,
                   "range of an activation: minmax, percentile or entropy")
      ->check(CLI::IsMember(names(kCalibrations)))
      ->capture_default_str();
  command
      ->add_option("--percentile", options.percentile,
                   "percent of the values that the range covers, with --calibration percentile")
      ->capture_default_str();
  command->add_flag("--per-tensor", arguments->per_tensor,
                    "one scale per weight instead of one per output channel");
  command->add_option("--block", options.block_size, "weights that share a scale, with int4")
      ->capture_default_str();
  command->add_option("--keep", options.keep,
                      "layers to leave as they are: node names with * and ?, divided by commas");
  command->add_option("--max-error", options.max_error,
                      "leave layers as they are whose own error is above this");
  command->add_option("--top", arguments->top, "layers to show, the worst first")
      ->capture_default_str();
  command->add_option("--label", arguments->samples.rows.label, "column of a CSV file with labels");
  command->add_flag("--json", arguments->json, "one JSON object instead of text");
  arguments->image.add_to(*command);
  add_session_options(*command, options.session);
  command->footer(
      "Examples:\n"
      "  tern quantize resnet50.onnx resnet50.int8.onnx --data photos/ --imagenet\n"
      "  tern quantize bert.onnx bert.int8.onnx --scheme dynamic --data samples/\n"
      "  tern quantize gpt2.onnx gpt2.int4.onnx --scheme int4 --keep '*lm_head*'");
  command->callback([arguments, &action] {
    action = [arguments] {
      const Status status = quantize(*arguments);
      return status.ok() ? kSuccess : fail(status);
    };
  });
}

}  // namespace tern::app
