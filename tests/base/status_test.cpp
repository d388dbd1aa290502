#include "tern/status.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "base/errors.h"

namespace tern {
namespace {

TEST(Status, SuccessHasNoMessage) {
  const Status s;
  EXPECT_TRUE(s.ok());
  EXPECT_EQ(s.code(), StatusCode::kOk);
  EXPECT_EQ(s.to_string(), "ok");
}

TEST(Status, ContextGrowsFromTheInsideOut) {
  Status s = invalid_argument("axis {} for rank {}", 4, 3);
  s = std::move(s).with_context("node softmax").with_context("net.onnx");
  EXPECT_EQ(s.to_string(), "invalid argument: net.onnx: node softmax: axis 4 for rank 3");
}

TEST(Status, CopiesAreIndependent) {
  const Status a = not_found("x");
  Status b = a;
  b = std::move(b).with_context("y");
  EXPECT_EQ(a.message(), "x");
  EXPECT_EQ(b.message(), "y: x");
}

Result<int> half(int n) {
  if (n % 2 != 0) return invalid_argument("{} is odd", n);
  return n / 2;
}

Result<int> quarter(int n) {
  TERN_ASSIGN_OR_RETURN(const int h, half(n));
  TERN_ASSIGN_OR_RETURN(const int q, half(h));
  return q;
}

TEST(Result, PropagatesTheFirstFailure) {
  EXPECT_EQ(*quarter(12), 3);
  EXPECT_EQ(quarter(6).status().message(), "3 is odd");
}

TEST(Result, ReadingAFailureEndsTheProgramWithItsMessage) {
  EXPECT_DEATH((void)half(3).value(), "3 is odd");
}

TEST(SystemError, MapsErrnoToCodes) {
  EXPECT_EQ(system_error(ENOENT, "a.bin").to_string(),
            "not found: a.bin: No such file or directory");
  EXPECT_EQ(system_error(ENOSPC, "x").code(), StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace tern
