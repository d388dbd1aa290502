// Roots, powers, exponentials and trigonometry. Expected values were computed with Python's math
// module.
#include <cmath>

#include "tern/ops/math.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

OpCase at_points(Op op, const std::vector<double>& points, const std::vector<double>& expected) {
  const Shape shape{static_cast<std::int64_t>(points.size())};
  return {.name = "points",
          .op = std::move(op),
          .inputs = {f32(shape, points)},
          .expected = {f32(shape, expected)}};
}

const std::vector<double> kAnywhere{-4, -1.5, -0.25, 0.5, 3};
const std::vector<double> kWithinOne{-0.9, -0.25, 0.5};
const std::vector<double> kAboveOne{1.25, 2, 10};

}  // namespace

TERN_OP_TEST(Exp) {
  return {at_points(ops::Exp{}, kAnywhere,
                    {0.018315639, 0.22313016, 0.778800783, 1.648721271, 20.085536923}),
          {.name = "limits",
           .op = ops::Exp{},
           .inputs = {f32({3}, {-INFINITY, 1000, NAN})},
           .expected = {f32({3}, {0, INFINITY, NAN})},
           .gradient = false}};
}

TERN_OP_TEST(Log) {
  return {at_points(ops::Log{}, kAboveOne, {0.223143551, 0.693147181, 2.302585093}),
          {.name = "limits",
           .op = ops::Log{},
           .inputs = {f32({2}, {0, -1})},
           .expected = {f32({2}, {-INFINITY, NAN})},
           .gradient = false}};
}

TERN_OP_TEST(Sqrt) {
  return {at_points(ops::Sqrt{}, kAboveOne, {1.118033989, 1.414213562, 3.16227766}),
          {.name = "of a negative number",
           .op = ops::Sqrt{},
           .inputs = {f32({2}, {0, -1})},
           .expected = {f32({2}, {0, NAN})},
           .gradient = false}};
}

TERN_OP_TEST(Reciprocal) {
  return {at_points(ops::Reciprocal{}, kAnywhere, {-0.25, -0.666666667, -4, 2, 0.333333333})};
}

TERN_OP_TEST(Erf) {
  return {at_points(ops::Erf{}, kAnywhere,
                    {-0.999999985, -0.966105146, -0.27632639, 0.520499878, 0.99997791})};
}

TERN_OP_TEST(Sin) {
  return {at_points(ops::Sin{}, kAnywhere,
                    {0.756802495, -0.997494987, -0.247403959, 0.479425539, 0.141120008})};
}

TERN_OP_TEST(Cos) {
  return {at_points(ops::Cos{}, kAnywhere,
                    {-0.653643621, 0.070737202, 0.968912422, 0.877582562, -0.989992497})};
}

TERN_OP_TEST(Tan) {
  return {at_points(ops::Tan{}, kAnywhere,
                    {-1.157821282, -14.101419947, -0.255341921, 0.54630249, -0.142546543})};
}

TERN_OP_TEST(Asin) {
  return {at_points(ops::Asin{}, kWithinOne, {-1.119769515, -0.252680255, 0.523598776})};
}

TERN_OP_TEST(Acos) {
  return {at_points(ops::Acos{}, kWithinOne, {2.690565842, 1.823476582, 1.047197551})};
}

TERN_OP_TEST(Atan) {
  return {at_points(ops::Atan{}, kAnywhere,
                    {-1.325817664, -0.982793723, -0.244978663, 0.463647609, 1.249045772})};
}

TERN_OP_TEST(Sinh) {
  return {at_points(ops::Sinh{}, kAnywhere,
                    {-27.289917197, -2.129279455, -0.252612317, 0.521095305, 10.017874927})};
}

TERN_OP_TEST(Cosh) {
  return {at_points(ops::Cosh{}, kAnywhere,
                    {27.308232836, 2.352409615, 1.0314131, 1.127625965, 10.067661996})};
}

TERN_OP_TEST(Asinh) {
  return {at_points(ops::Asinh{}, kAnywhere,
                    {-2.094712547, -1.194763217, -0.247466462, 0.481211825, 1.818446459})};
}

TERN_OP_TEST(Acosh) {
  return {at_points(ops::Acosh{}, kAboveOne, {0.693147181, 1.316957897, 2.993222846})};
}

TERN_OP_TEST(Atanh) {
  return {at_points(ops::Atanh{}, kWithinOne, {-1.47221949, -0.255412812, 0.549306144})};
}

TERN_OP_TEST(Pow) {
  const Tensor base = f32({3}, {0.5, 2, 3});
  return {{.name = "any exponents",
           .op = ops::Pow{},
           .inputs = {base, f32({3}, {2, -1, 0.5})},
           .expected = {f32({3}, {0.25, 0.5, 1.732050808})}},
          {.name = "zero to powers, and the power 0",
           .op = ops::Pow{},
           .inputs = {f32({3}, {0, 0, -2}), f32({3}, {3, 2, 0})},
           .expected = {f32({3}, {0, 0, 1})},
           .constant_inputs = {1}},
          {.name = "square",
           .op = ops::Pow{},
           .inputs = {f32({2}, {-3, 1.5}), i64({}, {2})},
           .expected = {f32({2}, {9, 2.25})}},
          {.name = "cube with an integer exponent",
           .op = ops::Pow{},
           .inputs = {f32({2}, {-3, 1.5}), i32({1}, {3})},
           .expected = {f32({2}, {-27, 3.375})}},
          {.name = "exponent 1",
           .op = ops::Pow{},
           .inputs = {f32({2}, {0, -1.5}), i32({}, {1})},
           .expected = {f32({2}, {0, -1.5})}},
          {.name = "exponent 0",
           .op = ops::Pow{},
           .inputs = {f32({2}, {0, -1.5}), i32({}, {0})},
           .expected = {f32({2}, {1, 1})}},
          {.name = "integers, exactly",
           .op = ops::Pow{},
           .inputs = {i64({5}, {3, -3, 2, -1, 0}), i64({5}, {39, 3, -1, -3, -1})},
           .expected = {i64({5}, {4052555153018976267, -27, 0, -1, 0})}},
          {.name = "integer base, broken exponent",
           .op = ops::Pow{},
           .inputs = {i64({2}, {4, 2}), f32({2}, {0.5, 3.0})},
           .expected = {i64({2}, {2, 8})}}};
}

}  // namespace tern::testing
