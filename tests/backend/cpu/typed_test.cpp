#include "backend/cpu/compute/typed.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "tern/thread_pool.h"
#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

class Typed : public EachIsa {};

using Dims = std::vector<std::int64_t>;
constexpr std::int64_t kLeast64 = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost64 = std::numeric_limits<std::int64_t>::max();
constexpr std::int32_t kLeast32 = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kMost32 = std::numeric_limits<std::int32_t>::max();

// std::vector<bool> has no data().
struct Flags {
  explicit Flags(std::size_t n) : size(n), data(new bool[n]()) {}
  std::size_t size;
  std::unique_ptr<bool[]> data;
};

template <class T>
std::vector<T> compute(TypedOp op, ElementType type, std::vector<T> a, std::vector<T> b, Isa isa) {
  std::vector<T> y(std::max(a.size(), b.size()));
  ThreadPool pool(1);
  const auto size = [](const std::vector<T>& v) {
    return Dims{static_cast<std::int64_t>(v.size())};
  };
  run_typed_binary(plan_typed_binary(op, type, size(y), size(a), size(b), isa), a.data(), b.data(),
                   y.data(), pool);
  return y;
}

TEST_P(Typed, IntegerArithmeticWrapsAround) {
  using V = std::vector<std::int64_t>;
  const auto run = [&](TypedOp op, V a, V b) {
    return compute(op, ElementType::kI64, std::move(a), std::move(b), GetParam());
  };
  EXPECT_EQ(run(TypedOp::kAdd, {1, kMost64}, {2, 1}), (V{3, kLeast64}));
  EXPECT_EQ(run(TypedOp::kSub, {1, kLeast64}, {2, 1}), (V{-1, kMost64}));
  EXPECT_EQ(run(TypedOp::kMul, {-3, kMost64}, {7, 2}), (V{-21, -2}));
  EXPECT_EQ(run(TypedOp::kMax, {-3, 5}, {0}), (V{0, 5}));
  EXPECT_EQ(run(TypedOp::kMin, {0}, {-3, 5}), (V{-3, 0}));
}

TEST_P(Typed, QuotientsTruncateAndNeverTrap) {
  using V = std::vector<std::int32_t>;
  EXPECT_EQ(compute<std::int32_t>(TypedOp::kDiv, ElementType::kI32, {7, -7, 5, kLeast32},
                                  {2, 2, 0, -1}, GetParam()),
            (V{3, -3, 0, kLeast32}));
}

TEST_P(Typed, EveryRowLengthIsWhole) {
  for (std::int64_t n = 1; n <= 70; ++n) {
    std::vector<std::int32_t> a(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<std::int32_t>(i) - 20;
    const std::vector<std::int32_t> y =
        compute<std::int32_t>(TypedOp::kSub, ElementType::kI32, a, {100}, GetParam());
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_EQ(y[i], a[i] - 100) << n;
  }
}

TEST_P(Typed, ComparisonsBroadcastAndKnowNaN) {
  const std::vector<float> a{1, 2, NAN, 4};
  const std::vector<float> b{2, 1};
  struct Case {
    TypedOp op;
    std::vector<int> expected;  // a as a column of two rows of two against b as a row
  };
  const std::vector<Case> cases{{TypedOp::kLess, {1, 0, 0, 0}},
                                {TypedOp::kLessOrEqual, {1, 0, 0, 0}},
                                {TypedOp::kGreater, {0, 1, 0, 1}},
                                {TypedOp::kGreaterOrEqual, {0, 1, 0, 1}},
                                {TypedOp::kEqual, {0, 0, 0, 0}}};
  ThreadPool pool(1);
  for (const Case& c : cases) {
    Flags y(4);
    run_typed_binary(
        plan_typed_binary(c.op, ElementType::kF32, Dims{2, 2}, Dims{2, 2}, Dims{2}, GetParam()),
        a.data(), b.data(), y.data.get(), pool);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(y.data[i], c.expected[i] != 0) << i;
  }
}

TEST_P(Typed, LogicOfBools) {
  const bool a[4] = {false, false, true, true};
  const bool b[4] = {false, true, false, true};
  ThreadPool pool(1);
  const auto expect = [&](TypedOp op, std::vector<int> expected) {
    Flags y(4);
    run_typed_binary(
        plan_typed_binary(op, ElementType::kBool, Dims{4}, Dims{4}, Dims{4}, GetParam()), a, b,
        y.data.get(), pool);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(y.data[i], expected[i] != 0) << i;
  };
  expect(TypedOp::kAnd, {0, 0, 0, 1});
  expect(TypedOp::kOr, {0, 1, 1, 1});
  expect(TypedOp::kXor, {0, 1, 1, 0});
  expect(TypedOp::kEqual, {1, 0, 0, 1});
}

TEST_P(Typed, TypesThatAFunctionDoesNotTake) {
  const TypedKernels& kernels = typed_kernels(GetParam());
  EXPECT_EQ(kernels.binary(TypedOp::kAdd, ElementType::kF32), nullptr);
  EXPECT_EQ(kernels.binary(TypedOp::kAdd, ElementType::kBool), nullptr);
  EXPECT_EQ(kernels.binary(TypedOp::kAnd, ElementType::kI32), nullptr);
  EXPECT_EQ(kernels.binary(TypedOp::kLess, ElementType::kBool), nullptr);
}

template <class T>
void check_select(const Dims& out, const Dims& condition, const Dims& a, const Dims& b, Isa isa) {
  SCOPED_TRACE(::testing::PrintToString(out));
  const auto count = [](const Dims& dims) {
    std::int64_t n = 1;
    for (const std::int64_t d : dims) n *= d;
    return static_cast<std::size_t>(n);
  };
  Flags flags(count(condition));
  for (std::size_t i = 0; i < flags.size; ++i) flags.data[i] = i % 3 != 1;
  std::vector<T> left(count(a));
  std::vector<T> right(count(b));
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = static_cast<T>(i % 101);
  for (std::size_t i = 0; i < right.size(); ++i) right[i] = static_cast<T>(110 + i % 101);
  std::vector<T> y(count(out));
  ThreadPool pool(2);
  run_select(plan_select(sizeof(T), out, condition, a, b, isa), flags.data.get(), left.data(),
             right.data(), y.data(), pool);
  // The element of a tensor of `dims` at the place of element i of `out`.
  const auto at = [&](const Dims& dims, std::size_t i) {
    std::size_t rest = i;
    std::size_t place = 0;
    std::size_t stride = 1;
    for (std::size_t d = 0; d < out.size(); ++d) {
      const auto size = static_cast<std::size_t>(out[out.size() - 1 - d]);
      const auto own =
          d < dims.size() ? static_cast<std::size_t>(dims[dims.size() - 1 - d]) : std::size_t{1};
      if (own > 1) place += rest % size * stride;
      stride *= own;
      rest /= size;
    }
    return place;
  };
  for (std::size_t i = 0; i < y.size(); ++i) {
    ASSERT_EQ(y[i], flags.data[at(condition, i)] ? left[at(a, i)] : right[at(b, i)]) << i;
  }
}

TEST_P(Typed, SelectsElementsOfEveryWidth) {
  const auto check_all = [&](const Dims& out, const Dims& condition, const Dims& a, const Dims& b) {
    check_select<std::uint8_t>(out, condition, a, b, GetParam());
    check_select<std::uint16_t>(out, condition, a, b, GetParam());
    check_select<std::uint32_t>(out, condition, a, b, GetParam());
    check_select<std::uint64_t>(out, condition, a, b, GetParam());
  };
  check_all({37}, {37}, {37}, {37});
  check_all({37}, {37}, {1}, {37});
  check_all({37}, {37}, {37}, {});
  check_all({37}, {37}, {1}, {1});
  check_all({37}, {1}, {37}, {37});
  check_all({2, 3, 5, 5}, {5, 5}, {2, 3, 5, 5}, {});  // a causal mask over scores
  check_all({3, 300}, {3, 1}, {3, 300}, {1});         // one condition for long rows
  check_all({3, 300}, {3, 1}, {300}, {3, 1});
  check_all({2, 3}, {2, 1}, {1, 3}, {2, 3});
}

template <class From, class To>
std::vector<To> converted(ElementType from, ElementType to, std::vector<From> x, Isa isa) {
  std::vector<To> y(x.size());
  ThreadPool pool(1);
  run_cast(from, to, x.data(), y.data(), static_cast<std::int64_t>(x.size()), pool, isa);
  return y;
}

TEST_P(Typed, ConversionsTruncateSaturateAndWrap) {
  EXPECT_EQ((converted<float, std::int64_t>(ElementType::kF32, ElementType::kI64,
                                            {1.9F, -1.9F, 1e30F, -1e30F, NAN}, GetParam())),
            (std::vector<std::int64_t>{1, -1, kMost64, kLeast64, 0}));
  EXPECT_EQ(
      (converted<float, std::int32_t>(ElementType::kF32, ElementType::kI32,
                                      {1.9F, -1.9F, 4294967296.0F + 512.0F, NAN}, GetParam())),
      (std::vector<std::int32_t>{1, -1, 512, 0}));
  EXPECT_EQ((converted<std::int64_t, std::int32_t>(ElementType::kI64, ElementType::kI32,
                                                   {-5, (1LL << 32) + 7}, GetParam())),
            (std::vector<std::int32_t>{-5, 7}));
  EXPECT_EQ((converted<std::int32_t, std::int64_t>(ElementType::kI32, ElementType::kI64,
                                                   {kLeast32, kMost32}, GetParam())),
            (std::vector<std::int64_t>{kLeast32, kMost32}));
  EXPECT_EQ((converted<std::int64_t, float>(ElementType::kI64, ElementType::kF32, {-3, 1 << 24},
                                            GetParam())),
            (std::vector<float>{-3.0F, 16777216.0F}));
}

TEST_P(Typed, ConversionsToAndFromBool) {
  const std::vector<float> x{0.0F, -0.0F, 0.25F, NAN, -7.0F};
  Flags flags(x.size());
  ThreadPool pool(1);
  run_cast(ElementType::kF32, ElementType::kBool, x.data(), flags.data.get(), 5, pool, GetParam());
  const bool expected[] = {false, false, true, true, true};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(flags.data[i], expected[i]) << i;
  std::vector<std::int64_t> back(5, -1);
  run_cast(ElementType::kBool, ElementType::kI64, flags.data.get(), back.data(), 5, pool,
           GetParam());
  EXPECT_EQ(back, (std::vector<std::int64_t>{0, 0, 1, 1, 1}));
}

TERN_INSTANTIATE_EACH_ISA(Typed);

}  // namespace
}  // namespace tern::cpu
