#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/errors.h"
#include "base/file.h"
#include "base/printable.h"
#include "command.h"
#include "inspect/case_folder.h"
#include "inspect/input_rows.h"
#include "inspect/random_input.h"
#include "tensor/npy.h"

namespace tern::app {
namespace {

struct RunArguments {
  std::string model;
  std::vector<std::string> inputs;
  std::string output;
  std::string record;
  std::vector<std::string> shapes;
  std::uint64_t seed = 1;
  std::int64_t show = 8;
  std::vector<std::string> ignore;
  ImageArguments image;
  SessionOptions session;
};

// An output's name as a file name: what a path would read as a folder is replaced.
std::string file_name_of(std::string_view name) {
  std::string file(name);
  std::ranges::replace(file, '/', '_');
  return file + ".npy";
}

// An .npy file as it is, so that what does not fit is seen; rows of other files as the input wants
// them.
Result<Tensor> read_file_for(const IoInfo& input, const std::string& path, const Session& session,
                             const inspect::RowChoices& choices) {
  if (file_extension(path) == ".npy") return read_npy(path);
  return inspect::read_input(path, input, session.graph().metadata, choices);
}

Result<std::vector<Tensor>> read_inputs(const RunArguments& arguments, const Session& session) {
  inspect::ShapeOverrides shapes;
  for (const std::string& text : arguments.shapes) {
    TERN_ASSIGN_OR_RETURN(const auto shape, parse_shape_argument(text));
    shapes[shape.first] = {shape.second.begin(), shape.second.end()};
  }
  TERN_TRY(inspect::check_overrides(session, shapes));
  inspect::RowChoices choices{.ignore = arguments.ignore};
  TERN_ASSIGN_OR_RETURN(choices.image, arguments.image.parse());
  std::vector<Tensor> given(session.inputs().size());
  for (const std::string& text : arguments.inputs) {
    TERN_ASSIGN_OR_RETURN(const auto assignment, parse_assignment(text));
    const auto it = std::ranges::find(session.inputs(), assignment.first, &IoInfo::name);
    if (it == session.inputs().end()) {
      return invalid_argument("the model has no input '{}'", assignment.first);
    }
    Tensor& tensor = given[static_cast<std::size_t>(it - session.inputs().begin())];
    if (assignment.second == "random") continue;
    TERN_ASSIGN_OR_RETURN(tensor, read_file_for(*it, assignment.second, session, choices));
  }
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i].defined()) continue;
    TERN_ASSIGN_OR_RETURN(given[i],
                          inspect::random_input(session.inputs()[i], shapes, arguments.seed + i));
  }
  return given;
}

Status run(const RunArguments& arguments) {
  TERN_ASSIGN_OR_RETURN(Session session, Session::load(arguments.model, arguments.session));
  TERN_ASSIGN_OR_RETURN(const std::vector<Tensor> inputs, read_inputs(arguments, session));
  TERN_ASSIGN_OR_RETURN(const std::vector<Tensor> outputs,
                        session.run(std::span<const Tensor>(inputs)));
  if (!arguments.output.empty()) TERN_TRY(make_directories(arguments.output));
  if (!arguments.record.empty()) {
    TERN_TRY(
        inspect::write_data_set({.path = arguments.record, .inputs = inputs, .outputs = outputs}));
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string& name = session.outputs()[i].name;
    fmt::print("{}  {}\n", printable_line(name), outputs[i].to_string(arguments.show));
    if (arguments.output.empty()) continue;
    TERN_TRY(write_npy(join_path(arguments.output, file_name_of(name)), outputs[i]));
  }
  return {};
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "run a model once and show or save its outputs");
  command->add_option("MODEL", arguments->model, "model file")->required();
  command->add_option(
      "--input", arguments->inputs,
      "NAME=FILE (.npy, .csv, .csv.gz, an image, a folder of images) or NAME=random; "
      "inputs not named are random");
  command->add_option("--output", arguments->output, "folder for one NAME.npy per output");
  command->add_option("--record", arguments->record,
                      "folder for input_i.pb and output_i.pb, as tern verify reads them");
  command->add_option("--shape", arguments->shapes, "NAME=1,128: shape of a random input");
  command->add_option("--seed", arguments->seed, "of random inputs");
  command->add_option("--show", arguments->show, "elements of each output to print");
  command->add_option("--ignore", arguments->ignore, "columns of CSV files to leave out")
      ->delimiter(',');
  arguments->image.add_to(*command);
  add_session_options(*command, arguments->session);
  command->footer(
      "Examples:\n"
      "  tern run mnist.onnx --input image=digit.npy --output out\n"
      "  tern run resnet50.onnx --input data=cat.jpg --imagenet\n"
      "  tern run bert.onnx --shape input_ids=1,128\n"
      "  tern run net/model.onnx --reference --record net/test_data_set_0 && tern verify net");
  command->callback([arguments, &action] {
    action = [arguments] {
      const Status status = run(*arguments);
      return status.ok() ? kSuccess : fail(status);
    };
  });
}

}  // namespace tern::app
