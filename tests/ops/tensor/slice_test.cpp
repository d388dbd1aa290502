#include <limits>

#include "tern/ops/tensor.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

Tensor counted(const Shape& shape) {
  return filled(DType::kF32, shape, [](std::int64_t i) { return static_cast<double>(i); });
}
Tensor v(const std::vector<std::int64_t>& values) {
  return i64({static_cast<std::int64_t>(values.size())}, values);
}

}  // namespace

TERN_OP_TEST(Slice) {
  return {
      {.name = "first axes",
       .op = ops::Slice{},
       .inputs = {counted({3, 4}), v({1, 1}), v({3, 3})},
       .expected = {f32({2, 2}, {5, 6, 9, 10})}},
      {.name = "a named axis to the end",
       .op = ops::Slice{},
       .inputs = {counted({2, 4}), v({2}), v({kMax}), v({-1})},
       .expected = {f32({2, 2}, {2, 3, 6, 7})}},
      {.name = "steps",
       .op = ops::Slice{},
       .inputs = {counted({7}), v({1}), v({7}), v({0}), v({3})},
       .expected = {f32({2}, {1, 4})}},
      {.name = "backward to the first element",
       .op = ops::Slice{},
       .inputs = {counted({2, 3}), v({-1, kMax}), v({kMin, kMin}), v({1, 0}), v({-1, -1})},
       .expected = {f32({2, 3}, {5, 4, 3, 2, 1, 0})}},
      {.name = "backward by two from the middle",
       .op = ops::Slice{},
       .inputs = {counted({6}), v({4}), v({0}), v({0}), v({-2})},
       .expected = {f32({2}, {4, 2})}},
      {.name = "bounds are clamped",
       .op = ops::Slice{},
       .inputs = {counted({3}), v({-100}), v({100})},
       .expected = {f32({3}, {0, 1, 2})}},
      {.name = "the widest step",
       .op = ops::Slice{},
       .inputs = {counted({3}), v({2}), v({kMin}), v({0}), v({kMin})},
       .expected = {f32({1}, {2})}},
      {.name = "nothing",
       .op = ops::Slice{},
       .inputs = {counted({3, 2}), v({2}), v({1})},
       .expected = {f32({0, 2}, {})}},
      {.name = "an empty axis backward",
       .op = ops::Slice{},
       .inputs = {f32({0}, {}), v({-1}), v({kMin}), v({0}), v({-1})},
       .expected = {f32({0}, {})}},
      {.name = "i32 bounds",
       .op = ops::Slice{},
       .inputs = {counted({4}), i32({1}, {1}), i32({1}, {-1})},
       .expected = {f32({2}, {1, 2})}},
      {.name = "strings",
       .op = ops::Slice{},
       .inputs = {strings({3}, {"a", "b", "c"}), v({2}), v({kMin}), v({0}), v({-2})},
       .expected = {strings({2}, {"c", "a"})}},
      {.name = "packed elements",
       .op = ops::Slice{},
       .inputs = {ints(DType::kU2, {5}, {0, 1, 2, 3, 1}), v({1}), v({5})},
       .expected = {ints(DType::kU2, {4}, {1, 2, 3, 1})}},
  };
}

TEST(Slice, RefusesInputsThatDoNotFit) {
  const Tensor x = counted({2, 3});
  expect_refused(ops::Slice{}, {x, v({0}), v({1, 2})}, "ends has 2 entries for 1 axes");
  expect_refused(ops::Slice{}, {x, v({0}), v({1}), v({2})}, "axis 2 for rank 2");
  expect_refused(ops::Slice{}, {x, v({0, 0}), v({1, 1}), v({1, -1})}, "axis 1 is named twice");
  expect_refused(ops::Slice{}, {x, v({0}), v({1}), v({0}), v({0})}, "a step is 0");
  expect_refused(ops::Slice{}, {x, i64({}, {0}), v({1})}, "starts has rank 0");
  expect_refused(ops::Slice{}, {x, v({0, 0, 0}), v({1, 1, 1})}, "starts has 3 entries for rank 2");
}

TERN_OP_TEST(SliceGrad) {
  return {
      {.name = "a corner",
       .op = ops::SliceGrad{},
       .inputs = {f32({2, 1}, {5, 6}), counted({2, 3}), v({1}), v({2}), v({1})},
       .expected = {f32({2, 3}, {0, 5, 0, 0, 6, 0})},
       .constant_inputs = {1}},
      {.name = "backward by two",
       .op = ops::SliceGrad{},
       .inputs = {f32({2}, {5, 6}), counted({4}), v({3}), v({kMin}), v({0}), v({-2})},
       .expected = {f32({4}, {0, 6, 0, 5})},
       .constant_inputs = {1}},
  };
}

TEST(SliceGrad, RefusesAGradientOfAnotherShape) {
  expect_refused(ops::SliceGrad{}, {counted({2}), counted({4}), v({0}), v({3})},
                 "dY has shape [2], the slice has [3]");
}

}  // namespace tern::testing
