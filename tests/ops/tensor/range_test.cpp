#include <limits>

#include "tern/ops/tensor.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

Tensor n(std::int64_t value) { return i64({}, {value}); }
Tensor x(double value) { return f32({}, {value}); }

}  // namespace

TERN_OP_TEST(Range) {
  return {
      {.name = "up",
       .op = ops::Range{},
       .inputs = {n(3), n(9), n(3)},
       .expected = {i64({2}, {3, 6})}},
      {.name = "down",
       .op = ops::Range{},
       .inputs = {i32({}, {10}), i32({}, {4}), i32({}, {-2})},
       .expected = {i32({3}, {10, 8, 6})}},
      {.name = "floats",
       .op = ops::Range{},
       .inputs = {x(1), x(2), x(0.3)},
       .expected = {f32({4}, {1, 1.3, 1.6, 1.9})},
       // The number of elements depends on the rounding of the inputs.
       .other_dtypes = false},
      {.name = "the wrong way is empty",
       .op = ops::Range{},
       .inputs = {n(3), n(9), n(-1)},
       .expected = {i64({0}, {})}},
      {.name = "from end to end of i64",
       .op = ops::Range{},
       .inputs = {n(kMin), n(kMax), n(kMax)},
       .expected = {i64({3}, {kMin, -1, kMax - 1})}},
      {.name = "the widest step",
       .op = ops::Range{},
       .inputs = {n(kMax), n(kMin), n(kMin)},
       .expected = {i64({2}, {kMax, -1})}},
  };
}

TEST(Range, RefusesWhatHasNoEnd) {
  expect_refused(ops::Range{}, {n(0), n(1), n(0)}, "delta is 0");
  expect_refused(ops::Range{}, {x(0), x(1), x(0)}, "delta is 0");
  expect_refused(ops::Range{}, {n(kMin), n(kMax), n(1)}, "too long");
  expect_refused(ops::Range{}, {x(0), x(1e30), x(1e-3)}, "has no end");
  expect_refused(ops::Range{}, {x(0), x(std::numeric_limits<double>::infinity()), x(1)},
                 "has no end");
  expect_refused(ops::Range{}, {x(std::numeric_limits<double>::quiet_NaN()), x(1), x(1)},
                 "has no end");
  expect_refused(ops::Range{}, {i64({2}, {0, 1}), n(1), n(1)}, "a bound has 2 elements");
  expect_refused(ops::Range{}, {n(0), n(std::int64_t{1} << 50), n(1)}, "does not fit in memory");
}

}  // namespace tern::testing
