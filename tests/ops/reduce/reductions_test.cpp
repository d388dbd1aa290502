#include <cmath>

#include "tern/ops/reduce.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

constexpr std::int64_t kBig = (1LL << 60) + 1;  // no double holds this

// [[[1, 2], [3, -4]], [[5, 6], [-7, 8]]]
Tensor cube() { return f32({2, 2, 2}, {1, 2, 3, -4, 5, 6, -7, 8}); }

// What one reduction makes of `cube` over axes {1}, over {0, 2}, and over all.
struct Expected {
  std::vector<double> middle;  // [2, 2]
  std::vector<double> outer;   // [2]
  double all;
};

// The ways of naming axes, which all reductions share.
template <class Op>
std::vector<OpCase> ways(const Expected& expected, const Tensor& x = cube()) {
  Op kept;
  Op dropped;
  dropped.keepdims = false;
  const auto number = [&](const Shape& shape, const std::vector<double>& values) {
    return of(x.dtype(), shape, values);
  };
  return {
      {.name = "one axis, kept",
       .op = kept,
       .inputs = {x, i64({1}, {1})},
       .expected = {number({2, 1, 2}, expected.middle)}},
      {.name = "one axis, dropped",
       .op = dropped,
       .inputs = {x, i64({1}, {-2})},
       .expected = {number({2, 2}, expected.middle)}},
      {.name = "two axes, kept",
       .op = kept,
       .inputs = {x, i64({2}, {2, 0})},
       .expected = {number({1, 2, 1}, expected.outer)}},
      {.name = "two axes, dropped",
       .op = dropped,
       .inputs = {x, i64({2}, {0, -1})},
       .expected = {number({2}, expected.outer)}},
      {.name = "all axes, kept",
       .op = kept,
       .inputs = {x},
       .expected = {number({1, 1, 1}, {expected.all})}},
      {.name = "all axes, dropped",
       .op = dropped,
       .inputs = {x},
       .expected = {number({}, {expected.all})}},
      {.name = "no axis named, dropped",
       .op = dropped,
       .inputs = {x, i64({0}, {})},
       .expected = {number({}, {expected.all})}},
  };
}

// With noop_with_empty_axes and no axes every element is a set of its own.
template <class Op>
OpCase elementwise(const Tensor& x, const std::vector<double>& expected, bool keepdims = true) {
  Op op;
  op.keepdims = keepdims;
  op.noop_with_empty_axes = true;
  return {.name = keepdims ? "no axes, noop" : "no axes, noop, dropped",
          .op = op,
          .inputs = {x},
          .expected = {of(x.dtype(), x.shape(), expected)}};
}

OpCase integers(Op op, const Tensor& x, const Tensor& expected) {
  return {.name = "integers", .op = std::move(op), .inputs = {x}, .expected = {expected}};
}

// Over an axis without elements.
template <class Op>
OpCase nothing(double expected) {
  Op op;
  op.keepdims = false;
  return {.name = "over nothing",
          .op = op,
          .inputs = {f32({2, 0}, {}), i64({1}, {1})},
          .expected = {f32({2}, {expected, expected})}};
}

}  // namespace

TERN_OP_TEST(ReduceSum) {
  auto cases = ways<ops::ReduceSum>({{4, -2, -2, 14}, {14, 0}, 14});
  cases.push_back(elementwise<ops::ReduceSum>(f32({2}, {3, -4}), {3, -4}, false));
  cases.push_back(nothing<ops::ReduceSum>(0));
  cases.push_back(integers(ops::ReduceSum{}, i64({2}, {kBig, 2}), i64({1}, {kBig + 2})));
  return cases;
}

TERN_OP_TEST(ReduceMean) {
  auto cases = ways<ops::ReduceMean>({{2, -1, -1, 7}, {3.5, 0}, 1.75});
  cases.push_back(elementwise<ops::ReduceMean>(f32({2}, {3, -4}), {3, -4}));
  cases.push_back(integers(ops::ReduceMean{}, i64({2}, {kBig, kBig}), i64({1}, {kBig})));
  cases.push_back({.name = "integers truncate",
                   .op = ops::ReduceMean{},
                   .inputs = {i32({2}, {-4, -3})},
                   .expected = {i32({1}, {-3})}});
  cases.push_back({.name = "integers over nothing",
                   .op = ops::ReduceMean{},
                   .inputs = {i32({0}, {})},
                   .expected = {i32({1}, {0})}});
  return cases;
}

TERN_OP_TEST(ReduceMax) {
  auto cases = ways<ops::ReduceMax>({{3, 2, 5, 8}, {6, 8}, 8});
  cases.push_back(nothing<ops::ReduceMax>(-INFINITY));
  cases.push_back(integers(ops::ReduceMax{}, i64({2}, {kBig, kBig - 1}), i64({1}, {kBig})));
  cases.push_back({.name = "NaN wins",
                   .op = ops::ReduceMax{},
                   .inputs = {f32({2, 3}, {1, NAN, 2, NAN, 1, 2}), i64({1}, {1})},
                   .expected = {f32({2, 1}, {NAN, NAN})},
                   .gradient = false});
  cases.push_back({.name = "large unsigned integers",
                   .op = ops::ReduceMax{},
                   .inputs = {ints(DType::kU64, {2}, {-1, 5})},
                   .expected = {ints(DType::kU64, {1}, {-1})}});
  cases.push_back({.name = "bytes over nothing",
                   .op = ops::ReduceMax{},
                   .inputs = {ints(DType::kI8, {0}, {})},
                   .expected = {ints(DType::kI8, {1}, {-128})}});
  cases.push_back({.name = "bools",
                   .op = ops::ReduceMax{},
                   .inputs = {boolean({2, 2}, {0, 1, 0, 0}), i64({1}, {1})},
                   .expected = {boolean({2, 1}, {1, 0})}});
  return cases;
}

TERN_OP_TEST(ReduceMin) {
  auto cases = ways<ops::ReduceMin>({{1, -4, -7, 6}, {1, -7}, -7});
  cases.push_back(nothing<ops::ReduceMin>(INFINITY));
  cases.push_back(integers(ops::ReduceMin{}, i64({2}, {kBig, kBig + 1}), i64({1}, {kBig})));
  cases.push_back({.name = "bytes over nothing",
                   .op = ops::ReduceMin{},
                   .inputs = {ints(DType::kU8, {0}, {})},
                   .expected = {ints(DType::kU8, {1}, {255})}});
  cases.push_back({.name = "signed bytes over nothing",
                   .op = ops::ReduceMin{},
                   .inputs = {ints(DType::kI8, {0}, {})},
                   .expected = {ints(DType::kI8, {1}, {127})}});
  cases.push_back({.name = "bools",
                   .op = ops::ReduceMin{},
                   .inputs = {boolean({2, 2}, {0, 1, 1, 1}), i64({1}, {1})},
                   .expected = {boolean({2, 1}, {0, 1})}});
  return cases;
}

TERN_OP_TEST(ReduceProd) {
  auto cases = ways<ops::ReduceProd>({{3, -8, -35, 48}, {60, 672}, 40320});
  cases.push_back(nothing<ops::ReduceProd>(1));
  cases.push_back({.name = "none, one and two zeros",
                   .op = ops::ReduceProd{},
                   .inputs = {f32({3, 3}, {1, 2, 3, 4, 0, 5, 0, 6, 0}), i64({1}, {1})},
                   .expected = {f32({3, 1}, {6, 0, 0})}});
  cases.push_back(integers(ops::ReduceProd{}, i64({2}, {(1LL << 31) + 1, (1LL << 30) + 1}),
                           i64({1}, {(1LL << 61) + (1LL << 31) + (1LL << 30) + 1})));
  return cases;
}

TERN_OP_TEST(ReduceSumSquare) {
  auto cases = ways<ops::ReduceSumSquare>({{10, 20, 74, 100}, {66, 138}, 204});
  cases.push_back(elementwise<ops::ReduceSumSquare>(f32({2}, {3, -4}), {9, 16}));
  cases.push_back(integers(ops::ReduceSumSquare{}, i64({2}, {(1LL << 30) + 1, 1}),
                           i64({1}, {(1LL << 60) + (1LL << 31) + 2})));
  return cases;
}

TERN_OP_TEST(ReduceL1) {
  auto cases = ways<ops::ReduceL1>({{4, 6, 12, 14}, {14, 22}, 36});
  cases.push_back(elementwise<ops::ReduceL1>(f32({2}, {3, -4}), {3, 4}));
  cases.push_back(integers(ops::ReduceL1{}, i64({2}, {-kBig, 1}), i64({1}, {kBig + 1})));
  return cases;
}

TERN_OP_TEST(ReduceL2) {
  auto cases = ways<ops::ReduceL2>({{std::sqrt(10.0), std::sqrt(20.0), std::sqrt(74.0), 10},
                                    {std::sqrt(66.0), std::sqrt(138.0)},
                                    std::sqrt(204.0)});
  cases.push_back(elementwise<ops::ReduceL2>(f32({2}, {3, -4}), {3, 4}));
  cases.push_back(integers(ops::ReduceL2{}, i32({2}, {3, 5}), i32({1}, {5})));
  cases.push_back({.name = "a subgradient at zero",
                   .op = ops::ReduceL2{},
                   .inputs = {f32({2, 2}, {0, 0, 3, 4}), i64({1}, {1})},
                   .expected = {f32({2, 1}, {0, 5})},
                   .gradient = false});
  return cases;
}

TERN_OP_TEST(ReduceLogSum) {
  const Tensor x = f32({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  auto cases =
      ways<ops::ReduceLogSum>({{std::log(4.0), std::log(6.0), std::log(12.0), std::log(14.0)},
                               {std::log(14.0), std::log(22.0)},
                               std::log(36.0)},
                              x);
  cases.push_back(nothing<ops::ReduceLogSum>(-INFINITY));
  cases.push_back(elementwise<ops::ReduceLogSum>(f32({2}, {1, 4}), {0, std::log(4.0)}));
  return cases;
}

TERN_OP_TEST(ReduceLogSumExp) {
  const Tensor logs =
      mapped(f32({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), [](double x) { return std::log(x); });
  auto cases =
      ways<ops::ReduceLogSumExp>({{std::log(4.0), std::log(6.0), std::log(12.0), std::log(14.0)},
                                  {std::log(14.0), std::log(22.0)},
                                  std::log(36.0)},
                                 logs);
  cases.push_back(nothing<ops::ReduceLogSumExp>(-INFINITY));
  cases.push_back({.name = "no overflow",
                   .op = ops::ReduceLogSumExp{},
                   .inputs = {f32({2}, {1000, 1000})},
                   .expected = {f32({1}, {1000 + std::log(2.0)})}});
  cases.push_back(
      {.name = "infinities",
       .op = ops::ReduceLogSumExp{},
       .inputs = {f32({3, 2}, {-INFINITY, -INFINITY, -INFINITY, 0, INFINITY, 0}), i64({1}, {1})},
       .expected = {f32({3, 1}, {-INFINITY, 0, INFINITY})},
       .gradient = false});
  return cases;
}

TEST(Reductions, RefuseAxesThatAreNotThereOrNamedTwice) {
  expect_refused(ops::ReduceMax{}, {cube(), i64({1}, {3})}, "axis 3 for rank 3");
  expect_refused(ops::ReduceMax{}, {cube(), i64({2}, {0, -3})}, "axis 0 is named twice");
}

TERN_OP_TEST(SumToLike) {
  return {{.name = "added and stretched axes",
           .op = ops::SumToLike{},
           .inputs = {f32({2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}), i64({2, 1}, {0, 0})},
           .expected = {f32({2, 1}, {30, 48})}},
          {.name = "same shape",
           .op = ops::SumToLike{},
           .inputs = {f32({2}, {1, 2}), i64({2}, {0, 0})},
           .expected = {f32({2}, {1, 2})}},
          {.name = "to a scalar",
           .op = ops::SumToLike{},
           .inputs = {f32({2}, {1, 2}), i64({}, {0})},
           .expected = {f32({}, {3})}}};
}

TERN_OP_TEST(BroadcastToLike) {
  return {{.name = "added and stretched axes",
           .op = ops::BroadcastToLike{},
           .inputs = {f32({2, 1}, {1, 2}),
                      filled(DType::kI64, {2, 2, 3}, [](std::int64_t) { return 0; })},
           .expected = {f32({2, 2, 3}, {1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2})}},
          {.name = "averaged",
           .op = ops::BroadcastToLike{.average = true},
           .inputs = {f32({2, 1}, {1, 2}), i64({2, 2}, {0, 0, 0, 0})},
           .expected = {f32({2, 2}, {0.5, 0.5, 1, 1})}}};
}

TEST(BroadcastToLike, RefusesToShrink) {
  expect_refused(ops::BroadcastToLike{}, {f32({2}, {1, 2}), f32({1}, {1})}, "size 2");
  expect_refused(ops::BroadcastToLike{}, {f32({1, 1}, {1}), f32({1}, {1})}, "rank 2");
}

}  // namespace tern::testing
