#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/clock.h"
#include "base/errors.h"
#include "base/file.h"
#include "base/printable.h"
#include "base/progress.h"
#include "base/strings.h"
#include "command.h"
#include "inspect/predict.h"
#include "inspect/predict_report.h"

namespace tern::app {
namespace {

struct PredictArguments {
  inspect::PredictOptions options;
  std::string labels_file;
  ImageArguments image;
  std::string file;
  bool json = false;
  bool quiet = false;
};

/// One name a line.
Result<std::vector<std::string>> read_labels(const std::string& path) {
  TERN_ASSIGN_OR_RETURN(const std::string text, read_file(path));
  std::vector<std::string> labels;
  for (const std::string_view line : split(trim(text), '\n')) labels.emplace_back(trim(line));
  return labels;
}

Status predict(PredictArguments& arguments) {
  inspect::PredictOptions& options = arguments.options;
  TERN_ASSIGN_OR_RETURN(options.rows.image, arguments.image.parse());
  if (!arguments.labels_file.empty()) {
    TERN_ASSIGN_OR_RETURN(options.labels, read_labels(arguments.labels_file));
  }
  std::optional<inspect::PredictFile> file;
  if (!arguments.file.empty()) {
    TERN_ASSIGN_OR_RETURN(file, inspect::PredictFile::create(arguments.file));
  }
  inspect::PredictJson json(options.model);
  SystemClock clock;
  std::optional<ProgressBar> bar;
  const auto on_row = [&](const inspect::RowPrediction& row, std::int64_t total) -> Status {
    if (!bar)
      bar.emplace(clock, ProgressBar::Options{.label = "predict", .unit = "rows", .total = total});
    if (arguments.json) {
      json.add(row);
    } else if (!arguments.quiet) {
      bar->clear_line();
      fmt::print("{}\n", printable_line(inspect::to_line(row)));
    }
    if (file) TERN_TRY(file->add(row));
    bar->advance();
    return {};
  };
  TERN_ASSIGN_OR_RETURN(const inspect::PredictSummary summary, inspect::predict(options, on_row));
  if (bar) bar->finish();
  if (file) TERN_TRY(file->write());
  fmt::print("{}\n", arguments.json ? json.finish(summary) : inspect::to_line(summary));
  return {};
}

}  // namespace

void add_predict(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<PredictArguments>();
  inspect::PredictOptions& options = arguments->options;
  CLI::App* command =
      app.add_subcommand("predict", "run a model on files and tell what it makes of them");
  command->add_option("MODEL", options.model, "model file with one input")->required();
  command
      ->add_option("INPUT", options.inputs,
                   ".npy, .csv or .csv.gz with a row each, images, folders of images")
      ->required();
  command->add_option("--label", options.rows.label,
                      "column of a CSV file with labels: a name, a number from 1, or last");
  command->add_option("--ignore", options.rows.ignore, "columns of a CSV file to leave out")
      ->delimiter(',');
  command->add_option("--labels", arguments->labels_file,
                      "file with the names of the classes, one a line; else the model's own");
  command->add_option("--top", options.top, "classes to show per row (5)");
  command->add_option("--result", options.output, "output of the model to show; else the first");
  command->add_option("--batch", options.batch, "rows of one run")->capture_default_str();
  command->add_option("--output", arguments->file, "FILE.npy or FILE.csv for the outputs");
  command->add_flag("--json", arguments->json, "one JSON object instead of lines");
  command->add_flag("--quiet", arguments->quiet, "the summary only");
  arguments->image.add_to(*command);
  add_session_options(*command, options.session);
  command->footer(
      "Labels come from --label or the model's training data columns in a CSV file, and from the\n"
      "names of subfolders in a folder of images; with them the summary tells the accuracy.\n"
      "Examples:\n"
      "  tern predict digits.onnx digits.csv.gz --label last --quiet\n"
      "  tern predict resnet50.onnx cat.jpg --imagenet --labels imagenet.txt --top 3\n"
      "  tern predict net.onnx photos/ --json > photos.json\n"
      "  tern predict net.onnx x.npy --output y.npy");
  command->callback([arguments, &action] {
    action = [arguments] {
      const Status status = predict(*arguments);
      return status.ok() ? kSuccess : fail(status);
    };
  });
}

}  // namespace tern::app
