#include "backend/cpu/compute/int8_gemm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

class Int8Gemm : public EachIsa {};

using Bytes = std::vector<std::uint8_t>;

struct Case {
  std::int64_t m = 1, n = 1, k = 1;
  bool a_signed = false, b_signed = true;
  std::int32_t a_zero = 0;
  std::vector<std::int32_t> b_zeros = {};  // empty, or one per column
  int threads = 1;
  std::int64_t gap = 0;  // bytes between rows of A, elements between rows of C
};

std::int32_t number(std::uint8_t byte, bool is_signed) {
  return is_signed ? static_cast<std::int8_t>(byte) : byte;
}

Bytes random_bytes(std::int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  Bytes bytes(static_cast<std::size_t>(count));
  for (std::uint8_t& b : bytes) b = static_cast<std::uint8_t>(random() >> 13);
  return bytes;
}

// The exact sums, by the definition.
std::vector<std::int64_t> exact_sums(const Case& c, const Bytes& a, const Bytes& b) {
  std::vector<std::int64_t> sums;
  for (std::int64_t m = 0; m < c.m; ++m) {
    for (std::int64_t n = 0; n < c.n; ++n) {
      std::int64_t sum = 0;
      for (std::int64_t k = 0; k < c.k; ++k) {
        const auto at_a = static_cast<std::size_t>(m * (c.k + c.gap) + k);
        const auto at_b = static_cast<std::size_t>(k * c.n + n);
        const std::int32_t b_zero = c.b_zeros.empty() ? 0 : c.b_zeros[static_cast<std::size_t>(n)];
        sum += std::int64_t{number(a[at_a], c.a_signed) - c.a_zero} *
               (number(b[at_b], c.b_signed) - b_zero);
      }
      sums.push_back(sum);
    }
  }
  return sums;
}

struct Packed {
  Int8Weights weights;
  std::vector<std::byte> bytes;
  std::vector<std::int32_t> sums;
  std::vector<std::int32_t> start;
  std::vector<std::byte> scratch;
};

Packed pack(const Case& c, const Bytes& b, const std::int32_t* bias, Isa isa, ThreadPool& pool) {
  const Int8Source source{.w = b.data(),
                          .is_signed = c.b_signed,
                          .row = c.n,
                          .zeros = c.b_zeros.empty() ? nullptr : c.b_zeros.data()};
  Packed p;
  p.weights = plan_int8_weights(c.k, c.n, int8_layers(source, c.k, c.n, isa), isa);
  p.bytes.resize(static_cast<std::size_t>(p.weights.packed_bytes));
  p.sums.resize(static_cast<std::size_t>(p.weights.columns));
  p.start.resize(p.sums.size());
  p.scratch.resize(static_cast<std::size_t>(int8_scratch_bytes(p.weights, c.m, c.threads)));
  pack_int8(p.weights, source, p.bytes.data(), p.sums.data(), pool);
  start_sums(p.weights, p.sums.data(), c.a_zero, c.a_signed, bias, p.start.data());
  return p;
}

void check_sums(const Case& c, const Bytes& a, const Bytes& b, Isa isa) {
  SCOPED_TRACE(::testing::Message() << "m " << c.m << " n " << c.n << " k " << c.k << " signed "
                                    << c.a_signed << c.b_signed << " threads " << c.threads);
  constexpr std::int32_t kUntouchedSum = -123456789;
  ThreadPool pool(c.threads);
  Packed p = pack(c, b, nullptr, isa, pool);
  const std::int64_t c_row = c.n + c.gap;
  std::vector<std::int32_t> out(static_cast<std::size_t>(c.m * c_row), kUntouchedSum);
  run_int8(p.weights,
           {.m = c.m,
            .a = a.data(),
            .a_row = c.k + c.gap,
            .a_signed = c.a_signed,
            .packed = p.bytes.data(),
            .finish = {.start = p.start.data()},
            .c = out.data(),
            .c_row = c_row},
           p.scratch.data(), pool);
  const std::vector<std::int64_t> expected = exact_sums(c, a, b);
  for (std::int64_t m = 0; m < c.m; ++m) {
    for (std::int64_t n = 0; n < c_row; ++n) {
      const std::int32_t found = out[static_cast<std::size_t>(m * c_row + n)];
      ASSERT_EQ(found, n < c.n ? expected[static_cast<std::size_t>(m * c.n + n)] : kUntouchedSum)
          << "row " << m << " column " << n;
    }
  }
}

void check_random(const Case& c, Isa isa) {
  check_sums(c, random_bytes(c.m * (c.k + c.gap), 1), random_bytes(c.k * c.n, 2), isa);
}

TEST_P(Int8Gemm, SumsAreExactForAllSizes) {
  for (const std::int64_t m : {1, 2, 5, 13, 14, 15, 29}) {
    for (const std::int64_t n : {1, 7, 8, 16, 17, 32, 45}) {
      for (const std::int64_t k : {1, 3, 4, 31, 64}) {
        check_random({.m = m, .n = n, .k = k, .gap = 3}, GetParam());
      }
    }
  }
}

TEST_P(Int8Gemm, AllTypesAndZeroPoints) {
  for (const bool a_signed : {false, true}) {
    for (const bool b_signed : {false, true}) {
      Case c{.m = 9, .n = 21, .k = 37, .a_signed = a_signed, .b_signed = b_signed};
      check_random(c, GetParam());
      c.a_zero = a_signed ? -77 : 131;
      check_random(c, GetParam());
      for (std::int64_t n = 0; n < c.n; ++n) {
        c.b_zeros.push_back(static_cast<std::int32_t>(b_signed ? n * 12 - 128 : n * 12));
      }
      check_random(c, GetParam());
    }
  }
}

// Pairs of such products overflow 16 bits: 2 * 255 * 127 and 2 * 255 * -128.
TEST_P(Int8Gemm, ExtremeValuesDoNotSaturate) {
  const Case c{.m = 3, .n = 33, .k = 256};
  for (const int a : {0, 255}) {
    for (const int b : {-128, 127}) {
      check_sums(c, Bytes(3 * 256, static_cast<std::uint8_t>(a)),
                 Bytes(33 * 256, static_cast<std::uint8_t>(b)), GetParam());
    }
  }
  Case both = c;
  both.a_signed = true;
  check_sums(both, Bytes(3 * 256, 0x80), Bytes(33 * 256, 0x80), GetParam());  // 256 * 16384
  // The largest differences from zero points: 255 * 255.
  Case far = c;
  far.b_signed = false;
  far.b_zeros.assign(33, 0);
  check_sums(far, Bytes(3 * 256, 255), Bytes(33 * 256, 255), GetParam());
  far.a_zero = 255;
  far.b_zeros.assign(33, 255);
  check_sums(far, Bytes(3 * 256, 0), Bytes(33 * 256, 0), GetParam());
}

TEST_P(Int8Gemm, TheDeepestExactSum) {
  const Case c{.m = 1, .n = 1, .k = kMaxInt8Depth, .b_signed = false, .b_zeros = {0}};
  check_sums(c, Bytes(static_cast<std::size_t>(c.k), 255),
             Bytes(static_cast<std::size_t>(c.k), 255), GetParam());
}

TEST_P(Int8Gemm, ThreadsShareRowsAndColumns) {
  for (const int threads : {2, 3}) {
    check_random({.m = 200, .n = 200, .k = 120, .threads = threads, .gap = 8}, GetParam());
    check_random({.m = 3, .n = 700, .k = 512, .a_signed = true, .threads = threads}, GetParam());
    check_random({.m = 900, .n = 9, .k = 301, .threads = threads}, GetParam());
  }
}

TEST_P(Int8Gemm, QuantizedResultsRoundTiesToEvenAndAreLimited) {
  const Case c{.m = 17, .n = 40, .k = 24, .a_zero = 100};
  const Bytes a = random_bytes(c.m * c.k, 3);
  const Bytes b = random_bytes(c.k * c.n, 4);
  std::vector<std::int32_t> bias;
  for (std::int64_t n = 0; n < c.n; ++n)
    bias.push_back(static_cast<std::int32_t>(n * 1001 - 20000));
  ThreadPool pool(1);
  Packed p = pack(c, b, bias.data(), GetParam(), pool);
  // Powers of two make many exact ties.
  std::vector<float> factor(static_cast<std::size_t>(p.weights.columns));
  for (std::size_t n = 0; n < factor.size(); ++n) factor[n] = n % 2 == 0 ? 1.0F / 512 : 0.00317F;
  const std::vector<std::int64_t> sums = exact_sums(c, a, b);
  for (const bool is_signed : {false, true}) {
    const std::int32_t zero = is_signed ? -5 : 120;
    const std::int32_t lo = is_signed ? -100 : 7;
    const std::int32_t hi = is_signed ? 127 : 250;
    Bytes out(static_cast<std::size_t>(c.m * c.n));
    run_int8(p.weights,
             {.m = c.m,
              .a = a.data(),
              .a_row = c.k,
              .packed = p.bytes.data(),
              .finish = {.output = SumOutput::kByte,
                         .start = p.start.data(),
                         .factor = factor.data(),
                         .zero = zero,
                         .lo = lo,
                         .hi = hi},
              .c = out.data(),
              .c_row = c.n},
             p.scratch.data(), pool);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t n = i % static_cast<std::size_t>(c.n);
      const float scaled = static_cast<float>(sums[i] + bias[n]) * factor[n];
      const double expected = std::clamp<double>(std::nearbyint(scaled) + zero, lo, hi);
      ASSERT_EQ(number(out[i], is_signed), expected) << "element " << i;
    }
  }
}

TEST_P(Int8Gemm, FloatResultsGetBiasResidualAndActivation) {
  const Case c{.m = 16, .n = 37, .k = 20, .a_zero = 3};
  const Bytes a = random_bytes(c.m * c.k, 5);
  const Bytes b = random_bytes(c.k * c.n, 6);
  const auto add = random_floats(c.n, 7);
  const auto residual = random_floats(c.m * c.n, 8);
  ThreadPool pool(1);
  Packed p = pack(c, b, nullptr, GetParam(), pool);
  const std::vector<float> factor(static_cast<std::size_t>(p.weights.columns), 1.0F / 8192);
  const std::vector<std::int64_t> sums = exact_sums(c, a, b);
  for (const Epilogue& e : all_epilogues()) {
    std::vector<float> out(static_cast<std::size_t>(c.m * c.n));
    run_int8(p.weights,
             {.m = c.m,
              .a = a.data(),
              .a_row = c.k,
              .packed = p.bytes.data(),
              .finish = {.output = SumOutput::kF32,
                         .start = p.start.data(),
                         .factor = factor.data(),
                         .add = add.data(),
                         .epilogue = e},
              .residual = residual.data(),
              .residual_row = c.n,
              .c = out.data(),
              .c_row = c.n},
             p.scratch.data(), pool);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t n = i % static_cast<std::size_t>(c.n);
      const double scaled = static_cast<double>(sums[i]) / 8192 + double{add[n]};
      ASSERT_NEAR(out[i], exact_epilogue(scaled, residual[i], e), 1e-5 * (1 + std::abs(scaled)));
    }
  }
}

TEST(FiniteFactor, KeepsEverySumWithinTheNumbers) {
  EXPECT_EQ(finite_factor(std::nanf("")), 0.0F);
  EXPECT_EQ(finite_factor(HUGE_VALF), std::numeric_limits<float>::max());
  EXPECT_EQ(finite_factor(-0.25F), -0.25F);
}

TERN_INSTANTIATE_EACH_ISA(Int8Gemm);

}  // namespace
}  // namespace tern::cpu
