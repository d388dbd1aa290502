#include "tern/ops/tensor.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

Tensor six(const Shape& shape) { return f32(shape, {1, 2, 3, 4, 5, 6}); }

}  // namespace

TERN_OP_TEST(Reshape) {
  return {
      {.name = "sizes",
       .op = ops::Reshape{},
       .inputs = {six({2, 3}), i64({3}, {3, 1, 2})},
       .expected = {six({3, 1, 2})}},
      {.name = "0 keeps a size and -1 is what is left",
       .op = ops::Reshape{},
       .inputs = {six({2, 3}), i64({3}, {0, -1, 1})},
       .expected = {six({2, 3, 1})}},
      {.name = "to a scalar",
       .op = ops::Reshape{},
       .inputs = {f32({1, 1}, {7}), i64({0}, {})},
       .expected = {f32({}, {7})}},
      {.name = "zero elements",
       .op = ops::Reshape{.allowzero = true},
       .inputs = {f32({0, 3}, {}), i64({2}, {3, 0})},
       .expected = {f32({3, 0}, {})},
       // The rule reshapes to the input's sizes, where 0 means to keep one.
       .gradient = false},
      {.name = "strings",
       .op = ops::Reshape{},
       .inputs = {strings({2}, {"a", "b"}), i64({2}, {2, 1})},
       .expected = {strings({2, 1}, {"a", "b"})}},
  };
}

TERN_OP_TEST(Squeeze) {
  return {
      {.name = "all axes of size 1",
       .op = ops::Squeeze{},
       .inputs = {six({1, 2, 1, 3})},
       .expected = {six({2, 3})}},
      {.name = "those that are named",
       .op = ops::Squeeze{},
       .inputs = {six({1, 2, 1, 3}), i64({1}, {-2})},
       .expected = {six({1, 2, 3})}},
  };
}

TERN_OP_TEST(Unsqueeze) {
  return {
      {.name = "places count in the result",
       .op = ops::Unsqueeze{},
       .inputs = {six({2, 3}), i64({2}, {3, 0})},
       .expected = {six({1, 2, 3, 1})}},
      {.name = "from the end",
       .op = ops::Unsqueeze{},
       .inputs = {six({2, 3}), i64({1}, {-1})},
       .expected = {six({2, 3, 1})}},
      {.name = "a scalar",
       .op = ops::Unsqueeze{},
       .inputs = {f32({}, {7}), i64({1}, {0})},
       .expected = {f32({1}, {7})}},
  };
}

TERN_OP_TEST(Shape) {
  const Tensor x = filled(DType::kF32, {2, 3, 4}, [](std::int64_t i) { return i; });
  return {
      {.name = "whole", .op = ops::Shape{}, .inputs = {x}, .expected = {i64({3}, {2, 3, 4})}},
      {.name = "from", .op = ops::Shape{.start = 1}, .inputs = {x}, .expected = {i64({2}, {3, 4})}},
      {.name = "up to",
       .op = ops::Shape{.end = -1, .start = -2},
       .inputs = {x},
       .expected = {i64({1}, {3})}},
      {.name = "an empty range",
       .op = ops::Shape{.end = 1, .start = 2},
       .inputs = {x},
       .expected = {i64({0}, {})}},
      {.name = "bounds outside are cut",
       .op = ops::Shape{.end = 9, .start = -9},
       .inputs = {x},
       .expected = {i64({3}, {2, 3, 4})}},
  };
}

TEST(Reshape, RefusesWhatDoesNotFit) {
  expect_refused(ops::Reshape{}, {six({2, 3}), i64({2}, {4, -1})}, "6 elements");
  expect_refused(ops::Squeeze{}, {six({2, 3}), i64({1}, {0})}, "axis 0");
  expect_refused(ops::Unsqueeze{}, {six({2, 3}), i64({2}, {0, 0})}, "axis 0");
}

}  // namespace tern::testing
