#include "tern/ops/signal.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(HannWindow) {
  return {
      {.name = "periodic",
       .op = ops::HannWindow{},
       .inputs = {i64({}, {4})},
       .expected = {f32({4}, {0, 0.5, 1, 0.5})}},
      {.name = "symmetric, another type",
       .op = ops::HannWindow{.output_datatype = DType::kF64, .periodic = false},
       .inputs = {i32({}, {5})},
       .expected = {f64({5}, {0, 0.5, 1, 0.5, 0})}},
      {.name = "one element",
       .op = ops::HannWindow{.periodic = false},
       .inputs = {i64({1}, {1})},
       .expected = {f32({1}, {1})}},
      {.name = "nothing",
       .op = ops::HannWindow{},
       .inputs = {i64({}, {0})},
       .expected = {f32({0}, {})}},
  };
}

TEST(HannWindow, RefusesANegativeSize) {
  expect_refused(ops::HannWindow{}, {i64({}, {-1})}, "size is -1");
  expect_refused(ops::HannWindow{.output_datatype = DType::kString}, {i64({}, {1})},
                 "output_datatype is string");
}

TERN_OP_TEST(HammingWindow) {
  return {
      {.name = "periodic",
       .op = ops::HammingWindow{},
       .inputs = {i64({}, {4})},
       .expected = {f32({4}, {4.0 / 46, 25.0 / 46, 1, 25.0 / 46})}},
      {.name = "symmetric",
       .op = ops::HammingWindow{.periodic = false},
       .inputs = {i64({}, {3})},
       .expected = {f32({3}, {4.0 / 46, 1, 4.0 / 46})}},
  };
}

TERN_OP_TEST(BlackmanWindow) {
  return {
      {.name = "periodic",
       .op = ops::BlackmanWindow{},
       .inputs = {i64({}, {4})},
       .expected = {f32({4}, {0, 0.34, 1, 0.34})}},
      {.name = "symmetric",
       .op = ops::BlackmanWindow{.periodic = false},
       .inputs = {i64({}, {3})},
       .expected = {f32({3}, {0, 1, 0})}},
  };
}

TERN_OP_TEST(MelWeightMatrix) {
  return {
      // Filters between the bins 0, 0, 2 and 4, which are 0, 0.907, 2.367 and 4.717 made whole.
      {.name = "two filters up to half the rate",
       .op = ops::MelWeightMatrix{},
       .inputs = {i64({}, {2}), i64({}, {16}), i64({}, {8000}), f32({}, {0}), f32({}, {4000})},
       .expected = {f32({9, 2}, {1, 0, 0.5, 0.5, 0, 1, 0, 0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})},
       .other_dtypes = false},
      {.name = "no filter",
       .op = ops::MelWeightMatrix{.output_datatype = DType::kF64},
       .inputs = {i32({}, {0}), i32({}, {2}), i32({}, {8000}), f32({}, {0}), f32({}, {4000})},
       .expected = {f64({2, 0}, {})}},
  };
}

TEST(MelWeightMatrix, RefusesEdgesBeyondHalfTheRate) {
  const auto bank = [](double low, double high, std::int64_t rate) -> std::vector<Tensor> {
    return {i64({}, {2}), i64({}, {16}), i64({}, {rate}), f32({}, {low}), f32({}, {high})};
  };
  expect_refused(ops::MelWeightMatrix{}, bank(0, 5000, 8000),
                 "the edges 0 and 5000 are not in [0, 4000]");
  expect_refused(ops::MelWeightMatrix{}, bank(3000, 2000, 8000), "in this order");
  expect_refused(ops::MelWeightMatrix{}, bank(0, 0, 0), "the edges 0 and 0");
}

}  // namespace tern::testing
