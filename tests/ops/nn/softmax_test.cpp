#include <cmath>

#include "tern/ops/nn.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

// Rows of log(1), log(2), log(5): softmax gives eighths.
Tensor logs() { return f32({1, 3}, {0, std::log(2.0), std::log(5.0)}); }

}  // namespace

TERN_OP_TEST(Softmax) {
  return {
      {.name = "eighths",
       .op = ops::Softmax{},
       .inputs = {logs()},
       .expected = {f32({1, 3}, {0.125, 0.25, 0.625})}},
      {.name = "along another axis",
       .op = ops::Softmax{.axis = 0},
       .inputs = {f32({2, 2}, {0, 0, std::log(3.0), 0})},
       .expected = {f32({2, 2}, {0.25, 0.5, 0.75, 0.5})}},
      {.name = "large values do not overflow",
       .op = ops::Softmax{},
       .inputs = {f32({2}, {10000, 10000 + std::log(3.0)})},
       .expected = {f32({2}, {0.25, 0.75})},
       .tolerance = {1e-3, 1e-3},
       .gradient = false,
       .other_dtypes = false},
  };
}

TERN_OP_TEST(LogSoftmax) {
  return {
      {.name = "eighths",
       .op = ops::LogSoftmax{},
       .inputs = {logs()},
       .expected = {f32({1, 3}, {std::log(0.125), std::log(0.25), std::log(0.625)})}},
      {.name = "along another axis",
       .op = ops::LogSoftmax{.axis = 0},
       .inputs = {f32({2, 2}, {0, 0, std::log(3.0), 0})},
       .expected = {f32({2, 2}, {std::log(0.25), std::log(0.5), std::log(0.75), std::log(0.5)})}},
      {.name = "large values do not overflow",
       .op = ops::LogSoftmax{},
       .inputs = {f32({2}, {1000, 0})},
       .expected = {f32({2}, {0, -1000})},
       .gradient = false},
  };
}

TEST(Softmax, RefusesAnAxisOutOfRange) {
  expect_refused(ops::Softmax{.axis = 1}, {f32({2}, {1, 2})}, "axis 1 for rank 1");
  expect_refused(ops::LogSoftmax{.axis = -2}, {f32({2}, {1, 2})}, "axis -2 for rank 1");
}

}  // namespace tern::testing
