#include "backend/cpu/compute/pool.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tern/thread_pool.h"
#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

class Pool : public EachIsa {};

void check(PoolShape s, Isa isa, std::int64_t gap = 0, int threads = 1) {
  s.in_pixel = s.channels + gap;
  s.out_pixel = s.channels + gap;
  const auto x = random_floats(s.batch * s.in_h * s.in_w * s.in_pixel, 1);
  const std::size_t out = static_cast<std::size_t>(s.batch * s.out_h * s.out_w * s.out_pixel);
  std::vector<float> largest(out, kUntouched);
  std::vector<float> average(out, kUntouched);
  ThreadPool pool(threads);
  run_max_pool(s, x.data(), largest.data(), pool, isa);
  run_average_pool(s, x.data(), average.data(), pool, isa);
  for (std::int64_t p = 0; p < s.batch * s.out_h * s.out_w; ++p) {
    const std::int64_t image = p / (s.out_h * s.out_w);
    const std::int64_t top = p / s.out_w % s.out_h * s.stride_h - s.pad_top;
    const std::int64_t left = p % s.out_w * s.stride_w - s.pad_left;
    for (std::int64_t c = 0; c < s.channels; ++c) {
      float max = -std::numeric_limits<float>::infinity();
      double sum = 0;
      int pixels = 0;
      int padded = 0;
      for (std::int64_t ky = 0; ky < s.kernel_h; ++ky) {
        for (std::int64_t kx = 0; kx < s.kernel_w; ++kx) {
          const std::int64_t y = top + ky * s.dilation_h;
          const std::int64_t z = left + kx * s.dilation_w;
          padded += y < s.in_h + s.pad_bottom && z < s.in_w + s.pad_right;
          if (y < 0 || z < 0 || y >= s.in_h || z >= s.in_w) continue;
          const float v = x[((image * s.in_h + y) * s.in_w + z) * s.in_pixel + c];
          max = std::max(max, v);
          sum += v;
          ++pixels;
        }
      }
      const int count = s.count_include_pad ? padded : pixels;
      ASSERT_EQ(largest[p * s.out_pixel + c], max) << "pixel " << p << " channel " << c;
      ASSERT_NEAR(average[p * s.out_pixel + c], sum / std::max(1, count), 1e-5);
    }
    for (std::int64_t c = s.channels; c < s.out_pixel; ++c) {
      ASSERT_EQ(largest[p * s.out_pixel + c], kUntouched);
    }
  }
}

void check_backward(PoolShape s, Isa isa, std::int64_t gap = 0, int threads = 1) {
  s.in_pixel = s.channels + gap;
  s.out_pixel = s.channels + 2 * gap;
  auto x = random_floats(s.batch * s.in_h * s.in_w * s.in_pixel, 1);
  for (float& v : x) v = std::round(v * 3);  // ties: only the first of equals gets the gradient
  const auto dy = random_floats(s.batch * s.out_h * s.out_w * s.out_pixel, 2);
  std::vector<float> max_dx(x.size(), kUntouched);
  std::vector<float> average_dx(x.size(), kUntouched);
  ThreadPool pool(threads);
  run_max_pool_backward(s, x.data(), dy.data(), max_dx.data(), pool, isa);
  run_average_pool_backward(s, dy.data(), average_dx.data(), pool, isa);

  std::vector<double> exact_max(x.size());
  std::vector<double> exact_average(x.size());
  for (std::int64_t p = 0; p < s.batch * s.out_h * s.out_w; ++p) {
    const std::int64_t image = p / (s.out_h * s.out_w);
    for (std::int64_t c = 0; c < s.channels; ++c) {
      std::vector<std::int64_t> inside;
      int padded = 0;
      for (std::int64_t t = 0; t < s.kernel_h * s.kernel_w; ++t) {
        const std::int64_t y =
            p / s.out_w % s.out_h * s.stride_h - s.pad_top + t / s.kernel_w * s.dilation_h;
        const std::int64_t z =
            p % s.out_w * s.stride_w - s.pad_left + t % s.kernel_w * s.dilation_w;
        padded += y < s.in_h + s.pad_bottom && z < s.in_w + s.pad_right;
        if (y < 0 || z < 0 || y >= s.in_h || z >= s.in_w) continue;
        inside.push_back(((image * s.in_h + y) * s.in_w + z) * s.in_pixel + c);
      }
      if (inside.empty()) continue;
      const double g = dy[p * s.out_pixel + c];
      std::int64_t top = inside[0];
      for (std::int64_t at : inside) {
        if (x[at] > x[top]) top = at;
        exact_average[at] += g / (s.count_include_pad ? padded : static_cast<int>(inside.size()));
      }
      exact_max[top] += g;
    }
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (static_cast<std::int64_t>(i) % s.in_pixel >= s.channels) {
      ASSERT_EQ(max_dx[i], kUntouched);
      continue;
    }
    ASSERT_NEAR(max_dx[i], exact_max[i], 1e-5) << "at " << i;
    ASSERT_NEAR(average_dx[i], exact_average[i], 1e-5) << "at " << i;
  }
}

TEST_P(Pool, BackwardSplitsOverlappingWindows) {
  for (std::int64_t channels : {1, 6, 16, 70}) {
    for (std::int64_t stride : {1, 2, 3}) {
      PoolShape s{.batch = 2,
                  .in_h = 8,
                  .in_w = 9,
                  .channels = channels,
                  .out_h = (8 + 2 - 3) / stride + 1,
                  .out_w = (9 + 2 - 3) / stride + 1,
                  .kernel_h = 3,
                  .kernel_w = 3,
                  .stride_h = stride,
                  .stride_w = stride,
                  .pad_top = 1,
                  .pad_left = 1,
                  .pad_bottom = 1,
                  .pad_right = 1};
      check_backward(s, GetParam(), 2, 3);
      s.count_include_pad = true;
      check_backward(s, GetParam());
    }
  }
}

TEST_P(Pool, KernelsStridesPadsAndChannels) {
  for (std::int64_t kernel : {2, 3}) {
    for (std::int64_t stride : {1, 2}) {
      for (std::int64_t channels : {1, 6, 16, 40, 67, 130}) {
        const std::int64_t pad = kernel / 2;
        const std::int64_t out = (9 + 2 * pad - kernel) / stride + 1;
        PoolShape s{.batch = 2,
                    .in_h = 9,
                    .in_w = 9,
                    .channels = channels,
                    .out_h = out,
                    .out_w = out,
                    .kernel_h = kernel,
                    .kernel_w = kernel,
                    .stride_h = stride,
                    .stride_w = stride,
                    .pad_top = pad,
                    .pad_left = pad,
                    .pad_bottom = pad,
                    .pad_right = pad};
        check(s, GetParam(), 2, 2);
        s.count_include_pad = true;
        check(s, GetParam());
      }
    }
  }
}

TEST_P(Pool, CeilModeWindowsReachBeyondThePaddedImage) {
  // 1x4x4 with kernel 3, stride 2 and ceil gives 2x2; the last windows hang over the edge.
  PoolShape s{.in_h = 4,
              .in_w = 4,
              .channels = 5,
              .out_h = 2,
              .out_w = 2,
              .kernel_h = 3,
              .kernel_w = 3,
              .stride_h = 2,
              .stride_w = 2};
  check(s, GetParam());
  s.count_include_pad = true;
  check(s, GetParam());
}

TEST_P(Pool, Dilated) {
  check({.in_h = 10,
         .in_w = 12,
         .channels = 20,
         .out_h = 8,
         .out_w = 8,
         .kernel_h = 2,
         .kernel_w = 3,
         .dilation_h = 3,
         .dilation_w = 2,
         .pad_top = 1,
         .pad_left = 1},
        GetParam());
}

TERN_INSTANTIATE_EACH_ISA(Pool);

}  // namespace
}  // namespace tern::cpu
