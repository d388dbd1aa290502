#include "backend/cpu/compute/int8_conv.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

class Int8Conv : public EachIsa {};

using Bytes = std::vector<std::uint8_t>;

Bytes random_bytes(std::int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  Bytes bytes(static_cast<std::size_t>(count));
  for (std::uint8_t& b : bytes) b = static_cast<std::uint8_t>(random() >> 13);
  return bytes;
}

struct Types {
  bool x_signed = false, w_signed = true;
  std::int32_t x_zero = 0;
  bool w_zeros = false;
};

std::int32_t number(std::uint8_t byte, bool is_signed) {
  return is_signed ? static_cast<std::int8_t>(byte) : byte;
}

// The definition, with padding that counts as zero.
std::int64_t exact_sum(const ConvShape& s, const Types& t, const Bytes& x, const Bytes& w,
                       const std::vector<std::int32_t>& zeros, std::int64_t image, std::int64_t oy,
                       std::int64_t ox, std::int64_t m) {
  const std::int64_t group_in = s.in_c / s.groups;
  const std::int64_t group = m / (s.out_c / s.groups);
  std::int64_t sum = 0;
  for (std::int64_t ky = 0; ky < s.kernel_h; ++ky) {
    for (std::int64_t kx = 0; kx < s.kernel_w; ++kx) {
      const std::int64_t iy = oy * s.stride_h - s.pad_top + ky * s.dilation_h;
      const std::int64_t ix = ox * s.stride_w - s.pad_left + kx * s.dilation_w;
      if (iy < 0 || iy >= s.in_h || ix < 0 || ix >= s.in_w) continue;
      for (std::int64_t c = 0; c < group_in; ++c) {
        const std::int64_t at_x =
            ((image * s.in_h + iy) * s.in_w + ix) * s.in_pixel + group * group_in + c;
        const std::int64_t at_w = ((m * group_in + c) * s.kernel_h + ky) * s.kernel_w + kx;
        const std::int32_t zero = zeros.empty() ? 0 : zeros[static_cast<std::size_t>(m)];
        sum += std::int64_t{number(x[static_cast<std::size_t>(at_x)], t.x_signed) - t.x_zero} *
               (number(w[static_cast<std::size_t>(at_w)], t.w_signed) - zero);
      }
    }
  }
  return sum;
}

void check_gap(ConvShape s, const Types& t, int threads, Isa isa, std::int64_t gap) {
  SCOPED_TRACE(::testing::Message() << s.in_h << "x" << s.in_w << "x" << s.in_c << " to " << s.out_c
                                    << " kernel " << s.kernel_h << "x" << s.kernel_w << " gap "
                                    << gap << " groups " << s.groups << " threads " << threads);
  constexpr std::int32_t kUntouchedSum = -123456789;
  const auto out_size = [](std::int64_t in, std::int64_t pad, std::int64_t kernel,
                           std::int64_t dilation, std::int64_t stride) {
    return (in + 2 * pad - (kernel - 1) * dilation - 1) / stride + 1;
  };
  s.out_h = out_size(s.in_h, s.pad_top, s.kernel_h, s.dilation_h, s.stride_h);
  s.out_w = out_size(s.in_w, s.pad_left, s.kernel_w, s.dilation_w, s.stride_w);
  s.in_pixel = s.in_c + gap;
  s.out_pixel = s.out_c + gap;
  const Bytes x = random_bytes(s.batch * s.in_h * s.in_w * s.in_pixel, 1);
  const Bytes w = random_bytes(s.out_c * s.in_c / s.groups * s.kernel_h * s.kernel_w, 2);
  std::vector<std::int32_t> zeros;
  for (std::int64_t m = 0; t.w_zeros && m < s.out_c; ++m) {
    zeros.push_back(static_cast<std::int32_t>(m * 37 % 256) - (t.w_signed ? 128 : 0));
  }
  const Int8Filter filter{
      .w = w.data(), .is_signed = t.w_signed, .zeros = zeros.empty() ? nullptr : zeros.data()};
  ThreadPool pool(threads);
  const Int8ConvWeights weights = plan_int8_filter(s, filter, isa);
  std::vector<std::byte> packed(static_cast<std::size_t>(weights.packed_bytes));
  std::vector<std::int32_t> sums(static_cast<std::size_t>(weights.all_columns()));
  std::vector<std::int32_t> start(sums.size());
  pack_int8_filter(weights, filter, packed.data(), sums.data(), pool);
  std::vector<std::int32_t> bias;
  for (std::int64_t m = 0; m < s.out_c; ++m) bias.push_back(static_cast<std::int32_t>(m) - 3);
  start_int8_conv(weights, sums.data(), t.x_zero, t.x_signed, bias.data(), start.data());
  std::vector<std::byte> scratch(
      static_cast<std::size_t>(int8_conv_scratch_bytes(weights, s, threads)));
  std::vector<std::int32_t> y(static_cast<std::size_t>(s.batch * s.out_h * s.out_w * s.out_pixel),
                              kUntouchedSum);
  run_int8_conv(weights, s,
                {.x = x.data(),
                 .x_signed = t.x_signed,
                 .x_zero = t.x_zero,
                 .packed = packed.data(),
                 .finish = {.start = start.data()},
                 .y = y.data()},
                scratch.data(), pool);
  std::size_t at = 0;
  for (std::int64_t image = 0; image < s.batch; ++image) {
    for (std::int64_t oy = 0; oy < s.out_h; ++oy) {
      for (std::int64_t ox = 0; ox < s.out_w; ++ox) {
        for (std::int64_t m = 0; m < s.out_pixel; ++m, ++at) {
          const std::int64_t expected =
              m < s.out_c ? exact_sum(s, t, x, w, zeros, image, oy, ox, m) + m - 3 : kUntouchedSum;
          ASSERT_EQ(y[at], expected) << "y " << oy << " x " << ox << " channel " << m;
        }
      }
    }
  }
}

// Dense images, and those that are a range of channels of wider ones.
void check(const ConvShape& s, const Types& t, int threads, Isa isa) {
  for (const std::int64_t gap : {0, 5}) check_gap(s, t, threads, isa, gap);
}

void check_types(const ConvShape& shape, Isa isa) {
  for (const int threads : {1, 2}) {
    check(shape, {}, threads, isa);
    check(shape, {.x_zero = 128}, threads, isa);
    check(shape, {.x_signed = true, .x_zero = -7}, threads, isa);
    check(shape, {.x_signed = true, .w_signed = false, .x_zero = 3, .w_zeros = true}, threads, isa);
    check(shape, {.x_zero = 9, .w_zeros = true}, threads, isa);
  }
}

TEST_P(Int8Conv, Pointwise) {
  check_types({.in_h = 5, .in_w = 7, .in_c = 12, .out_c = 33}, GetParam());
  check_types({.batch = 2, .in_h = 4, .in_w = 3, .in_c = 7, .out_c = 16}, GetParam());
}

TEST_P(Int8Conv, WindowsWithPaddingStrideAndDilation) {
  check_types({.in_h = 6,
               .in_w = 7,
               .in_c = 8,
               .out_c = 20,
               .kernel_h = 3,
               .kernel_w = 3,
               .pad_top = 1,
               .pad_left = 1},
              GetParam());
  check_types({.batch = 2,
               .in_h = 9,
               .in_w = 8,
               .in_c = 3,
               .out_c = 5,
               .kernel_h = 7,
               .kernel_w = 5,
               .stride_h = 2,
               .stride_w = 2,
               .pad_top = 3,
               .pad_left = 2},
              GetParam());
  check_types({.in_h = 9,
               .in_w = 9,
               .in_c = 5,
               .out_c = 6,
               .kernel_h = 3,
               .kernel_w = 2,
               .dilation_h = 2,
               .dilation_w = 3,
               .pad_top = 2,
               .pad_left = 1},
              GetParam());
}

TEST_P(Int8Conv, Groups) {
  check_types({.in_h = 5,
               .in_w = 5,
               .in_c = 12,
               .out_c = 6,
               .kernel_h = 3,
               .kernel_w = 3,
               .pad_top = 1,
               .pad_left = 1,
               .groups = 3},
              GetParam());
}

TEST_P(Int8Conv, Depthwise) {
  for (const std::int64_t channels : {3, 16, 40, 77}) {
    for (const std::int64_t stride : {1, 2}) {
      check_types({.in_h = 7,
                   .in_w = 6,
                   .in_c = channels,
                   .out_c = channels,
                   .kernel_h = 3,
                   .kernel_w = 3,
                   .stride_h = stride,
                   .stride_w = stride,
                   .pad_top = 1,
                   .pad_left = 1,
                   .groups = channels},
                  GetParam());
    }
  }
  check_types({.batch = 2,
               .in_h = 6,
               .in_w = 6,
               .in_c = 70,
               .out_c = 70,
               .kernel_h = 5,
               .kernel_w = 5,
               .dilation_h = 2,
               .dilation_w = 1,
               .pad_top = 4,
               .pad_left = 2,
               .groups = 70},
              GetParam());
}

TERN_INSTANTIATE_EACH_ISA(Int8Conv);

}  // namespace
}  // namespace tern::cpu
