#include <CLI/CLI.hpp>

#include "base/errors.h"
#include "base/file.h"
#include "base/printable.h"
#include "command.h"
#include "inspect/html_report.h"
#include "inspect/model_report.h"
#include "passes/pipeline.h"
#include "tern/graph_text.h"
#include "tern/model.h"

namespace tern::app {
namespace {

struct InspectArguments {
  std::string model;
  std::vector<std::string> shapes;
  std::string dot;
  std::string html;
  bool json = false;
  bool kernels = false;
  bool text = false;
  bool full = false;
  bool optimized = false;
  SessionOptions session;
};

/// Tensors above this many elements are only named in a text for people.
constexpr std::int64_t kShownElements = 16;

Status inspect(const InspectArguments& arguments) {
  if (arguments.text || arguments.full) {
    TERN_ASSIGN_OR_RETURN(Graph graph, load_model(arguments.model));
    if (arguments.optimized) {
      const passes::PassContext context{.inference = graph.updates().empty()};
      TERN_TRY(passes::optimize(graph, context, arguments.session.disabled_passes));
    }
    const TextOptions options =
        arguments.full ? TextOptions{} : TextOptions{.max_elements = kShownElements};
    fmt::print("{}", to_text(graph, options));
    return {};
  }
  if (!arguments.dot.empty()) {
    TERN_ASSIGN_OR_RETURN(const Graph graph, load_model(arguments.model));
    TERN_TRY(write_file_atomically(arguments.dot, inspect::to_dot(graph)));
  }
  std::vector<std::pair<std::string, Shape>> shapes;
  for (const std::string& text : arguments.shapes) {
    TERN_ASSIGN_OR_RETURN(auto shape, parse_shape_argument(text));
    shapes.push_back(std::move(shape));
  }
  const bool page = !arguments.html.empty();
  inspect::ModelGraphs graphs;
  TERN_ASSIGN_OR_RETURN(
      const inspect::ModelReport report,
      inspect::inspect_model(arguments.model, shapes, arguments.session, page ? &graphs : nullptr));
  if (page) TERN_TRY(write_file_atomically(arguments.html, inspect::to_html(report, graphs)));
  if (arguments.json) {
    fmt::print("{}\n", inspect::to_json(report));
  } else {
    fmt::print("{}", printable_text(inspect::to_text(report, arguments.kernels)));
  }
  return {};
}

}  // namespace

void add_inspect(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<InspectArguments>();
  CLI::App* command = app.add_subcommand("inspect", "show what a model is and how it will run");
  command->add_option("MODEL", arguments->model, "model file")->required();
  command->add_option("--shape", arguments->shapes, "NAME=1,128: size of an open input (else 1)");
  command->add_flag("--kernels", arguments->kernels, "a line per step: kernel, cost, shapes");
  command->add_flag("--json", arguments->json, "one JSON object");
  command->add_option("--dot", arguments->dot, "write the graph for Graphviz");
  command->add_option("--html", arguments->html,
                      "write a page for a browser: graph, memory plan, table of nodes");
  CLI::Option* text = command->add_flag("--text", arguments->text,
                                        "the graph in tern's text form, and nothing else");
  CLI::Option* full = command->add_flag(
      "--full-text", arguments->full, "the same with all elements of all tensors (.tgraph files)");
  command->add_flag("--optimized", arguments->optimized,
                    "of the text: the graph as the optimisation passes leave it");
  for (CLI::Option* option : {text, full})
    option->excludes("--kernels", "--json", "--dot", "--html");
  add_session_options(*command, arguments->session);
  command->footer(
      "Examples:\n"
      "  tern inspect resnet50.onnx --kernels\n"
      "  tern inspect bert.onnx --shape input_ids=1,128 --html bert.html\n"
      "  tern inspect resnet50.onnx --text | less\n"
      "  tern inspect small.onnx --full-text > small.tgraph\n"
      "  tern inspect net.onnx --dot net.dot && dot -Tsvg net.dot > net.svg");
  command->callback([arguments, &action] {
    action = [arguments] {
      const Status status = inspect(*arguments);
      return status.ok() ? kSuccess : fail(status);
    };
  });
}

}  // namespace tern::app
