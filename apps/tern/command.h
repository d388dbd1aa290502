// What the subcommands share. Each file adds one subcommand to the parser: argument parsing and
// printing only, the work is done by the library.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "inspect/image_input.h"
#include "tern/session.h"
#include "tern/shape.h"
#include "tern/status.h"

namespace CLI {
class App;
}

namespace tern::app {

/// What main runs once the arguments are parsed; returns the exit code.
using Action = std::function<int()>;

void add_bench(CLI::App& app, Action& action);
void add_convert(CLI::App& app, Action& action);
void add_doctor(CLI::App& app, Action& action);
void add_inspect(CLI::App& app, Action& action);
void add_ops(CLI::App& app, Action& action);
void add_predict(CLI::App& app, Action& action);
void add_quantize(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_serve(CLI::App& app, Action& action);
void add_train(CLI::App& app, Action& action);
void add_verify(CLI::App& app, Action& action);

inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;
inline constexpr int kBadUsage = 2;

/// Prints "tern: <message>" on stderr; the exit code for it.
int fail(const Status& status);

/// "NAME=1,128" as ("NAME", [1,128]).
Result<std::pair<std::string, Shape>> parse_shape_argument(const std::string& text);

/// "NAME=REST" split at the first '='; fails without a name.
Result<std::pair<std::string, std::string>> parse_assignment(const std::string& text);

/// --precision f32|bf16.
void add_precision_option(CLI::App& command, Precision& precision);

/// --threads, --no-optimize, --disable-pass, --reference, --memory-limit, --precision: options of
/// the sessions a command makes.
void add_session_options(CLI::App& command, SessionOptions& options);

/// --size, --color, --fit, --layout, --scale, --mean, --std, --imagenet, as they were given.
struct ImageArguments {
  std::string size;
  std::string color;
  std::string fit;
  std::string layout;
  std::optional<float> scale;
  std::string mean;
  std::string std;
  bool imagenet = false;

  void add_to(CLI::App& command);
  Result<inspect::ImageChoices> parse() const;
};

}  // namespace tern::app
