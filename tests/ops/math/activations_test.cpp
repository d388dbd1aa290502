// Expected values were computed from the formulas with Python's math module.
#include <cmath>

#include "tern/ops/math.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

const std::vector<double> kPoints{-4, -1.5, -0.25, 0.5, 3};

OpCase at_points(std::string name, Op op, const std::vector<double>& expected) {
  return {.name = std::move(name),
          .op = std::move(op),
          .inputs = {f32({5}, kPoints)},
          .expected = {f32({5}, expected)}};
}

}  // namespace

TERN_OP_TEST(Relu) {
  return {at_points("signs", ops::Relu{}, {0, 0, 0, 0.5, 3}),
          {.name = "NaN and infinities",
           .op = ops::Relu{},
           .inputs = {f32({3}, {NAN, INFINITY, -INFINITY})},
           .expected = {f32({3}, {NAN, INFINITY, 0})},
           .gradient = false},
          {.name = "integers",
           .op = ops::Relu{},
           .inputs = {i64({3}, {-5, 0, (1LL << 60) + 1})},
           .expected = {i64({3}, {0, 0, (1LL << 60) + 1})}}};
}

TERN_OP_TEST(ReluGrad) {
  return {{.name = "passes where the output is positive",
           .op = ops::ReluGrad{},
           .inputs = {f32({4}, {1, 2, 3, 4}), f32({4}, {0.5, 0, 0, 7})},
           .expected = {f32({4}, {1, 0, 0, 4})},
           .gradient = false},
          {.name = "away from the kink",
           .op = ops::ReluGrad{},
           .inputs = {f32({3}, {1, 2, 3}), f32({3}, {0.5, -1, 2})},
           .expected = {f32({3}, {1, 0, 3})}}};
}

TERN_OP_TEST(LeakyRelu) {
  return {at_points("default slope", ops::LeakyRelu{}, {-0.04, -0.015, -0.0025, 0.5, 3}),
          at_points("slope 0.5", ops::LeakyRelu{.alpha = 0.5f}, {-2, -0.75, -0.125, 0.5, 3})};
}

TERN_OP_TEST(PRelu) {
  return {{.name = "one slope per channel",
           .op = ops::PRelu{},
           .inputs = {f32({1, 2, 2}, {-1, 2, -3, 4}), f32({2, 1}, {0.5, 0.25})},
           .expected = {f32({1, 2, 2}, {-0.5, 2, -0.75, 4})}},
          {.name = "integers",
           .op = ops::PRelu{},
           .inputs = {i32({3}, {-2, 0, 5}), i32({}, {3})},
           .expected = {i32({3}, {-6, 0, 5})}}};
}

TEST(PRelu, SlopeMayNotWidenX) {
  expect_refused(ops::PRelu{}, {f32({1}, {1}), f32({2}, {1, 2})}, "slope has size 2");
  expect_refused(ops::PRelu{}, {f32({1}, {1}), f32({1, 1}, {1})}, "slope has rank 2");
}

TERN_OP_TEST(Elu) {
  return {at_points("alpha 0.5", ops::Elu{.alpha = 0.5f},
                    {-0.490842181, -0.38843492, -0.110599608, 0.5, 3})};
}

TERN_OP_TEST(Selu) {
  return {at_points("defaults", ops::Selu{},
                    {-1.725898634, -1.365814358, -0.388890199, 0.525350511, 3.152103066})};
}

TERN_OP_TEST(Celu) {
  return {at_points("alpha 2", ops::Celu{.alpha = 2.0f},
                    {-1.729329434, -1.055266895, -0.235006195, 0.5, 3})};
}

TERN_OP_TEST(ThresholdedRelu) {
  return {at_points("threshold 1", ops::ThresholdedRelu{}, {0, 0, 0, 0, 3}),
          at_points("threshold -1", ops::ThresholdedRelu{.alpha = -1.0f}, {0, 0, -0.25, 0.5, 3})};
}

TERN_OP_TEST(HardSigmoid) {
  return {at_points("other slope", ops::HardSigmoid{.alpha = 0.25f, .beta = 0.4f},
                    {0, 0.025, 0.3375, 0.525, 1}),
          {.name = "the flat ends",
           .op = ops::HardSigmoid{},
           .inputs = {f32({3}, {-2.6, 2.6, 1})},
           .expected = {f32({3}, {0, 1, 0.7})}}};
}

TERN_OP_TEST(HardSwish) {
  return {{.name = "all three pieces",
           .op = ops::HardSwish{},
           .inputs = {f32({5}, {-4, -1.5, -0.25, 0.5, 3.5})},
           .expected = {f32({5}, {0, -0.375, -0.114583333, 0.291666667, 3.5})}}};
}

TERN_OP_TEST(Sigmoid) {
  return {at_points("points", ops::Sigmoid{},
                    {0.01798621, 0.182425524, 0.437823499, 0.622459331, 0.952574127}),
          {.name = "far out",
           .op = ops::Sigmoid{},
           .inputs = {f32({2}, {-1000, 1000})},
           .expected = {f32({2}, {0, 1})}}};
}

TERN_OP_TEST(Tanh) {
  return {at_points("points", ops::Tanh{},
                    {-0.9993293, -0.905148254, -0.244918662, 0.462117157, 0.995054754})};
}

TERN_OP_TEST(Softplus) {
  return {at_points("points", ops::Softplus{},
                    {0.018149928, 0.201413278, 0.57593942, 0.974076984, 3.048587352}),
          {.name = "no overflow",
           .op = ops::Softplus{},
           .inputs = {f32({2}, {-1000, 1000})},
           .expected = {f32({2}, {0, 1000})}}};
}

TERN_OP_TEST(Softsign) {
  return {at_points("points", ops::Softsign{}, {-0.8, -0.6, -0.2, 0.333333333, 0.75})};
}

TERN_OP_TEST(Mish) {
  return {at_points("points", ops::Mish{},
                    {-0.072591741, -0.298099742, -0.129926964, 0.375245211, 2.986535005})};
}

TERN_OP_TEST(Swish) {
  return {at_points("alpha 1", ops::Swish{},
                    {-0.07194484, -0.273638286, -0.109455875, 0.311229666, 2.85772238}),
          at_points("alpha 1.5", ops::Swish{.alpha = 1.5f},
                    {-0.009890493, -0.143024197, -0.10183335, 0.33958935, 2.967039172})};
}

TERN_OP_TEST(Gelu) {
  return {at_points("exact", ops::Gelu{},
                    {-0.000126685, -0.100210802, -0.100323419, 0.345731231, 2.995950306}),
          at_points("tanh", ops::Gelu{.approximate = ops::GeluApproximation::kTanh},
                    {-7.0246e-05, -0.100428423, -0.100324649, 0.34571401, 2.996362608})};
}

TERN_OP_TEST(Clip) {
  return {{.name = "both bounds",
           .op = ops::Clip{},
           .inputs = {f32({4}, {-4, -1.5, 0.5, 3}), f32({}, {-2}), f32({}, {1})},
           .expected = {f32({4}, {-2, -1.5, 0.5, 1})}},
          {.name = "only above",
           .op = ops::Clip{},
           .inputs = {f32({2}, {-4, 3}), Tensor(), f32({}, {1})},
           .expected = {f32({2}, {-4, 1})}},
          {.name = "only below",
           .op = ops::Clip{},
           .inputs = {f32({2}, {-4, 3}), f32({}, {1})},
           .expected = {f32({2}, {1, 3})}},
          {.name = "the upper bound wins",
           .op = ops::Clip{},
           .inputs = {f32({3}, {-1, 2.5, 9}), f32({}, {3}), f32({}, {2})},
           .expected = {f32({3}, {2, 2, 2})}},
          {.name = "NaN stays NaN",
           .op = ops::Clip{},
           .inputs = {f32({1}, {NAN}), f32({}, {3}), f32({}, {4})},
           .expected = {f32({1}, {NAN})},
           .gradient = false},
          {.name = "integers",
           .op = ops::Clip{},
           .inputs = {i64({3}, {-5, 7, (1LL << 60) + 1}), i64({}, {0}), i64({}, {1LL << 60})},
           .expected = {i64({3}, {0, 7, 1LL << 60})}},
          {.name = "large unsigned integers",
           .op = ops::Clip{},
           .inputs = {ints(DType::kU64, {2}, {-1, 5}), ints(DType::kU64, {}, {10})},
           .expected = {ints(DType::kU64, {2}, {-1, 10})}}};
}

TEST(Clip, BoundsAreScalars) {
  expect_refused(ops::Clip{}, {f32({1}, {1}), f32({2}, {1, 2})}, "min is no scalar");
}

}  // namespace tern::testing
