#include <CLI/CLI.hpp>

#include "base/errors.h"
#include "command.h"
#include "inspect/op_index.h"

namespace tern::app {

void add_ops(CLI::App& app, Action& action) {
  struct Arguments {
    std::string part;
    bool json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("ops", "list the operators: opset, gradient, fast kernels, types");
  command->add_option("NAME", arguments->part, "only those whose name contains this");
  command->add_flag("--json", arguments->json, "an array of objects, with names of kernels");
  command->footer("Examples:\n  tern ops\n  tern ops pool\n  tern ops --json softmax");
  command->callback([arguments, &action] {
    action = [arguments] {
      const std::vector<inspect::OpEntry> index = inspect::op_index(arguments->part);
      if (index.empty()) {
        return fail(not_found("no operator's name contains {}", arguments->part));
      }
      fmt::print("{}{}", arguments->json ? inspect::to_json(index) : inspect::to_text(index),
                 arguments->json ? "\n" : "");
      return kSuccess;
    };
  });
}

}  // namespace tern::app
