#include "backend/cpu/compute/reduce.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tern/thread_pool.h"
#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

class Reduce : public EachIsa {};

constexpr ReduceOp kOps[] = {ReduceOp::kSum,   ReduceOp::kMean, ReduceOp::kMax,
                             ReduceOp::kMin,   ReduceOp::kProd, ReduceOp::kSumSquares,
                             ReduceOp::kSumAbs};

struct Shape {
  std::int64_t outer, axis, inner;
};

std::vector<float> reduce(ReduceOp op, Shape s, const std::vector<float>& x, int threads, Isa isa) {
  const ReducePlan plan = plan_reduce(op, s.outer, s.axis, s.inner, threads, isa);
  std::vector<float> y(static_cast<std::size_t>(s.outer * s.inner), kUntouched);
  std::vector<float> scratch(static_cast<std::size_t>(plan.scratch_floats));
  ThreadPool pool(threads);
  run_reduce(plan, x.data(), y.data(), scratch.data(), pool);
  return y;
}

double exact(ReduceOp op, Shape s, const std::vector<float>& x, std::int64_t o, std::int64_t i) {
  double sum = op == ReduceOp::kProd ? 1 : 0;
  if (op == ReduceOp::kMax) sum = -std::numeric_limits<double>::infinity();
  if (op == ReduceOp::kMin) sum = std::numeric_limits<double>::infinity();
  for (std::int64_t a = 0; a < s.axis; ++a) {
    const double v = x[(o * s.axis + a) * s.inner + i];
    switch (op) {
      case ReduceOp::kSum:
      case ReduceOp::kMean: sum += v; break;
      case ReduceOp::kMax: sum = std::max(sum, v); break;
      case ReduceOp::kMin: sum = std::min(sum, v); break;
      case ReduceOp::kProd: sum *= v; break;
      case ReduceOp::kSumSquares: sum += v * v; break;
      case ReduceOp::kSumAbs: sum += std::abs(v); break;
    }
  }
  return op == ReduceOp::kMean ? sum / static_cast<double>(s.axis) : sum;
}

void check(Shape s, int threads, Isa isa) {
  const auto x = random_floats(s.outer * s.axis * s.inner, 1, -1.1F, 1.1F);
  for (ReduceOp op : kOps) {
    const auto y = reduce(op, s, x, threads, isa);
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (std::int64_t i = 0; i < s.inner; ++i) {
        const double e = exact(op, s, x, o, i);
        ASSERT_NEAR(y[o * s.inner + i], e,
                    1e-6 * (2 + std::sqrt(static_cast<double>(s.axis)) + std::abs(e)))
            << "op " << static_cast<int>(op) << " shape " << s.outer << "," << s.axis << ","
            << s.inner << " threads " << threads;
      }
    }
  }
}

TEST_P(Reduce, LastFirstAndMiddleAxis) {
  for (std::int64_t axis : {1, 2, 7, 16, 33, 64, 65, 200}) {
    check({5, axis, 1}, 1, GetParam());
    check({1, axis, 21}, 1, GetParam());
    check({3, axis, 70}, 2, GetParam());
  }
}

TEST_P(Reduce, LongAxesAreSharedAmongThreads) {
  check({1, 100001, 1}, 3, GetParam());
  check({1, 5003, 37}, 2, GetParam());
  check({2, 40000, 3}, 4, GetParam());
}

TEST_P(Reduce, ManySumsStayAccurate) {
  const std::vector<float> ones(1 << 22, 0.1F);
  const double e = static_cast<double>(0.1F) * (1 << 22);
  const auto rows = reduce(ReduceOp::kSum, {1, 1 << 22, 1}, ones, 1, GetParam());
  EXPECT_NEAR(rows[0], e, 1e-4 * e);
  const auto columns = reduce(ReduceOp::kSum, {1, 1 << 20, 4}, ones, 1, GetParam());
  EXPECT_NEAR(columns[0], e / 4, 1e-4 * e);
}

TEST_P(Reduce, EmptyAxisGivesTheNeutralElement) {
  const std::vector<float> none;
  EXPECT_EQ(reduce(ReduceOp::kSum, {2, 0, 1}, none, 1, GetParam()), (std::vector<float>{0, 0}));
  EXPECT_EQ(reduce(ReduceOp::kProd, {1, 0, 2}, none, 1, GetParam()), (std::vector<float>{1, 1}));
}

TEST_P(Reduce, MaxAndMinKeepNan) {
  std::vector<float> x(50, 1.0F);
  x[37] = std::nanf("");
  EXPECT_TRUE(std::isnan(reduce(ReduceOp::kMax, {1, 50, 1}, x, 1, GetParam())[0]));
  EXPECT_TRUE(std::isnan(reduce(ReduceOp::kMin, {1, 50, 1}, x, 1, GetParam())[0]));
}

// [2, 3, 4, 5] with every set of axes reduced, one of them of size 1.
TEST_P(Reduce, AnySetOfAxes) {
  const std::vector<std::int64_t> dims{2, 3, 1, 4, 5};
  const auto x = random_floats(120, 1);
  ThreadPool pool(2);
  for (const ReduceOp op :
       {ReduceOp::kSum, ReduceOp::kMean, ReduceOp::kMax, ReduceOp::kSumSquares}) {
    for (unsigned set = 0; set < 32; ++set) {
      std::vector<bool> reduced;
      std::int64_t count = 1;
      for (std::size_t d = 0; d < dims.size(); ++d) {
        reduced.push_back((set >> d & 1u) != 0);
        if (!reduced[d]) count *= dims[d];
      }
      if (set == 0 && op == ReduceOp::kSumSquares) continue;  // nothing to sum
      const ReduceChain chain = plan_reduce_axes(op, dims, reduced, 2, GetParam());
      std::vector<float> scratch(static_cast<std::size_t>(chain.scratch_floats), NAN);
      std::vector<float> y(static_cast<std::size_t>(count), kUntouched);
      run_reduce_axes(chain, x.data(), y.data(), scratch.data(), pool);
      std::vector<double> expected(y.size(), op == ReduceOp::kMax ? -2 : 0);
      for (std::int64_t i = 0; i < 120; ++i) {
        std::int64_t rest = i, to = 0, step = 1;
        for (std::size_t d = dims.size(); d-- > 0; rest /= dims[d]) {
          if (reduced[d]) continue;
          to += rest % dims[d] * step;
          step *= dims[d];
        }
        double& e = expected[static_cast<std::size_t>(to)];
        const double v = x[static_cast<std::size_t>(i)];
        e = op == ReduceOp::kMax ? std::max(e, v) : e + (op == ReduceOp::kSumSquares ? v * v : v);
      }
      const double share = op == ReduceOp::kMean ? static_cast<double>(count) / 120 : 1;
      for (std::size_t i = 0; i < y.size(); ++i)
        ASSERT_NEAR(y[i], expected[i] * share, 1e-5) << set;
    }
  }
}

TERN_INSTANTIATE_EACH_ISA(Reduce);

}  // namespace
}  // namespace tern::cpu
