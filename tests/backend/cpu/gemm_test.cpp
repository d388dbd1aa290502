#include "backend/cpu/compute/gemm.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tern/thread_pool.h"
#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

class Gemm : public EachIsa {};

struct Case {
  std::int64_t m, n, k;
  bool transpose_a = false;
  bool transpose_b = false;
  bool bias = true;
  bool residual = true;
  std::int64_t gap = 3;  // floats between rows of A, C and the residual
  int threads = 1;
  Epilogue epilogue;
};

// Sums of k products of values in [-1, 1] round with an error of about k^0.5 to k ulp of 1.
double tolerance(std::int64_t k) { return 1e-6 * (2 + static_cast<double>(k) * 0.25); }

void check_packed(const Case& c, Isa isa) {
  SCOPED_TRACE(::testing::Message()
               << "m " << c.m << " n " << c.n << " k " << c.k << " threads " << c.threads
               << " activation " << static_cast<int>(c.epilogue.activation));
  const std::int64_t a_row = c.transpose_a ? 1 : c.k + c.gap;
  const std::int64_t a_column = c.transpose_a ? c.m + c.gap : 1;
  const std::int64_t c_row = c.n + c.gap;
  const auto a = random_floats((c.m + c.gap) * (c.k + c.gap), 1);
  const auto b = random_floats(c.k * c.n, 2);
  const auto bias = random_floats(c.n, 3);
  const auto residual = random_floats(c.m * c_row, 4);
  const std::int64_t b_row = c.transpose_b ? 1 : c.n;
  const std::int64_t b_column = c.transpose_b ? c.k : 1;

  const GemmPlan plan = plan_gemm({.k = c.k, .n = c.n, .epilogue = c.epilogue}, isa);
  std::vector<float> packed(static_cast<std::size_t>(plan.packed_floats));
  pack_gemm(plan, b.data(), b_row, b_column, packed.data());
  std::vector<float> scratch(static_cast<std::size_t>(gemm_scratch_floats(plan, c.m, c.threads)));
  std::vector<float> out(static_cast<std::size_t>(c.m * c_row), kUntouched);
  ThreadPool pool(c.threads);
  run_gemm(plan,
           {.m = c.m,
            .a = a.data(),
            .a_row = a_row,
            .a_column = a_column,
            .packed = packed.data(),
            .bias = c.bias ? bias.data() : nullptr,
            .residual = c.residual ? residual.data() : nullptr,
            .residual_row = c_row,
            .c = out.data(),
            .c_row = c_row},
           scratch.data(), pool);

  for (std::int64_t i = 0; i < c.m; ++i) {
    for (std::int64_t j = 0; j < c.n; ++j) {
      double sum = c.bias ? bias[j] : 0.0;
      for (std::int64_t l = 0; l < c.k; ++l) {
        sum += static_cast<double>(a[i * a_row + l * a_column]) * b[l * b_row + j * b_column];
      }
      const double r = c.residual ? residual[i * c_row + j] : 0.0;
      ASSERT_NEAR(out[i * c_row + j], exact_epilogue(sum, r, c.epilogue), tolerance(c.k))
          << "row " << i << " column " << j;
    }
    for (std::int64_t j = c.n; j < c_row; ++j) ASSERT_EQ(out[i * c_row + j], kUntouched);
  }
}

TEST_P(Gemm, PackedMatchesExactSumsOverOddShapes) {
  for (std::int64_t m : {1, 2, 3, 5, 6, 7, 13, 14, 15, 29, 43}) {
    for (std::int64_t n : {1, 7, 8, 15, 16, 17, 31, 32, 33, 48, 63, 130}) {
      for (std::int64_t k : {1, 3, 4, 9, 37}) {
        check_packed({.m = m, .n = n, .k = k, .epilogue = Epilogue::relu()}, GetParam());
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_P(Gemm, AppliesEveryEpilogueOnWholeAndPartialPanels) {
  for (const Epilogue& e : all_epilogues()) {
    for (std::int64_t n : {5, 32, 83}) {
      check_packed({.m = 17, .n = n, .k = 20, .epilogue = e}, GetParam());
      check_packed({.m = 17, .n = n, .k = 20, .bias = false, .residual = false, .epilogue = e},
                   GetParam());
    }
  }
}

TEST_P(Gemm, ReadsTransposedOperandsThroughStrides) {
  for (bool ta : {false, true}) {
    for (bool tb : {false, true}) {
      check_packed({.m = 31, .n = 45, .k = 67, .transpose_a = ta, .transpose_b = tb}, GetParam());
    }
  }
}

TEST_P(Gemm, SumsLongRowsInBlocks) {
  check_packed({.m = 9, .n = 40, .k = 4999, .epilogue = Epilogue::of(Activation::kTanh)},
               GetParam());
  check_packed({.m = 3, .n = 20, .k = 4100, .transpose_a = true}, GetParam());
}

TEST_P(Gemm, CopiesRowsThatAliasInTheCache) {
  check_packed({.m = 29, .n = 150, .k = 1024, .gap = 0}, GetParam());
}

TEST_P(Gemm, SharesRowsColumnsAndDepthAmongThreads) {
  for (int threads : {2, 3, 5}) {
    check_packed({.m = 97, .n = 70, .k = 80, .threads = threads}, GetParam());
    check_packed({.m = 1, .n = 3000, .k = 130, .threads = threads}, GetParam());
    check_packed({.m = 5, .n = 9, .k = 6000, .threads = threads, .epilogue = Epilogue::relu()},
                 GetParam());
    check_packed({.m = 14, .n = 6, .k = 20000, .transpose_a = true, .threads = threads},
                 GetParam());
  }
}

TEST_P(Gemm, EmptySumStoresBias) {
  check_packed({.m = 4, .n = 37, .k = 0, .epilogue = Epilogue::relu()}, GetParam());
}

TEST_P(Gemm, NoRowsDoNothing) { check_packed({.m = 0, .n = 37, .k = 5}, GetParam()); }

TEST_P(Gemm, NanPassesThroughClip) {
  const GemmPlan plan = plan_gemm({.k = 1, .n = 40, .epilogue = Epilogue::relu()}, GetParam());
  const std::vector<float> b(40, 1.0F);
  std::vector<float> packed(static_cast<std::size_t>(plan.packed_floats));
  pack_gemm(plan, b.data(), 40, 1, packed.data());
  const float a = std::nanf("");
  std::vector<float> c(40);
  std::vector<float> scratch(static_cast<std::size_t>(gemm_scratch_floats(plan, 1, 1)));
  ThreadPool pool(1);
  run_gemm(plan, {.m = 1, .a = &a, .a_row = 1, .packed = packed.data(), .c = c.data(), .c_row = 40},
           scratch.data(), pool);
  for (float y : c) EXPECT_TRUE(std::isnan(y));
}

struct BatchCase {
  std::int64_t batch, m, n, k;
  bool transpose_a = false;
  bool transpose_b = false;
  bool share_b = false;
  bool accumulate = false;
  int threads = 1;
};

void check_batch(const BatchCase& t, Isa isa) {
  SCOPED_TRACE(::testing::Message() << "batch " << t.batch << " m " << t.m << " n " << t.n << " k "
                                    << t.k << " threads " << t.threads);
  const auto a = random_floats(t.batch * t.m * t.k, 5);
  const auto b = random_floats((t.share_b ? 1 : t.batch) * t.k * t.n, 6);
  const auto before = random_floats(t.batch * t.m * t.n, 7);
  auto c = before;
  std::vector<std::int64_t> a_at, b_at, c_at;
  for (std::int64_t i = 0; i < t.batch; ++i) {
    a_at.push_back(i * t.m * t.k);
    b_at.push_back(t.share_b ? 0 : i * t.k * t.n);
    c_at.push_back(i * t.m * t.n);
  }
  const Strides sa = t.transpose_a ? Strides{1, t.m} : Strides{t.k, 1};
  const Strides sb = t.transpose_b ? Strides{1, t.k} : Strides{t.n, 1};
  const float alpha = 0.5F;
  const BatchGemmPlan plan = plan_batch_gemm({.m = t.m,
                                              .n = t.n,
                                              .k = t.k,
                                              .batch = t.batch,
                                              .a = sa,
                                              .b = sb,
                                              .c_row = t.n,
                                              .alpha = alpha,
                                              .accumulate = t.accumulate},
                                             t.threads, isa);
  std::vector<float> scratch(static_cast<std::size_t>(plan.scratch_floats));
  ThreadPool pool(t.threads);
  run_batch_gemm(plan,
                 {.a = a.data(),
                  .b = b.data(),
                  .c = c.data(),
                  .a_offsets = a_at.data(),
                  .b_offsets = b_at.data(),
                  .c_offsets = c_at.data()},
                 scratch.data(), pool);
  for (std::int64_t i = 0; i < t.batch; ++i) {
    for (std::int64_t r = 0; r < t.m; ++r) {
      for (std::int64_t j = 0; j < t.n; ++j) {
        double sum = 0;
        for (std::int64_t l = 0; l < t.k; ++l) {
          sum += static_cast<double>(a[a_at[i] + r * sa.row + l * sa.column]) *
                 b[b_at[i] + l * sb.row + j * sb.column];
        }
        sum *= alpha;
        const std::int64_t at = c_at[i] + r * t.n + j;
        if (t.accumulate) sum += before[at];
        ASSERT_NEAR(c[at], sum, tolerance(t.k))
            << "product " << i << " row " << r << " column " << j;
      }
    }
  }
}

TEST_P(Gemm, BatchOfRunTimeOperands) {
  for (int threads : {1, 2, 3}) {
    for (bool ta : {false, true}) {
      for (bool tb : {false, true}) {
        check_batch({.batch = 7,
                     .m = 33,
                     .n = 50,
                     .k = 64,
                     .transpose_a = ta,
                     .transpose_b = tb,
                     .threads = threads},
                    GetParam());
        check_batch({.batch = 2,
                     .m = 1,
                     .n = 71,
                     .k = 129,
                     .transpose_a = ta,
                     .transpose_b = tb,
                     .accumulate = true,
                     .threads = threads},
                    GetParam());
      }
    }
    check_batch({.batch = 9, .m = 20, .n = 40, .k = 50, .share_b = true, .threads = threads},
                GetParam());
  }
}

TEST_P(Gemm, FewRowsAreMultipliedWithoutPacking) {
  for (std::int64_t m : {1, 2, 3}) {
    for (std::int64_t k : {0, 1, 7, 8, 33, 200}) {
      for (std::int64_t n : {1, 5, 64, 131, 700}) {
        for (bool tb : {false, true}) {
          check_batch({.batch = 3, .m = m, .n = n, .k = k, .transpose_b = tb, .threads = 2},
                      GetParam());
          check_batch({.batch = 1,
                       .m = m,
                       .n = n,
                       .k = k,
                       .transpose_a = true,
                       .transpose_b = tb,
                       .accumulate = true},
                      GetParam());
        }
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_P(Gemm, BatchAccumulatesAcrossADepthSplit) {
  check_batch({.batch = 1,
               .m = 6,
               .n = 25,
               .k = 9000,
               .transpose_a = true,
               .accumulate = true,
               .threads = 2},
              GetParam());
}

TERN_INSTANTIATE_EACH_ISA(Gemm);

}  // namespace
}  // namespace tern::cpu
