#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>

#include <array>
#include <memory>
#include <string>

#include "base/printable.h"

namespace tern {
namespace {

constexpr std::array<std::string_view, 6> kNames{"trace",   "debug", "info",
                                                 "warning", "error", "off"};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace: return spdlog::level::trace;
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
    case LogLevel::kOff: return spdlog::level::off;
  }
  return spdlog::level::off;
}

/// Not registered with spdlog, so that a program with its own loggers keeps them. Never destroyed:
/// threads may still log while the program ends.
spdlog::logger& logger() {
  static spdlog::logger& instance = *[] {
    auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>();
    auto made = std::make_unique<spdlog::logger>("tern", std::move(sink));
    made->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        "%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc));
    made->set_level(spdlog::level::warn);
    made->flush_on(spdlog::level::trace);
    return made.release();
  }();
  return instance;
}

}  // namespace

void set_log_level(LogLevel level) { logger().set_level(to_spdlog(level)); }

bool log_enabled(LogLevel level) {
  return level != LogLevel::kOff && logger().should_log(to_spdlog(level));
}

std::optional<LogLevel> parse_log_level(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

void log_line(LogLevel level, std::string_view message) {
  if (!log_enabled(level)) return;
  logger().log(to_spdlog(level), spdlog::string_view_t(printable_line(message)));
}

namespace internal {

void log_formatted(LogLevel level, fmt::string_view format, fmt::format_args args) {
  log_line(level, fmt::vformat(format, args));
}

}  // namespace internal
}  // namespace tern
