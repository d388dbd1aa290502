#include "backend/cpu/compute/elementwise.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "tern/thread_pool.h"
#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

class Elementwise : public EachIsa {
 protected:
  std::vector<float> apply(const Unary& unary, const std::vector<float>& x, int threads = 1) {
    std::vector<float> y(x.size());
    ThreadPool pool(threads);
    run_unary(unary, x.data(), y.data(), static_cast<std::int64_t>(x.size()), pool, GetParam());
    return y;
  }

  // The documented bounds hold with a fused multiply-add; without one they grow by an ulp.
  double bound(double ulps) { return GetParam() == Isa::kBaseline ? ulps + 1 : ulps; }
};

// Every float of [lo, hi] whose bit pattern is a multiple of `step`, both signs where lo < 0.
std::vector<float> grid(float lo, float hi, std::uint32_t step) {
  std::vector<float> values;
  for (std::uint64_t bits = 0; bits < 0x7f800000U; bits += step) {
    const float size = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if (size >= lo && size <= hi) values.push_back(size);
    if (-size >= lo && -size <= hi) values.push_back(-size);
  }
  return values;
}

// Distance in units in the last place of the float nearest to `exact`, at least the smallest
// normal's.
double ulps(float got, double exact) {
  const double size = std::max(std::abs(exact), 0x1p-126);
  const double unit = std::ldexp(1.0, std::ilogb(size) - 23);
  return std::abs(static_cast<double>(got) - exact) / unit;
}

void expect_within(const std::vector<float>& x, const std::vector<float>& y,
                   const std::function<double(double)>& exact, double bound) {
  double worst = 0;
  float at = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double error = ulps(y[i], exact(x[i]));
    if (!(error <= worst)) {
      worst = error;
      at = x[i];
    }
  }
  EXPECT_LE(worst, bound) << "at x = " << std::hexfloat << at << " (" << std::defaultfloat << at
                          << ")";
}

constexpr std::uint32_t kStep = 1009;  // two million of all floats

TEST_P(Elementwise, ExpWithinBound) {
  const auto x = grid(-87.0F, 88.7F, kStep);
  expect_within(
      x, apply({UnaryOp::kExp}, x), [](double v) { return std::exp(v); }, bound(1.0));
}

TEST_P(Elementwise, ExpAtItsLimits) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const auto y =
      apply({UnaryOp::kExp}, {kInf, -kInf, 89.0F, -200.0F, std::nanf(""), 0.0F, -100.0F});
  EXPECT_EQ(y[0], kInf);
  EXPECT_EQ(y[1], 0.0F);
  EXPECT_EQ(y[2], kInf);
  EXPECT_EQ(y[3], 0.0F);
  EXPECT_TRUE(std::isnan(y[4]));
  EXPECT_EQ(y[5], 1.0F);
  EXPECT_NEAR(y[6], std::exp(-100.0), 2e-45) << "denormal results are rounded, not flushed";
}

TEST_P(Elementwise, LogWithinBound) {
  const auto x = grid(1e-45F, std::numeric_limits<float>::max(), kStep);
  expect_within(
      x, apply({UnaryOp::kLog}, x), [](double v) { return std::log(v); }, bound(1.0));
}

TEST_P(Elementwise, LogAtItsLimits) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const auto y = apply({UnaryOp::kLog}, {0.0F, -0.0F, -1.0F, kInf, std::nanf(""), 1.0F});
  EXPECT_EQ(y[0], -kInf);
  EXPECT_EQ(y[1], -kInf);
  EXPECT_TRUE(std::isnan(y[2]));
  EXPECT_EQ(y[3], kInf);
  EXPECT_TRUE(std::isnan(y[4]));
  EXPECT_EQ(y[5], 0.0F);
}

TEST_P(Elementwise, TanhWithinBound) {
  const auto x = grid(-30.0F, 30.0F, kStep);
  expect_within(
      x, apply({UnaryOp::kTanh}, x), [](double v) { return std::tanh(v); }, bound(2.0));
}

TEST_P(Elementwise, ErfWithinBound) {
  const auto x = grid(-10.0F, 10.0F, kStep);
  expect_within(
      x, apply({UnaryOp::kErf}, x), [](double v) { return std::erf(v); }, bound(2.0));
}

TEST_P(Elementwise, SigmoidWithinBound) {
  const auto x = grid(-86.0F, 200.0F, kStep);
  expect_within(
      x, apply({UnaryOp::kSigmoid}, x), [](double v) { return 1 / (1 + std::exp(-v)); },
      bound(2.5));
}

TEST_P(Elementwise, SoftplusWithinBound) {
  const auto x = grid(-86.0F, 200.0F, kStep);
  expect_within(
      x, apply({UnaryOp::kSoftplus}, x), [](double v) { return std::log1p(std::exp(v)); },
      bound(3.0));
}

TEST_P(Elementwise, EluWithinBound) {
  const auto x = grid(-60.0F, 5.0F, kStep);
  expect_within(
      x, apply({UnaryOp::kElu, 1.5F}, x), [](double v) { return v < 0 ? 1.5 * std::expm1(v) : v; },
      bound(2.5));
}

// Where the exact function nearly cancels, only the absolute error means anything.
TEST_P(Elementwise, ActivationsFollowTheirFormulas) {
  const auto x = grid(-20.0F, 20.0F, 20011);
  const auto close = [&](const Unary& unary, const std::function<double(double)>& exact) {
    const auto y = apply(unary, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double e = exact(x[i]);
      ASSERT_NEAR(y[i], e, 4e-7 * std::max(1.0, std::abs(e)))
          << "op " << static_cast<int>(unary.op) << " at " << x[i];
    }
  };
  close({UnaryOp::kSilu}, [](double v) { return v / (1 + std::exp(-v)); });
  close({UnaryOp::kSwish, 1.702F}, [](double v) { return v / (1 + std::exp(-1.702F * v)); });
  close({UnaryOp::kMish}, [](double v) { return v * std::tanh(std::log1p(std::exp(v))); });
  close({UnaryOp::kGelu}, [](double v) { return 0.5 * v * (1 + std::erf(v / std::sqrt(2.0))); });
  close({UnaryOp::kGeluTanh}, [](double v) {
    return 0.5 * v * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v)));
  });
  close({UnaryOp::kHardSwish}, [](double v) { return v * std::clamp(v / 6 + 0.5, 0.0, 1.0); });
  close({UnaryOp::kHardSigmoid, 0.2F, 0.5F},
        [](double v) { return std::clamp(0.2 * v + 0.5, 0.0, 1.0); });
  close({UnaryOp::kLeakyRelu, 0.1F}, [](double v) { return v < 0 ? 0.1 * v : v; });
  close({UnaryOp::kClip, -1.0F, 2.0F}, [](double v) { return std::clamp(v, -1.0, 2.0); });
  close({UnaryOp::kScale, 3.0F, -1.0F}, [](double v) { return 3 * v - 1; });
}

TEST_P(Elementwise, ExactFunctionsAreExact) {
  const auto x = grid(-1e6F, 1e6F, 20011);
  const auto same = [&](UnaryOp op, const std::function<float(float)>& exact) {
    const auto y = apply({op}, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_TRUE(y[i] == exact(x[i]) || (std::isnan(y[i]) && std::isnan(exact(x[i]))))
          << "op " << static_cast<int>(op) << " at " << x[i];
    }
  };
  same(UnaryOp::kAbs, [](float v) { return std::abs(v); });
  same(UnaryOp::kNeg, [](float v) { return -v; });
  same(UnaryOp::kSqrt, [](float v) { return std::sqrt(v); });
  same(UnaryOp::kReciprocal, [](float v) { return 1.0F / v; });
  same(UnaryOp::kSquare, [](float v) { return v * v; });
  same(UnaryOp::kFloor, [](float v) { return std::floor(v); });
  same(UnaryOp::kCeil, [](float v) { return std::ceil(v); });
  same(UnaryOp::kRound, [](float v) { return std::nearbyint(v); });
}

TEST_P(Elementwise, TailsAndThreadsGiveTheSameAsWholeVectors) {
  const auto x = random_floats(100003, 1, -3, 3);
  const auto whole = apply({UnaryOp::kTanh}, x);
  EXPECT_EQ(whole, apply({UnaryOp::kTanh}, x, 3));
  for (std::size_t n : {1, 2, 3, 5, 8, 15, 17, 33}) {
    const std::vector<float> head(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(n));
    EXPECT_EQ(std::vector<float>(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)),
              apply({UnaryOp::kTanh}, head));
  }
}

using Dims = std::vector<std::int64_t>;

std::int64_t count_of(const Dims& dims) {
  std::int64_t count = 1;
  for (std::int64_t d : dims) count *= d;
  return count;
}

// The element of a broadcast operand that meets output element `index`.
std::int64_t source_of(const Dims& out, const Dims& in, std::int64_t index) {
  std::int64_t at = 0;
  std::int64_t stride = 1;
  for (std::size_t d = 0; d < out.size(); ++d) {
    const std::int64_t size = out[out.size() - 1 - d];
    const std::int64_t i = index % size;
    index /= size;
    if (d >= in.size()) continue;
    const std::int64_t in_size = in[in.size() - 1 - d];
    if (in_size != 1) at += i * stride;
    stride *= in_size;
  }
  return at;
}

float exact_binary(BinaryOp op, float a, float b) {
  switch (op) {
    case BinaryOp::kAdd: return a + b;
    case BinaryOp::kSub: return a - b;
    case BinaryOp::kMul: return a * b;
    case BinaryOp::kDiv: return a / b;
    case BinaryOp::kMax: return std::max(a, b);
    case BinaryOp::kMin: return std::min(a, b);
    case BinaryOp::kPow: return static_cast<float>(std::pow(static_cast<double>(a), b));
    case BinaryOp::kReluGrad: return b > 0 ? a : 0;
    // Not exact: the cases of these operators have tolerances.
    case BinaryOp::kGeluGrad:
    case BinaryOp::kGeluTanhGrad: break;
  }
  return 0;
}

TEST_P(Elementwise, BinaryBroadcastsLikeNumpy) {
  struct Shapes {
    Dims out, a, b;
  };
  const std::vector<Shapes> cases{{{7, 33}, {7, 33}, {7, 33}},
                                  {{7, 33}, {7, 33}, {}},
                                  {{7, 33}, {1}, {7, 33}},
                                  {{7, 33}, {7, 33}, {33}},
                                  {{7, 33}, {7, 1}, {7, 33}},
                                  {{7, 33}, {7, 1}, {1, 33}},
                                  {{2, 5, 4, 19}, {2, 5, 4, 19}, {5, 1, 1}},
                                  {{2, 5, 4, 19}, {2, 1, 4, 1}, {5, 1, 19}},
                                  {{3, 1, 2}, {3, 1, 1}, {1, 1, 2}},
                                  {{}, {}, {}},
                                  {{0, 5}, {0, 5}, {5}}};
  for (const Shapes& s : cases) {
    const auto a = random_floats(count_of(s.a), 1, 0.5F, 2.0F);
    const auto b = random_floats(count_of(s.b), 2, 0.5F, 2.0F);
    for (BinaryOp op : {BinaryOp::kAdd, BinaryOp::kSub, BinaryOp::kMul, BinaryOp::kDiv,
                        BinaryOp::kMax, BinaryOp::kMin, BinaryOp::kPow, BinaryOp::kReluGrad}) {
      for (int threads : {1, 2}) {
        std::vector<float> y(static_cast<std::size_t>(count_of(s.out)));
        ThreadPool pool(threads);
        run_binary(plan_binary(op, s.out, s.a, s.b, GetParam()), a.data(), b.data(), y.data(),
                   pool);
        for (std::int64_t i = 0; i < count_of(s.out); ++i) {
          const float e =
              exact_binary(op, a[source_of(s.out, s.a, i)], b[source_of(s.out, s.b, i)]);
          ASSERT_FLOAT_EQ(y[i], e) << "op " << static_cast<int>(op) << " element " << i;
        }
      }
    }
  }
}

TEST_P(Elementwise, BinaryLargeIsSharedAmongThreads) {
  const Dims dims{3, 50001};
  const auto a = random_floats(count_of(dims), 1);
  const auto b = random_floats(50001, 2);
  std::vector<float> y(a.size());
  ThreadPool pool(3);
  run_binary(plan_binary(BinaryOp::kSub, dims, dims, Dims{50001}, GetParam()), a.data(), b.data(),
             y.data(), pool);
  for (std::size_t i = 0; i < y.size(); ++i) ASSERT_EQ(y[i], a[i] - b[i % 50001]);
}

TEST_P(Elementwise, BinaryJoinsWhatIsContiguous) {
  const Dims dims{2, 3, 4, 5};
  const BinaryPlan plan = plan_binary(BinaryOp::kAdd, dims, dims, dims, GetParam());
  EXPECT_EQ(plan.rank, 2);
  EXPECT_EQ(plan.dims[1], 120);
}

TEST_P(Elementwise, MaxAndMinKeepNan) {
  const std::vector<float> a{std::nanf(""), 1.0F, std::nanf("")};
  const std::vector<float> b{1.0F, std::nanf(""), std::nanf("")};
  ThreadPool pool(1);
  for (BinaryOp op : {BinaryOp::kMax, BinaryOp::kMin}) {
    std::vector<float> y(3);
    run_binary(plan_binary(op, Dims{3}, Dims{3}, Dims{3}, GetParam()), a.data(), b.data(), y.data(),
               pool);
    for (float v : y) EXPECT_TRUE(std::isnan(v));
  }
}

TERN_INSTANTIATE_EACH_ISA(Elementwise);

}  // namespace
}  // namespace tern::cpu
