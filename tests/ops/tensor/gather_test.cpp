#include "tern/ops/tensor.h"
#include "tests/support/op_case.h"

namespace tern::testing {

namespace {

std::vector<std::int64_t> some_indices(std::int64_t count, std::int64_t below) {
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < count; ++i) indices.push_back(i * i % below);
  return indices;
}

}  // namespace

TERN_OP_TEST(Gather) {
  return {
      {.name = "rows, some twice",
       .op = ops::Gather{},
       .inputs = {f32({3, 2}, {1, 2, 3, 4, 5, 6}), i64({3}, {2, 0, 2})},
       .expected = {f32({3, 2}, {5, 6, 1, 2, 5, 6})}},
      {.name = "columns by a matrix of indices",
       .op = ops::Gather{.axis = 1},
       .inputs = {f32({2, 3}, {1, 2, 3, 4, 5, 6}), i32({1, 2}, {-1, 0})},
       .expected = {f32({2, 1, 2}, {3, 1, 6, 4})}},
      {.name = "a scalar index removes the axis",
       .op = ops::Gather{.axis = -1},
       .inputs = {f32({2, 3}, {1, 2, 3, 4, 5, 6}), i64({}, {1})},
       .expected = {f32({2}, {2, 5})}},
      {.name = "no index",
       .op = ops::Gather{},
       .inputs = {f32({3, 2}, {1, 2, 3, 4, 5, 6}), i64({0}, {})},
       .expected = {f32({0, 2}, {})}},
      {.name = "strings",
       .op = ops::Gather{},
       .inputs = {strings({2}, {"zero", "one"}), i64({2}, {1, 0})},
       .expected = {strings({2}, {"one", "zero"})}},
      {.name = "packed elements",
       .op = ops::Gather{},
       .inputs = {ints(DType::kU4, {3, 1}, {1, 9, 15}), i64({3}, {2, 2, 1})},
       .expected = {ints(DType::kU4, {3, 1}, {15, 15, 9})}},
  };
}

TEST(Gather, RefusesAnIndexOutsideTheAxis) {
  const Tensor x = f32({3}, {1, 2, 3});
  expect_refused(ops::Gather{}, {x, i64({1}, {3})}, "index 3 is outside [-3, 3)");
  expect_refused(ops::Gather{}, {x, i64({1}, {-4})}, "index -4 is outside [-3, 3)");
  expect_refused(ops::Gather{}, {f32({}, {1}), i64({1}, {0})}, "axis 0 for rank 0");
}

TERN_OP_TEST(GatherGrad) {
  return {
      {.name = "rows named twice add up",
       .op = ops::GatherGrad{},
       .inputs = {f32({3, 2}, {1, 2, 3, 4, 5, 6}), f32({3, 2}, {0, 0, 0, 0, 0, 0}),
                  i64({3}, {2, 0, -1})},
       .expected = {f32({3, 2}, {3, 4, 0, 0, 6, 8})},
       .constant_inputs = {1}},
      {.name = "a scalar index",
       .op = ops::GatherGrad{.axis = 1},
       .inputs = {f32({2}, {1, 2}), f32({2, 3}, {0, 0, 0, 0, 0, 0}), i64({}, {1})},
       .expected = {f32({2, 3}, {0, 1, 0, 0, 2, 0})},
       .constant_inputs = {1}},
      {.name = "an embedding",
       .op = ops::GatherGrad{},
       .inputs = {random_values(DType::kF32, {20, 10, 130}), random_values(DType::kF32, {50, 130}),
                  ints(DType::kI64, {20, 10}, some_indices(200, 50))},
       .expected = {Tensor()},
       .constant_inputs = {1}},
  };
}

TERN_OP_TEST(GatherElements) {
  return {
      {.name = "along columns",
       .op = ops::GatherElements{.axis = 1},
       .inputs = {f32({2, 2}, {1, 2, 3, 4}), i64({2, 2}, {0, 0, 1, 0})},
       .expected = {f32({2, 2}, {1, 1, 4, 3})}},
      {.name = "along rows, fewer columns, from the end",
       .op = ops::GatherElements{.axis = -2},
       .inputs = {f32({3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9}), i32({2, 2}, {1, -1, 2, 0})},
       .expected = {f32({2, 2}, {4, 8, 7, 2})}},
      {.name = "an element named twice",
       .op = ops::GatherElements{},
       .inputs = {f32({2}, {3, 5}), i64({3}, {1, 1, 0})},
       .expected = {f32({3}, {5, 5, 3})}},
      {.name = "strings",
       .op = ops::GatherElements{},
       .inputs = {strings({2}, {"a", "b"}), i64({1}, {-1})},
       .expected = {strings({1}, {"b"})}},
  };
}

TEST(GatherElements, RefusesIndicesThatDoNotFit) {
  const Tensor x = f32({2, 2}, {1, 2, 3, 4});
  expect_refused(ops::GatherElements{}, {x, i64({1, 2}, {0, 2})}, "index 2 is outside [-2, 2)");
  expect_refused(ops::GatherElements{}, {x, i64({2}, {0, 0})}, "indices have rank 1, data has 2");
  expect_refused(ops::GatherElements{}, {x, i64({1, 3}, {0, 0, 0})},
                 "indices have size 3 on axis 1, data has 2");
}

TERN_OP_TEST(GatherND) {
  const Tensor x = f32({2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
  return {
      {.name = "whole index tuples",
       .op = ops::GatherND{},
       .inputs = {f32({2, 2}, {0, 1, 2, 3}), i64({2, 2}, {0, 0, 1, -1})},
       .expected = {f32({2}, {0, 3})}},
      {.name = "slices",
       .op = ops::GatherND{},
       .inputs = {x, i64({2, 1, 2}, {0, 1, 1, 0})},
       .expected = {f32({2, 1, 2}, {2, 3, 4, 5})}},
      {.name = "batches run in step",
       .op = ops::GatherND{.batch_dims = 1},
       .inputs = {x, i64({2, 1}, {1, 0})},
       .expected = {f32({2, 2}, {2, 3, 4, 5})}},
      {.name = "a slice named twice",
       .op = ops::GatherND{},
       .inputs = {f32({2, 1}, {3, 5}), i64({3, 1}, {1, 1, 0})},
       .expected = {f32({3, 1}, {5, 5, 3})}},
      {.name = "no tuple",
       .op = ops::GatherND{},
       .inputs = {x, i64({0, 2}, {})},
       .expected = {f32({0, 2}, {})}},
  };
}

TEST(GatherND, RefusesTuplesThatDoNotFit) {
  const Tensor x = f32({2, 3}, {1, 2, 3, 4, 5, 6});
  expect_refused(ops::GatherND{}, {x, i64({1, 2}, {1, 3})}, "axis 1: index 3 is outside [-3, 3)");
  expect_refused(ops::GatherND{}, {x, i64({1, 3}, {0, 0, 0})}, "index tuples of 3");
  expect_refused(ops::GatherND{.batch_dims = 2}, {x, i64({2, 1}, {0, 0})}, "batch_dims is 2");
  expect_refused(ops::GatherND{.batch_dims = 1}, {x, i64({3, 1}, {0, 0, 0})},
                 "sizes 2 and 3 differ");
}

TERN_OP_TEST(GatherNDGrad) {
  return {
      {.name = "slices named twice add up",
       .op = ops::GatherNDGrad{},
       .inputs = {f32({3, 2}, {1, 2, 3, 4, 5, 6}), f32({2, 2}, {0, 0, 0, 0}),
                  i64({3, 1}, {1, 1, 0})},
       .expected = {f32({2, 2}, {5, 6, 4, 6})},
       .constant_inputs = {1}},
      {.name = "batches run in step",
       .op = ops::GatherNDGrad{.batch_dims = 1},
       .inputs = {f32({2}, {1, 2}), f32({2, 3}, {0, 0, 0, 0, 0, 0}), i64({2, 1}, {2, 0})},
       .expected = {f32({2, 3}, {0, 0, 1, 2, 0, 0})},
       .constant_inputs = {1}},
  };
}

}  // namespace tern::testing
