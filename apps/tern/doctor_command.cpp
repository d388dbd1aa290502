#include <CLI/CLI.hpp>

#include "base/errors.h"
#include "command.h"
#include "inspect/doctor.h"

namespace tern::app {

void add_doctor(CLI::App& app, Action& action) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command =
      app.add_subcommand("doctor", "show the machine, the instructions in use and what they reach");
  command->add_flag("--json", *json, "one JSON object");
  command->footer("Example:\n  TERN_MAX_ISA=avx2 tern doctor");
  command->callback([json, &action] {
    action = [json] {
      const inspect::DoctorReport report = inspect::examine();
      fmt::print("{}{}", *json ? inspect::to_json(report) : inspect::to_text(report),
                 *json ? "\n" : "");
      return kSuccess;
    };
  });
}

}  // namespace tern::app
