#include <CLI/CLI.hpp>

#include "base/errors.h"
#include "base/file.h"
#include "base/strings.h"
#include "command.h"
#include "tern/model.h"
#include "tern/simplify.h"

namespace tern::app {
namespace {

struct ConvertArguments {
  std::string model;
  std::string output;
  bool optimize = false;
  SaveOptions save;
};

Status convert(const ConvertArguments& arguments) {
  TERN_ASSIGN_OR_RETURN(Graph graph, load_model(arguments.model));
  const std::size_t before = graph.nodes().size();
  if (arguments.optimize) {
    if (Status s = simplify(graph); !s.ok()) return std::move(s).with_context(arguments.model);
  }
  TERN_TRY(save_model(graph, arguments.output, arguments.save));
  TERN_ASSIGN_OR_RETURN(const FileInfo file, file_info(arguments.output));
  TERN_ASSIGN_OR_RETURN(const Graph written, load_model(arguments.output));
  fmt::print("{}: {} nodes of {}, {}\n", arguments.output, written.nodes().size(), before,
             format_bytes(file.bytes));
  return {};
}

}  // namespace

void add_convert(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<ConvertArguments>();
  CLI::App* command = app.add_subcommand("convert", "write a model in another format or opset");
  command->add_option("MODEL", arguments->model, "model file")->required();
  command
      ->add_option("OUTPUT", arguments->output, "file to write; its name tells the format (.onnx)")
      ->required();
  command->add_flag("--optimize", arguments->optimize,
                    "fold constants and shape arithmetic, merge BatchNormalization, drop what is "
                    "not needed");
  command->add_option("--opset", arguments->save.opset,
                      "of ONNX: the opset to write, 17 or newer (the oldest that fits)");
  command
      ->add_option("--outputs", arguments->save.outputs,
                   "names of values that become the outputs (those of the model)")
      ->delimiter(',');
  command->add_flag("--external-data", arguments->save.external_data,
                    "large tensors go into OUTPUT.data");
  command->footer(
      "Examples:\n"
      "  tern convert net.onnx small.onnx --optimize\n"
      "  tern convert old.onnx new.onnx --opset 21\n"
      "  tern convert net.onnx backbone.onnx --outputs features");
  command->callback([arguments, &action] {
    action = [arguments] {
      const Status status = convert(*arguments);
      return status.ok() ? kSuccess : fail(status);
    };
  });
}

}  // namespace tern::app
