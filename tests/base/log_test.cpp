#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace tern {
namespace {

using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

/// What `body` logs at `level` and above.
std::string logged(LogLevel level, const std::function<void()>& body) {
  set_log_level(level);
  CaptureStderr();
  body();
  set_log_level(LogLevel::kWarning);
  return GetCapturedStderr();
}

TEST(Log, WritesTimeLevelAndMessage) {
  const std::string line =
      logged(LogLevel::kInfo, [] { log_info("loaded {} in {} ms", "net", 5); });
  EXPECT_THAT(line, ::testing::MatchesRegex("[0-9-]+T[0-9:]+\\.[0-9]+Z info loaded net in 5 ms\n"));
}

TEST(Log, DropsLinesBelowTheLevel) {
  const auto body = [] {
    log_debug("d");
    log_warning("w");
    log_error("e");
  };
  EXPECT_THAT(
      logged(LogLevel::kWarning, body),
      ::testing::AllOf(::testing::HasSubstr(" w\n"), ::testing::Not(::testing::HasSubstr(" d\n"))));
  EXPECT_EQ(logged(LogLevel::kOff, body), "");
}

TEST(Log, TextFromOutsideCannotForgeALine) {
  const std::string line = logged(LogLevel::kInfo, [] { log_info("name {}", "x\nerror \x1b[2J"); });
  EXPECT_THAT(line, ::testing::HasSubstr("name x\\x0aerror \\x1b[2J\n"));
}

TEST(Log, BracesInAFinishedMessageAreText) {
  EXPECT_THAT(logged(LogLevel::kInfo, [] { log_line(LogLevel::kInfo, "{} {0}"); }),
              ::testing::HasSubstr("{} {0}\n"));
}

TEST(Log, ParsesLevelNames) {
  EXPECT_EQ(parse_log_level("warning"), LogLevel::kWarning);
  EXPECT_EQ(parse_log_level("off"), LogLevel::kOff);
  EXPECT_EQ(parse_log_level("loud"), std::nullopt);
}

}  // namespace
}  // namespace tern
