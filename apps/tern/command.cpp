#include "command.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/errors.h"
#include "base/printable.h"
#include "base/strings.h"

namespace tern::app {

int fail(const Status& status) {
  const std::string text = fmt::format("tern: {}\n", printable_text(status.message()));
  std::fwrite(text.data(), 1, text.size(), stderr);  // fmt::print throws when nobody can read it
  return status.code() == StatusCode::kInvalidArgument ? kBadUsage : kFailure;
}

Result<std::pair<std::string, std::string>> parse_assignment(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return invalid_argument("'{}' is not NAME=VALUE", text);
  }
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

Result<std::pair<std::string, Shape>> parse_shape_argument(const std::string& text) {
  TERN_ASSIGN_OR_RETURN(const auto assignment, parse_assignment(text));
  std::vector<std::int64_t> dims;
  if (!assignment.second.empty()) {
    for (const std::string_view part : split(assignment.second, ',')) {
      const std::optional<std::int64_t> dim = parse_int(trim(part));
      if (!dim) return invalid_argument("'{}' in '{}' is no size", part, text);
      dims.push_back(*dim);
    }
  }
  TERN_ASSIGN_OR_RETURN(const Shape shape, Shape::from(dims));
  return std::pair(assignment.first, shape);
}

void add_precision_option(CLI::App& command, Precision& precision) {
  command
      .add_option_function<std::string>(
          "--precision",
          [&precision](const std::string& name) { precision = *parse_precision(name); },
          "of matrix products and convolutions: f32, or bf16 where the processor multiplies it "
          "faster")
      ->check(CLI::IsMember({"f32", "bf16"}))
      ->default_str(std::string(to_string(precision)));
}

void add_session_options(CLI::App& command, SessionOptions& options) {
  command.add_option("--threads", options.threads, "threads of one run; 0: one per core")
      ->check(CLI::Range(0, 1024));
  command.add_flag_callback(
      "--no-optimize", [&options] { options.optimize = false; }, "run the graph as it is");
  command.add_option("--disable-pass", options.disabled_passes, "leave out a pass, by name");
  command.add_flag("--reference", options.reference_kernels,
                   "run every operator's reference implementation");
  command
      .add_option("--memory-limit", options.memory_limit,
                  "most bytes a session may hold, such as 512MB; 0: no limit")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false));
  add_precision_option(command, options.precision);
}

}  // namespace tern::app
