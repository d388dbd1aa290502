#include "backend/cpu/compute/bf16_gemm.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "tests/backend/cpu/bf16_testing.h"
#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

class Bf16Gemm : public EachBf16Kernel {};

struct Case {
  std::int64_t m, n, k;
  bool transpose_b = false;
  bool bias = true;
  bool residual = true;
  std::int64_t gap = 3;  // floats between rows of A, C and the residual
  int threads = 1;
  Epilogue epilogue;
};

std::vector<float> multiply(const Case& c, const Bf16Kernels& kernels, const std::vector<float>& a,
                            const std::vector<float>& b, const float* bias, const float* residual) {
  const std::int64_t c_row = c.n + c.gap;
  const Bf16GemmPlan plan = plan_bf16_gemm({.k = c.k, .n = c.n, .epilogue = c.epilogue}, kernels);
  ThreadPool pool(c.threads);
  // All bits set is NaN: what is read without having been written shows.
  std::vector<Bf16> packed(static_cast<std::size_t>(plan.packed_elements), Bf16{0xffff});
  pack_bf16_gemm(plan, b.data(), c.transpose_b ? 1 : c.n, c.transpose_b ? c.k : 1, packed.data(),
                 pool);
  std::vector<std::uint8_t> scratch(bf16_gemm_scratch_bytes(plan, c.m, c.threads), 0xff);
  std::vector<float> out(static_cast<std::size_t>(c.m * c_row), kUntouched);
  run_bf16_gemm(plan,
                {.m = c.m,
                 .a = a.data(),
                 .a_row = c.k + c.gap,
                 .packed = packed.data(),
                 .bias = bias,
                 .residual = residual,
                 .residual_row = c_row,
                 .c = out.data(),
                 .c_row = c_row},
                scratch.data(), pool);
  return out;
}

// The sum in double of rounded operands is what the kernels compute but for the rounding of sums in
// f32, about k^0.5 to k ulp of 1. Against the operands as they are, every product is off by at most
// its rounding, (1 + 2^-8)^2 - 1 of its size.
void check(const Case& c, const Bf16Kernels& kernels) {
  SCOPED_TRACE(::testing::Message()
               << "m " << c.m << " n " << c.n << " k " << c.k << " threads " << c.threads
               << " activation " << static_cast<int>(c.epilogue.activation));
  const std::int64_t a_row = c.k + c.gap;
  const std::int64_t c_row = c.n + c.gap;
  const auto a = random_floats(c.m * a_row, 1);
  const auto b = random_floats(c.k * c.n, 2);
  const auto bias = random_floats(c.n, 3);
  const auto residual = random_floats(c.m * c_row, 4);
  const auto out = multiply(c, kernels, a, b, c.bias ? bias.data() : nullptr,
                            c.residual ? residual.data() : nullptr);
  const std::int64_t b_row = c.transpose_b ? 1 : c.n;
  const std::int64_t b_column = c.transpose_b ? c.k : 1;
  const double summing = 1e-6 * (2 + static_cast<double>(c.k) * 0.25);
  for (std::int64_t i = 0; i < c.m; ++i) {
    for (std::int64_t j = 0; j < c.n; ++j) {
      double sum = c.bias ? bias[j] : 0.0;
      double exact = sum;
      double rounding = 0;
      for (std::int64_t l = 0; l < c.k; ++l) {
        const float x = a[i * a_row + l];
        const float y = b[l * b_row + j * b_column];
        sum += rounded_to_bf16(x) * rounded_to_bf16(y);
        exact += static_cast<double>(x) * y;
        rounding += std::abs(static_cast<double>(x) * y) * (std::pow(1 + 0x1p-8, 2) - 1);
      }
      ASSERT_LE(std::abs(sum - exact), rounding);
      const double r = c.residual ? residual[i * c_row + j] : 0.0;
      ASSERT_NEAR(out[i * c_row + j], exact_epilogue(sum, r, c.epilogue), summing)
          << "row " << i << " column " << j;
    }
    for (std::int64_t j = c.n; j < c_row; ++j) ASSERT_EQ(out[i * c_row + j], kUntouched);
  }
}

TEST_P(Bf16Gemm, MatchesExactSumsOfRoundedOperandsOverOddShapes) {
  for (std::int64_t m : {1, 2, 5, 13, 14, 15, 16, 17, 31, 32, 33, 47, 65}) {
    for (std::int64_t n : {1, 7, 15, 16, 17, 31, 32, 33, 48, 63, 70}) {
      for (std::int64_t k : {1, 2, 31, 33, 70}) {
        check({.m = m, .n = n, .k = k, .epilogue = Epilogue::relu()}, *GetParam());
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_P(Bf16Gemm, AppliesEveryEpilogueOnWholeAndPartialPanels) {
  for (const Epilogue& e : all_epilogues()) {
    for (std::int64_t n : {5, 32, 83}) {
      check({.m = 35, .n = n, .k = 20, .epilogue = e}, *GetParam());
      check({.m = 17, .n = n, .k = 20, .bias = false, .residual = false, .epilogue = e},
            *GetParam());
    }
  }
}

TEST_P(Bf16Gemm, PacksTransposedB) {
  check({.m = 31, .n = 45, .k = 67, .transpose_b = true}, *GetParam());
  check({.m = 5, .n = 130, .k = 200, .transpose_b = true}, *GetParam());
}

TEST_P(Bf16Gemm, SumsLongRowsInBlocks) {
  check({.m = 9, .n = 40, .k = 2500, .epilogue = Epilogue::of(Activation::kTanh)}, *GetParam());
  check({.m = 37, .n = 17, .k = 1030, .epilogue = Epilogue::relu()}, *GetParam());
}

TEST_P(Bf16Gemm, TakesManyRowsInBlocks) {
  check({.m = 203, .n = 20, .k = 1024, .gap = 0}, *GetParam());
}

TEST_P(Bf16Gemm, SharesRowsAndColumnsAmongThreads) {
  for (int threads : {2, 3, 5}) {
    check({.m = 97, .n = 170, .k = 80, .threads = threads}, *GetParam());
    check({.m = 1, .n = 3000, .k = 130, .threads = threads}, *GetParam());
    check({.m = 300, .n = 9, .k = 400, .threads = threads, .epilogue = Epilogue::relu()},
          *GetParam());
  }
}

TEST_P(Bf16Gemm, EmptySumStoresBias) {
  check({.m = 4, .n = 37, .k = 0, .epilogue = Epilogue::relu()}, *GetParam());
}

TEST_P(Bf16Gemm, NoRowsDoNothing) { check({.m = 0, .n = 37, .k = 5}, *GetParam()); }

// 1 + 2^-8 lies between the neighbours 1 and 1 + 2^-7 of bf16, 1 + 3 * 2^-8 between 1 + 2^-7 and
// 1 + 2^-6: both go to the even mantissa.
TEST_P(Bf16Gemm, RoundsOperandsToNearestEven) {
  const Case c{.m = 1, .n = 1, .k = 1, .gap = 0};
  const auto product = [&](float x, float y) {
    return multiply(c, *GetParam(), {x}, {y}, nullptr, nullptr)[0];
  };
  EXPECT_EQ(product(1 + 0x1p-8F, 1.0F), 1.0F);
  EXPECT_EQ(product(1.0F, 1 + 0x1p-8F), 1.0F);
  EXPECT_EQ(product(1 + 0x3p-8F, 1.0F), 1 + 0x1p-6F);
  EXPECT_EQ(product(1.0F, 1 + 0x3p-8F), 1 + 0x1p-6F);
  EXPECT_EQ(product(1 + 0x1p-8F + 0x1p-20F, 1.0F), 1 + 0x1p-7F);
}

TEST_P(Bf16Gemm, NanAndInfinityReachTheirSumsOnly) {
  const Case c{.m = 3, .n = 2, .k = 2, .gap = 0, .epilogue = Epilogue::relu()};
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto out = multiply(c, *GetParam(), {nan, 1, 2, 3, inf, 1}, {1, 2, 3, 4}, nullptr, nullptr);
  EXPECT_TRUE(std::isnan(out[0]) && std::isnan(out[1]));
  EXPECT_EQ(out[2], 11.0F);
  EXPECT_EQ(out[3], 16.0F);
  EXPECT_EQ(out[4], inf);
  const auto weights =
      multiply(c, *GetParam(), {1, 1, 2, 3, 4, 1}, {1, nan, 3, 4}, nullptr, nullptr);
  EXPECT_EQ(weights[2], 11.0F);
  EXPECT_TRUE(std::isnan(weights[3]));
}

TERN_INSTANTIATE_EACH_BF16_KERNEL(Bf16Gemm);

TEST(Bf16Unit, CapLeavesWhatItNames) {
  EXPECT_EQ(cap_bf16_unit(Bf16Unit::kTiles, ""), Bf16Unit::kTiles);
  EXPECT_EQ(cap_bf16_unit(Bf16Unit::kTiles, "avx9"), Bf16Unit::kTiles);
  EXPECT_EQ(cap_bf16_unit(Bf16Unit::kTiles, "amx"), Bf16Unit::kTiles);
  EXPECT_EQ(cap_bf16_unit(Bf16Unit::kTiles, "avx512_bf16"), Bf16Unit::kDot);
  EXPECT_EQ(cap_bf16_unit(Bf16Unit::kDot, "amx"), Bf16Unit::kDot);
  EXPECT_EQ(cap_bf16_unit(Bf16Unit::kNone, "amx"), Bf16Unit::kNone);
  for (const Isa isa : {Isa::kBaseline, Isa::kAvx2, Isa::kAvx512, Isa::kAvx512Vnni}) {
    EXPECT_EQ(cap_bf16_unit(Bf16Unit::kTiles, to_string(isa)), Bf16Unit::kNone);
  }
}

}  // namespace
}  // namespace tern::cpu
