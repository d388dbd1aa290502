#include <limits>

#include "tern/ops/tensor.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

Tensor v(const std::vector<std::int64_t>& values) {
  return i64({static_cast<std::int64_t>(values.size())}, values);
}
const ops::Pad kReflect{.mode = ops::PadMode::kReflect};
const ops::Pad kEdge{.mode = ops::PadMode::kEdge};
const ops::Pad kWrap{.mode = ops::PadMode::kWrap};

}  // namespace

TERN_OP_TEST(Pad) {
  return {
      {.name = "zeros",
       .op = ops::Pad{},
       .inputs = {f32({2, 2}, {1, 2, 3, 4}), v({1, 0, 0, 2})},
       .expected = {f32({3, 4}, {0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0})}},
      {.name = "a constant on a named axis",
       .op = ops::Pad{},
       .inputs = {f32({2, 2}, {1, 2, 3, 4}), v({1, 1}), f32({}, {9}), v({-1})},
       .expected = {f32({2, 4}, {9, 1, 2, 9, 9, 3, 4, 9})}},
      {.name = "negative pads remove",
       .op = ops::Pad{},
       .inputs = {f32({4}, {1, 2, 3, 4}), v({-1, 2})},
       .expected = {f32({5}, {2, 3, 4, 0, 0})}},
      {.name = "negative pads with a constant",
       .op = ops::Pad{},
       .inputs = {f32({2, 3}, {1, 2, 3, 4, 5, 6}), v({0, -2, 1, 1}), f32({1}, {7})},
       .expected = {f32({3, 2}, {3, 7, 6, 7, 7, 7})}},
      {.name = "reflect",
       .op = kReflect,
       .inputs = {f32({3}, {1, 2, 3}), v({2, 2})},
       .expected = {f32({7}, {3, 2, 1, 2, 3, 2, 1})}},
      {.name = "reflect many times",
       .op = kReflect,
       .inputs = {f32({2}, {1, 2}), v({3, 4})},
       .expected = {f32({9}, {2, 1, 2, 1, 2, 1, 2, 1, 2})}},
      {.name = "reflect one element",
       .op = kReflect,
       .inputs = {f32({1}, {5}), v({1, 1})},
       .expected = {f32({3}, {5, 5, 5})}},
      {.name = "edge",
       .op = kEdge,
       .inputs = {f32({2, 2}, {1, 2, 3, 4}), v({1, 1, 0, 2})},
       .expected = {f32({3, 5}, {1, 1, 2, 2, 2, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4})}},
      {.name = "wrap",
       .op = kWrap,
       .inputs = {f32({3}, {1, 2, 3}), v({4, 2})},
       .expected = {f32({9}, {3, 1, 2, 3, 1, 2, 3, 1, 2})}},
      {.name = "an empty axis",
       .op = ops::Pad{},
       .inputs = {f32({0}, {}), v({1, 1}), f32({}, {2})},
       .expected = {f32({2}, {2, 2})}},
      {.name = "strings get empty strings",
       .op = ops::Pad{},
       .inputs = {strings({1}, {"a"}), v({0, 1})},
       .expected = {strings({2}, {"a", ""})}},
      {.name = "packed",
       .op = ops::Pad{},
       .inputs = {ints(DType::kI4, {2}, {-1, 5}), v({1, 0}), ints(DType::kI4, {}, {-8})},
       .expected = {ints(DType::kI4, {3}, {-8, -1, 5})}},
  };
}

TEST(Pad, RefusesPadsThatDoNotFit) {
  const Tensor x = f32({2}, {1, 2});
  expect_refused(ops::Pad{}, {x, v({1})}, "pads has 1 entries for 1 axes");
  expect_refused(ops::Pad{}, {x, v({-2, -1})}, "pads -2 and -1 on an axis of 2");
  expect_refused(ops::Pad{}, {x, v({std::numeric_limits<std::int64_t>::max(), 1})}, "a pad of");
  expect_refused(ops::Pad{}, {x, v({std::numeric_limits<std::int64_t>::min(), 1})}, "a pad of");
  expect_refused(ops::Pad{}, {x, v({std::int64_t{1} << 50, 0})}, "does not fit in memory");
  expect_refused(ops::Pad{}, {x, v({1, 1}), f32({2}, {1, 2})}, "constant_value has 2 elements");
  expect_refused(ops::Pad{}, {x, v({1, 1}), Tensor(), v({1})}, "axis 1 for rank 1");
  expect_refused(kWrap, {f32({0}, {}), v({1, 0})}, "an empty axis");
}

TERN_OP_TEST(PadGrad) {
  return {
      {.name = "constant",
       .op = ops::PadGrad{},
       .inputs = {f32({4}, {1, 2, 3, 4}), f32({2}, {0, 0}), v({1, 1})},
       .expected = {f32({2}, {2, 3})},
       .constant_inputs = {1}},
      {.name = "removed elements get nothing",
       .op = ops::PadGrad{},
       .inputs = {f32({2}, {1, 2}), f32({3}, {0, 0, 0}), v({-1, 0})},
       .expected = {f32({3}, {0, 1, 2})},
       .constant_inputs = {1}},
      {.name = "reflected places add up",
       .op = ops::PadGrad{.mode = ops::PadMode::kReflect},
       .inputs = {f32({5}, {1, 2, 3, 4, 5}), f32({3}, {0, 0, 0}), v({1, 1})},
       .expected = {f32({3}, {2, 1 + 3 + 5, 4})},
       .constant_inputs = {1}},
  };
}

TEST(PadGrad, RefusesAGradientOfAnotherShape) {
  expect_refused(ops::PadGrad{}, {f32({4}, {1, 2, 3, 4}), f32({3}, {0, 0, 0}), v({1, 1})},
                 "dY has size 4 on axis 0, the padded data has 5");
}

}  // namespace tern::testing
