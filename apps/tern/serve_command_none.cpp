#include <CLI/CLI.hpp>

#include "base/errors.h"
#include "command.h"

namespace tern::app {

void add_serve(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("serve", "serve models over HTTP (not in this build)");
  command->allow_extras();
  command->callback([&action] {
    action = [] {
      return fail(unimplemented(
          "this build has no server: configure it with -DTERN_WITH_SERVE=ON and build again"));
    };
  });
}

}  // namespace tern::app
