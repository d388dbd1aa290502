#include "tern/ops/tensor.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

Tensor counted(const Shape& shape) {
  return filled(DType::kF32, shape, [](std::int64_t i) { return static_cast<double>(i); });
}

}  // namespace

TERN_OP_TEST(Flatten) {
  return {
      {.name = "behind the first axis",
       .op = ops::Flatten{},
       .inputs = {counted({2, 3, 2})},
       .expected = {counted({2, 6})}},
      {.name = "one row",
       .op = ops::Flatten{.axis = 0},
       .inputs = {counted({2, 3})},
       .expected = {counted({1, 6})}},
      {.name = "one column",
       .op = ops::Flatten{.axis = 2},
       .inputs = {counted({2, 3})},
       .expected = {counted({6, 1})}},
      {.name = "from the back",
       .op = ops::Flatten{.axis = -1},
       .inputs = {counted({2, 3, 4})},
       .expected = {counted({6, 4})}},
      {.name = "a scalar",
       .op = ops::Flatten{.axis = 0},
       .inputs = {f32({}, {7})},
       .expected = {f32({1, 1}, {7})}},
      {.name = "an empty axis",
       .op = ops::Flatten{},
       .inputs = {f32({2, 0, 3}, {})},
       .expected = {f32({2, 0}, {})}},
  };
}

TEST(Flatten, RefusesAnAxisBeyondTheEnd) {
  expect_refused(ops::Flatten{.axis = 3}, {counted({2, 3})}, "axis 3 for rank 2");
  expect_refused(ops::Flatten{}, {f32({}, {1})}, "axis 1 for rank 0");
}

}  // namespace tern::testing
