// Matchers for Status and Result that show the message when they fail.
//
//   ASSERT_THAT(write_file_atomically(path, text), IsOk());
//   EXPECT_THAT(read_file(path), FailsWith(StatusCode::kNotFound, "x.bin"));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>

#include "tern/status.h"

namespace tern {

inline void PrintTo(const Status& status, std::ostream* out) { *out << status.to_string(); }
template <class T>
void PrintTo(const Result<T>& result, std::ostream* out) {
  *out << result.status().to_string();
}

namespace testing {

inline const Status& status_of(const Status& status) { return status; }
template <class T>
Status status_of(const Result<T>& result) {
  return result.status();
}

MATCHER(IsOk, "is ok") { return status_of(arg).ok(); }

/// The code, and a part of the message.
MATCHER_P2(FailsWith, code, part,
           "fails with " + std::string(to_string(code)) + " and says \"" + part + "\"") {
  const Status status = status_of(arg);
  return status.code() == code && status.message().find(part) != std::string_view::npos;
}

}  // namespace testing
}  // namespace tern
