#include "backend/cpu/compute/quantize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "backend/cpu/compute/byte_pool.h"
#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

class Quantize : public EachIsa {};

using Bytes = std::vector<std::uint8_t>;

std::int32_t number(std::uint8_t byte, bool is_signed) {
  return is_signed ? static_cast<std::int8_t>(byte) : byte;
}

Bytes all_bytes() {
  Bytes bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<std::uint8_t>(i));
  return bytes;
}

TEST_P(Quantize, RoundsTiesToEvenAndSaturates) {
  std::vector<float> x{0.0F, 0.25F, 0.75F, -0.25F, -0.75F, 1e30F, -1e30F, HUGE_VALF, -HUGE_VALF};
  for (int i = -700; i < 700; ++i) x.push_back(static_cast<float>(i) * 0.25F);
  ThreadPool pool(2);
  for (const bool is_signed : {false, true}) {
    const ByteScale scale{.scale = 0.5F, .zero = is_signed ? -3 : 97, .is_signed = is_signed};
    Bytes y(x.size());
    run_quantize(x.data(), y.data(), static_cast<std::int64_t>(x.size()), scale, pool, GetParam());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double expected = std::clamp<double>(std::nearbyint(x[i] / 0.5) + scale.zero,
                                                 is_signed ? -128 : 0, is_signed ? 127 : 255);
      ASSERT_EQ(number(y[i], is_signed), expected) << x[i];
    }
  }
}

TEST_P(Quantize, WhatIsNoNumberIsTheZeroPoint) {
  const std::vector<float> x(5, std::nanf(""));
  Bytes y(5);
  ThreadPool pool(1);
  run_quantize(x.data(), y.data(), 5, {.scale = 1, .zero = 11}, pool, GetParam());
  EXPECT_EQ(y, Bytes(5, 11));
}

TEST_P(Quantize, DequantizesEveryByte) {
  const Bytes x = all_bytes();
  ThreadPool pool(1);
  for (const bool is_signed : {false, true}) {
    std::vector<float> y(x.size());
    run_dequantize(x.data(), y.data(), 253, {.scale = 0.1F, .zero = 7, .is_signed = is_signed},
                   pool, GetParam());
    for (std::size_t i = 0; i < 253; ++i) {
      ASSERT_EQ(y[i], static_cast<float>(number(x[i], is_signed) - 7) * 0.1F);
    }
    EXPECT_EQ(y[253], 0.0F);
  }
}

TEST_P(Quantize, RangeCoversZeroAndLeavesOutWhatIsNoNumber) {
  for (const std::int64_t count : {1, 7, 16, 65, 300}) {
    auto x = random_floats(count, 3, 1.0F, 2.0F);
    const FloatRange above = range_with_zero(x.data(), count, GetParam());
    EXPECT_EQ(above.low, 0.0F);
    EXPECT_EQ(above.high, *std::ranges::max_element(x));
    x.back() = -4.0F;
    x.front() = count > 1 ? std::nanf("") : -4.0F;
    EXPECT_EQ(range_with_zero(x.data(), count, GetParam()).low, -4.0F);
  }
}

TEST(CoveringScale, IsThatOfDynamicQuantizeLinear) {
  // The example of the operator's page: -2.5 to 2.
  const ByteScale scale = covering_scale({-2.5F, 2.0F});
  EXPECT_FLOAT_EQ(scale.scale, 4.5F / 255);
  EXPECT_EQ(scale.zero, 142);  // 2.5 / (4.5 / 255) = 141.67
  EXPECT_EQ(covering_scale({0, 0}).scale, 1.0F);
}

TEST_P(Quantize, AddsInSinglePrecision) {
  const Bytes a = all_bytes();
  Bytes b = all_bytes();
  std::ranges::reverse(b);
  std::ranges::rotate(b, b.begin() + 77);
  ThreadPool pool(1);
  for (const bool a_signed : {false, true}) {
    for (const bool b_signed : {false, true}) {
      const ByteArithmetic sum{.a = {.scale = 0.7183F, .zero = 13, .is_signed = a_signed},
                               .b = {.scale = 0.3217F, .zero = -4, .is_signed = b_signed},
                               .y_zero = 40,
                               .lo = 12,
                               .hi = 211};
      Bytes y(a.size());
      run_byte_add(a.data(), b.data(), y.data(), 251, sum, pool, GetParam());
      for (std::size_t i = 0; i < 251; ++i) {
        const double u = double{static_cast<float>(number(a[i], a_signed) - 13)} * 0.7183F;
        const double v = double{static_cast<float>(number(b[i], b_signed) + 4)} * 0.3217F;
        const float total = static_cast<float>(u) + static_cast<float>(v);
        ASSERT_EQ(y[i], std::clamp<double>(std::nearbyint(total) + 40, 12, 211)) << i;
      }
    }
  }
}

TEST_P(Quantize, MaxPoolOfBytes) {
  const PoolShape s{.batch = 1,
                    .in_h = 5,
                    .in_w = 4,
                    .channels = 19,
                    .out_h = 3,
                    .out_w = 2,
                    .kernel_h = 3,
                    .kernel_w = 3,
                    .stride_h = 2,
                    .stride_w = 2,
                    .pad_top = 1,
                    .pad_left = 1,
                    .pad_bottom = 1,
                    .pad_right = 0};
  Bytes x(5 * 4 * 19);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::uint8_t>(i * 89);
  ThreadPool pool(2);
  for (const bool is_signed : {false, true}) {
    Bytes y(3 * 2 * 19);
    run_max_pool_bytes(s, x.data(), y.data(), is_signed, pool, GetParam());
    for (int oy = 0; oy < 3; ++oy) {
      for (int ox = 0; ox < 2; ++ox) {
        for (int c = 0; c < 19; ++c) {
          std::int32_t best = -1000;
          for (int iy = std::max(0, oy * 2 - 1); iy < std::min(5, oy * 2 + 2); ++iy) {
            for (int ix = std::max(0, ox * 2 - 1); ix < std::min(4, ox * 2 + 2); ++ix) {
              best = std::max(
                  best, number(x[static_cast<std::size_t>((iy * 4 + ix) * 19 + c)], is_signed));
            }
          }
          ASSERT_EQ(number(y[static_cast<std::size_t>((oy * 2 + ox) * 19 + c)], is_signed), best);
        }
      }
    }
  }
}

TERN_INSTANTIATE_EACH_ISA(Quantize);

}  // namespace
}  // namespace tern::cpu
