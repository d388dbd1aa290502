#include <cmath>
#include <limits>

#include "tern/ops/math.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

constexpr std::int64_t kSmallest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kBig = (1LL << 60) + 1;  // no double holds this

}  // namespace

TERN_OP_TEST(Sub) {
  return {{.name = "row and column",
           .op = ops::Sub{},
           .inputs = {f32({2, 1}, {1, 2}), f32({3}, {10, 20, 30})},
           .expected = {f32({2, 3}, {-9, -19, -29, -8, -18, -28})}},
          {.name = "unsigned integers wrap around",
           .op = ops::Sub{},
           .inputs = {ints(DType::kU8, {1}, {3}), ints(DType::kU8, {1}, {5})},
           .expected = {ints(DType::kU8, {1}, {254})}},
          {.name = "signed integers wrap around",
           .op = ops::Sub{},
           .inputs = {i64({1}, {kSmallest}), i64({1}, {1})},
           .expected = {i64({1}, {std::numeric_limits<std::int64_t>::max()})}}};
}

TERN_OP_TEST(Mul) {
  return {{.name = "row and column",
           .op = ops::Mul{},
           .inputs = {f32({2, 1}, {1, 2}), f32({3}, {10, 20, 30})},
           .expected = {f32({2, 3}, {10, 20, 30, 20, 40, 60})}},
          {.name = "large integers stay exact",
           .op = ops::Mul{},
           .inputs = {i64({1}, {(1LL << 31) + 1}), i64({1}, {(1LL << 30) + 1})},
           .expected = {i64({1}, {(1LL << 61) + (1LL << 31) + (1LL << 30) + 1})}}};
}

TERN_OP_TEST(Div) {
  return {{.name = "row and column",
           .op = ops::Div{},
           .inputs = {f32({2, 1}, {3, -6}), f32({3}, {1, 2, -4})},
           .expected = {f32({2, 3}, {3, 1.5, -0.75, -6, -3, 1.5})}},
          {.name = "floats by zero",
           .op = ops::Div{},
           .inputs = {f32({3}, {1, -1, 0}), f32({}, {0})},
           .expected = {f32({3}, {INFINITY, -INFINITY, NAN})},
           .gradient = false},
          {.name = "integers truncate",
           .op = ops::Div{},
           .inputs = {i32({4}, {7, -7, 7, -7}), i32({4}, {2, 2, -2, -2})},
           .expected = {i32({4}, {3, -3, -3, 3})}},
          {.name = "integers that would trap",
           .op = ops::Div{},
           .inputs = {i64({3}, {kSmallest, 5, kBig}), i64({3}, {-1, 0, 1})},
           .expected = {i64({3}, {kSmallest, 0, kBig})}},
          {.name = "large unsigned integers",
           .op = ops::Div{},
           .inputs = {ints(DType::kU64, {2}, {-2, 9}), ints(DType::kU64, {2}, {2, 0})},
           .expected = {ints(DType::kU64, {2}, {std::numeric_limits<std::int64_t>::max(), 0})}}};
}

TERN_OP_TEST(Mod) {
  return {{.name = "sign of the divisor",
           .op = ops::Mod{},
           .inputs = {i32({6}, {-4, 7, 5, 4, -7, 8}), i32({6}, {2, -3, 8, -2, 3, 5})},
           .expected = {i32({6}, {0, -2, 5, 0, 2, 3})}},
          {.name = "sign of the dividend",
           .op = ops::Mod{.fmod = true},
           .inputs = {i32({6}, {-4, 7, 5, 4, -7, 8}), i32({6}, {2, -3, 8, -2, 3, 5})},
           .expected = {i32({6}, {0, 1, 5, 0, -1, 3})}},
          {.name = "floats",
           .op = ops::Mod{.fmod = true},
           .inputs = {f32({4}, {-4.3, 7.2, 5, -8.5}), f32({4}, {2.1, -3.4, 8, 3})},
           .expected = {f32({4}, {-0.1, 0.4, 5, -2.5})},
           .tolerance = {1e-5, 1e-6}},
          {.name = "integers that would trap",
           .op = ops::Mod{},
           .inputs = {i64({2}, {kSmallest, 5}), i64({2}, {-1, 0})},
           .expected = {i64({2}, {0, 0})}}};
}

TEST(Mod, FloatsNeedFmod) {
  expect_refused(ops::Mod{}, {f32({1}, {1}), f32({1}, {1})}, "needs fmod = 1");
}

TERN_OP_TEST(Neg) {
  return {{.name = "floats",
           .op = ops::Neg{},
           .inputs = {f32({2}, {1.5, -2})},
           .expected = {f32({2}, {-1.5, 2})}},
          {.name = "integers",
           .op = ops::Neg{},
           .inputs = {i64({3}, {kBig, -3, kSmallest})},
           .expected = {i64({3}, {-kBig, 3, kSmallest})}}};
}

TERN_OP_TEST(Abs) {
  return {{.name = "floats",
           .op = ops::Abs{},
           .inputs = {f32({2}, {1.5, -2})},
           .expected = {f32({2}, {1.5, 2})}},
          {.name = "integers",
           .op = ops::Abs{},
           .inputs = {i64({3}, {-kBig, 3, kSmallest})},
           .expected = {i64({3}, {kBig, 3, kSmallest})}},
          {.name = "unsigned integers",
           .op = ops::Abs{},
           .inputs = {ints(DType::kU64, {1}, {-1})},
           .expected = {ints(DType::kU64, {1}, {-1})}}};
}

TERN_OP_TEST(Sign) {
  return {{.name = "floats",
           .op = ops::Sign{},
           .inputs = {f32({3}, {1.5, -2, 0.1})},
           .expected = {f32({3}, {1, -1, 1})}},
          {.name = "integers",
           .op = ops::Sign{},
           .inputs = {i32({3}, {-7, 0, 9})},
           .expected = {i32({3}, {-1, 0, 1})}},
          {.name = "large unsigned integers",
           .op = ops::Sign{},
           .inputs = {ints(DType::kU64, {2}, {-1, 0})},
           .expected = {ints(DType::kU64, {2}, {1, 0})}}};
}

TERN_OP_TEST(Floor) {
  return {{.name = "signs",
           .op = ops::Floor{},
           .inputs = {f32({4}, {-1.5, -0.2, 0.7, 2.5})},
           .expected = {f32({4}, {-2, -1, 0, 2})}}};
}

TERN_OP_TEST(Ceil) {
  return {{.name = "signs",
           .op = ops::Ceil{},
           .inputs = {f32({4}, {-1.5, -0.2, 0.7, 2.5})},
           .expected = {f32({4}, {-1, 0, 1, 3})}}};
}

TERN_OP_TEST(Round) {
  return {{.name = "halves go to even",
           .op = ops::Round{},
           .inputs = {f32({6}, {0.5, 1.5, 2.5, -0.5, -1.5, 2.7})},
           .expected = {f32({6}, {0, 2, 2, 0, -2, 3})},
           .gradient = false}};
}

TERN_OP_TEST(Max) {
  return {{.name = "three inputs",
           .op = ops::Max{},
           .inputs = {f32({3}, {3, 2, 1}), f32({3}, {1, 4, 0}), f32({3}, {2, 5, 3})},
           .expected = {f32({3}, {3, 5, 3})}},
          {.name = "one input",
           .op = ops::Max{},
           .inputs = {f32({2}, {3, 2})},
           .expected = {f32({2}, {3, 2})}},
          {.name = "broadcast",
           .op = ops::Max{},
           .inputs = {f32({2, 1}, {1, 5}), f32({2}, {2, 6})},
           .expected = {f32({2, 2}, {2, 6, 5, 6})}},
          {.name = "NaN wins",
           .op = ops::Max{},
           .inputs = {f32({2}, {NAN, 1}), f32({2}, {1, NAN})},
           .expected = {f32({2}, {NAN, NAN})},
           .gradient = false},
          {.name = "large unsigned integers",
           .op = ops::Max{},
           .inputs = {ints(DType::kU64, {1}, {-1}), ints(DType::kU64, {1}, {1})},
           .expected = {ints(DType::kU64, {1}, {-1})}}};
}

TEST(Max, NeedsAnInput) { expect_refused(ops::Max{}, {}, "there is no input"); }

TERN_OP_TEST(Min) {
  return {{.name = "three inputs",
           .op = ops::Min{},
           .inputs = {f32({3}, {3, 2, 1}), f32({3}, {1, 4, 0}), f32({3}, {2, 5, 3})},
           .expected = {f32({3}, {1, 2, 0})}},
          {.name = "NaN wins",
           .op = ops::Min{},
           .inputs = {f32({2}, {NAN, 1}), f32({2}, {1, NAN})},
           .expected = {f32({2}, {NAN, NAN})},
           .gradient = false},
          {.name = "integers",
           .op = ops::Min{},
           .inputs = {i64({2}, {kBig, -1}), i64({2}, {kBig + 1, 1})},
           .expected = {i64({2}, {kBig, -1})}}};
}

TERN_OP_TEST(Sum) {
  return {{.name = "three inputs, broadcast",
           .op = ops::Sum{},
           .inputs = {f32({2, 1}, {1, 2}), f32({2}, {10, 20}), f32({}, {100})},
           .expected = {f32({2, 2}, {111, 121, 112, 122})}}};
}

TERN_OP_TEST(Mean) {
  return {{.name = "three inputs",
           .op = ops::Mean{},
           .inputs = {f32({2}, {3, 0}), f32({2}, {1, 1}), f32({}, {2})},
           .expected = {f32({2}, {2, 1})}}};
}

TERN_OP_TEST(Gemm) {
  const Tensor a = f32({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor a_t = f32({3, 2}, {1, 4, 2, 5, 3, 6});
  const Tensor b = f32({3, 2}, {1, 0, 0, 1, 1, 1});
  const Tensor b_t = f32({2, 3}, {1, 0, 1, 0, 1, 1});
  const std::vector<double> product{4, 5, 10, 11};
  return {
      {.name = "plain", .op = ops::Gemm{}, .inputs = {a, b}, .expected = {f32({2, 2}, product)}},
      {.name = "A transposed, row of bias",
       .op = ops::Gemm{.transA = true},
       .inputs = {a_t, b, f32({2}, {100, 200})},
       .expected = {f32({2, 2}, {104, 205, 110, 211})}},
      {.name = "B transposed, column of bias",
       .op = ops::Gemm{.alpha = 0.5f, .beta = 2.0f, .transB = true},
       .inputs = {a, b_t, f32({2, 1}, {100, 200})},
       .expected = {f32({2, 2}, {202, 202.5, 405, 405.5})}},
      {.name = "both transposed",
       .op = ops::Gemm{.alpha = 2.0f, .transA = true, .transB = true},
       .inputs = {a_t, b_t, f32({}, {1})},
       .expected = {f32({2, 2}, {9, 11, 21, 23})}},
      {.name = "integers",
       .op = ops::Gemm{},
       .inputs = {i64({1, 1}, {kBig}), i64({1, 1}, {1})},
       .expected = {i64({1, 1}, {kBig})}}};
}

TEST(Gemm, RefusesWhatDoesNotFit) {
  const Tensor m = f32({2, 3}, {1, 2, 3, 4, 5, 6});
  expect_refused(ops::Gemm{}, {m, m}, "A' has 3 columns and B' has 2 rows");
  expect_refused(ops::Gemm{}, {f32({1}, {1}), m}, "A has rank 1, not 2");
  expect_refused(ops::Gemm{.transB = true}, {m, m, f32({3}, {1, 2, 3})}, "C has size 3");
}

TERN_OP_TEST(CumSum) {
  const Tensor x = f32({2, 3}, {1, 2, 3, 4, 5, 6});
  return {{.name = "along rows",
           .op = ops::CumSum{},
           .inputs = {x, i32({}, {1})},
           .expected = {f32({2, 3}, {1, 3, 6, 4, 9, 15})}},
          {.name = "along columns, negative axis",
           .op = ops::CumSum{},
           .inputs = {x, i64({}, {-2})},
           .expected = {f32({2, 3}, {1, 2, 3, 5, 7, 9})}},
          {.name = "exclusive",
           .op = ops::CumSum{.exclusive = true},
           .inputs = {x, i64({1}, {1})},
           .expected = {f32({2, 3}, {0, 1, 3, 0, 4, 9})}},
          {.name = "reverse",
           .op = ops::CumSum{.reverse = true},
           .inputs = {x, i64({}, {1})},
           .expected = {f32({2, 3}, {6, 5, 3, 15, 11, 6})}},
          {.name = "exclusive and reverse",
           .op = ops::CumSum{.exclusive = true, .reverse = true},
           .inputs = {x, i64({}, {1})},
           .expected = {f32({2, 3}, {5, 3, 0, 11, 6, 0})}},
          {.name = "integers",
           .op = ops::CumSum{},
           .inputs = {i64({2}, {kBig, 1}), i64({}, {0})},
           .expected = {i64({2}, {kBig, kBig + 1})}}};
}

TEST(CumSum, RefusesAnAxisThatIsNotThere) {
  expect_refused(ops::CumSum{}, {f32({2}, {1, 2}), i64({}, {1})}, "axis 1 for rank 1");
}

}  // namespace tern::testing
