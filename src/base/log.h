// Log lines on stderr: log_info("loaded {} in {} ms", name, ms). Messages are formatted only when
// their level is on. Safe from every thread. The library itself logs sparingly: what a caller must
// know is a Status.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace tern {

enum class LogLevel : std::uint8_t { kTrace, kDebug, kInfo, kWarning, kError, kOff };

/// Lines below `level` are dropped; kWarning at the start. Meant for main(), from flags.
void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);
/// "trace", "debug", "info", "warning", "error" or "off".
std::optional<LogLevel> parse_log_level(std::string_view name);

/// Writes one line: UTC time with milliseconds, level, message as printable_line() has it, so that
/// text from outside can neither forge a line nor drive the terminal.
void log_line(LogLevel level, std::string_view message);

namespace internal {
void log_formatted(LogLevel level, fmt::string_view format, fmt::format_args args);
}  // namespace internal

template <class... Args>
void log_at(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(level)) internal::log_formatted(level, format, fmt::make_format_args(args...));
}

#define TERN_LOG_FUNCTION(name, level)                            \
  template <class... Args>                                        \
  void name(fmt::format_string<Args...> format, Args&&... args) { \
    log_at(LogLevel::level, format, std::forward<Args>(args)...); \
  }
TERN_LOG_FUNCTION(log_trace, kTrace)
TERN_LOG_FUNCTION(log_debug, kDebug)
TERN_LOG_FUNCTION(log_info, kInfo)
TERN_LOG_FUNCTION(log_warning, kWarning)
TERN_LOG_FUNCTION(log_error, kError)
#undef TERN_LOG_FUNCTION

}  // namespace tern
