#include "backend/cpu/compute/conv_backward.h"

#include <gtest/gtest.h>

#include <vector>

#include "tern/thread_pool.h"
#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

class ConvBackward : public EachIsa {};

struct Exact {
  std::vector<double> dx, dw, dbias;
};

// Every product of the forward sum, walked once: dx += dy * w and dw += dy * x.
Exact exact_gradients(const ConvShape& s, const std::vector<float>& x, const std::vector<float>& w,
                      const std::vector<float>& dy) {
  const std::int64_t group_in = s.in_c / s.groups;
  Exact e{std::vector<double>(x.size()), std::vector<double>(w.size()),
          std::vector<double>(static_cast<std::size_t>(s.out_c))};
  for (std::int64_t p = 0; p < s.batch * s.out_h * s.out_w; ++p) {
    const std::int64_t image = p / (s.out_h * s.out_w);
    for (std::int64_t oc = 0; oc < s.out_c; ++oc) {
      const double g = dy[p * s.out_pixel + oc];
      e.dbias[oc] += g;
      for (std::int64_t t = 0; t < s.kernel_h * s.kernel_w; ++t) {
        const std::int64_t iy =
            p / s.out_w % s.out_h * s.stride_h - s.pad_top + t / s.kernel_w * s.dilation_h;
        const std::int64_t ix =
            p % s.out_w * s.stride_w - s.pad_left + t % s.kernel_w * s.dilation_w;
        if (iy < 0 || ix < 0 || iy >= s.in_h || ix >= s.in_w) continue;
        for (std::int64_t c = 0; c < group_in; ++c) {
          const std::int64_t channel = oc / (s.out_c / s.groups) * group_in + c;
          const std::int64_t at = ((image * s.in_h + iy) * s.in_w + ix) * s.in_pixel + channel;
          const std::int64_t weight = (oc * group_in + c) * s.kernel_h * s.kernel_w + t;
          e.dx[at] += g * w[weight];
          e.dw[weight] += g * x[at];
        }
      }
    }
  }
  return e;
}

void check(ConvShape s, Isa isa, int threads = 1, std::int64_t gap = 0) {
  s.out_h = (s.in_h + 2 * s.pad_top - (s.kernel_h - 1) * s.dilation_h - 1) / s.stride_h + 1;
  s.out_w = (s.in_w + 2 * s.pad_left - (s.kernel_w - 1) * s.dilation_w - 1) / s.stride_w + 1;
  s.in_pixel = s.in_c + gap;
  s.out_pixel = s.out_c + gap;
  SCOPED_TRACE(::testing::Message()
               << "batch " << s.batch << " in " << s.in_h << "x" << s.in_w << "x" << s.in_c
               << " out_c " << s.out_c << " kernel " << s.kernel_h << "x" << s.kernel_w
               << " stride " << s.stride_h << "," << s.stride_w << " dilation " << s.dilation_h
               << "," << s.dilation_w << " pad " << s.pad_top << "," << s.pad_left << " groups "
               << s.groups << " threads " << threads);
  const auto x = random_floats(s.batch * s.in_h * s.in_w * s.in_pixel, 1);
  const auto w = random_floats(s.out_c * (s.in_c / s.groups) * s.kernel_h * s.kernel_w, 2);
  const auto dy = random_floats(s.batch * s.out_h * s.out_w * s.out_pixel, 3);
  const Exact exact = exact_gradients(s, x, w, dy);
  ThreadPool pool(threads);

  const ConvBackwardDataPlan data = plan_conv_backward_data(s, threads, isa);
  std::vector<float> packed(static_cast<std::size_t>(data.packed_floats));
  std::vector<float> scratch(static_cast<std::size_t>(data.scratch_floats));
  std::vector<float> dx(x.size(), kUntouched);
  pack_conv_backward_data(data, w.data(), packed.data(), pool);
  run_conv_backward_data(data, dy.data(), packed.data(), dx.data(), scratch.data(), pool);
  const double depth = static_cast<double>(s.out_c / s.groups * s.kernel_h * s.kernel_w);
  for (std::size_t i = 0; i < dx.size(); ++i) {
    if (static_cast<std::int64_t>(i) % s.in_pixel >= s.in_c) {
      ASSERT_EQ(dx[i], kUntouched) << "dx beyond the channels at " << i;
    } else {
      ASSERT_NEAR(dx[i], exact.dx[i], 1e-5 + 2e-6 * depth) << "dx at " << i;
    }
  }

  const ConvBackwardWeightsPlan weights = plan_conv_backward_weights(s, threads, isa);
  std::vector<float> weights_scratch(static_cast<std::size_t>(weights.scratch_floats), kUntouched);
  std::vector<float> dw(w.size(), kUntouched);
  std::vector<float> dbias(static_cast<std::size_t>(s.out_c), kUntouched);
  run_conv_backward_weights(
      weights, {.x = x.data(), .dy = dy.data(), .dw = dw.data(), .dbias = dbias.data()},
      weights_scratch.data(), pool);
  const double pixels = static_cast<double>(s.batch * s.out_h * s.out_w);
  for (std::size_t i = 0; i < dw.size(); ++i) {
    ASSERT_NEAR(dw[i], exact.dw[i], 1e-5 + 5e-7 * pixels) << "dw at " << i;
  }
  for (std::size_t i = 0; i < dbias.size(); ++i) {
    ASSERT_NEAR(dbias[i], exact.dbias[i], 1e-5 + 5e-7 * pixels) << "dbias at " << i;
  }
}

TEST_P(ConvBackward, KernelsStridesAndPads) {
  for (std::int64_t kernel : {1, 2, 3, 5}) {
    for (std::int64_t stride : {1, 2, 3}) {
      for (std::int64_t pad : {0, 1, 2}) {
        check({.batch = 2,
               .in_h = 8,
               .in_w = 11,
               .in_c = 5,
               .out_c = 7,
               .kernel_h = kernel,
               .kernel_w = kernel,
               .stride_h = stride,
               .stride_w = stride,
               .pad_top = pad,
               .pad_left = pad},
              GetParam());
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_P(ConvBackward, DilationAndUnequalSides) {
  check({.batch = 2,
         .in_h = 13,
         .in_w = 16,
         .in_c = 6,
         .out_c = 18,
         .kernel_h = 3,
         .kernel_w = 2,
         .stride_h = 2,
         .stride_w = 3,
         .dilation_h = 2,
         .dilation_w = 4,
         .pad_top = 2,
         .pad_left = 1},
        GetParam(), 2);
}

TEST_P(ConvBackward, GroupsAndDepthwise) {
  check({.batch = 2,
         .in_h = 7,
         .in_w = 8,
         .in_c = 12,
         .out_c = 18,
         .kernel_h = 3,
         .kernel_w = 3,
         .pad_top = 1,
         .pad_left = 1,
         .groups = 3},
        GetParam(), 2);
  for (std::int64_t stride : {1, 2}) {
    check({.batch = 2,
           .in_h = 9,
           .in_w = 8,
           .in_c = 20,
           .out_c = 20,
           .kernel_h = 3,
           .kernel_w = 3,
           .stride_h = stride,
           .stride_w = stride,
           .pad_top = 1,
           .pad_left = 1,
           .groups = 20},
          GetParam(), 2);
  }
}

TEST_P(ConvBackward, ChannelRangesOfWiderImages) {
  check({.batch = 1,
         .in_h = 6,
         .in_w = 7,
         .in_c = 9,
         .out_c = 10,
         .kernel_h = 3,
         .kernel_w = 3,
         .stride_h = 2,
         .stride_w = 2,
         .pad_top = 1,
         .pad_left = 1},
        GetParam(), 1, 3);
}

TEST_P(ConvBackward, ManyChannelsInPanelsPiecesAndThreads) {
  for (int threads : {1, 3}) {
    check({.batch = 3,
           .in_h = 10,
           .in_w = 10,
           .in_c = 40,
           .out_c = 70,
           .kernel_h = 3,
           .kernel_w = 3,
           .pad_top = 1,
           .pad_left = 1},
          GetParam(), threads);
  }
}

// Blocks of tiles, edges that cut tiles, widths beside whole vectors.
TEST_P(ConvBackward, WinogradWeights) {
  for (int threads : {1, 3}) {
    for (std::int64_t size : {8, 15, 29}) {
      const ConvShape s{.batch = 3,
                        .in_h = size,
                        .in_w = size + 4,
                        .in_c = 33,
                        .out_h = size,
                        .out_w = size + 4,
                        .out_c = 50,
                        .kernel_h = 3,
                        .kernel_w = 3,
                        .pad_top = 1,
                        .pad_left = 1};
      ASSERT_EQ(plan_conv_backward_weights(s, threads, GetParam()).algorithm,
                ConvGradient::kWinograd);
      check(s, GetParam(), threads);
    }
  }
}

TEST_P(ConvBackward, FirstLayerOfLeNet) {
  check({.batch = 4,
         .in_h = 28,
         .in_w = 28,
         .in_c = 1,
         .out_c = 6,
         .kernel_h = 5,
         .kernel_w = 5,
         .pad_top = 2,
         .pad_left = 2},
        GetParam(), 2);
}

TERN_INSTANTIATE_EACH_ISA(ConvBackward);

}  // namespace
}  // namespace tern::cpu
