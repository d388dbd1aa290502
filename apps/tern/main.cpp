// tern: the one binary. Subcommands stand in files of their own.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <exception>

#include "base/errors.h"
#include "command.h"
#include "tern/version.h"

int main(int argc, char** argv) {
  CLI::App app("tern: one engine for the whole life of a neural network", "tern");
  app.set_version_flag("--version", std::string("tern ") + std::string(tern::version()));
  app.require_subcommand(1);
  app.footer("tern SUBCOMMAND --help shows the options and examples of each.");

  tern::app::Action action;
  tern::app::add_run(app, action);
  tern::app::add_train(app, action);
  tern::app::add_inspect(app, action);
  tern::app::add_bench(app, action);
  tern::app::add_verify(app, action);
  tern::app::add_serve(app, action);
  tern::app::add_predict(app, action);
  tern::app::add_convert(app, action);
  tern::app::add_quantize(app, action);
  tern::app::add_ops(app, action);
  tern::app::add_doctor(app, action);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {  // --help, --version
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    app.exit(e);
    return tern::app::kBadUsage;
  }
  try {
    const int code = action();
    // A full disk or a closed pipe shows only now, when the last of the output is written.
    if (std::fflush(stdout) != 0 && code == tern::app::kSuccess) {
      return tern::app::fail(tern::system_error(errno, "standard output"));
    }
    return code;
  } catch (const std::exception& e) {  // no memory, or output that cannot be written
    return tern::app::fail(tern::internal_error("{}", e.what()));
  }
}
