#include "backend/cpu/compute/bf16_conv.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/backend/cpu/bf16_testing.h"
#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

class Bf16Conv : public EachBf16Kernel {};

struct Options {
  bool bias = true;
  bool residual = false;
  std::int64_t gap = 0;  // channels of a wider image beside x, y and the residual
  int threads = 1;
};

ConvShape same_pads(ConvShape s) {
  const auto size = [](std::int64_t in, std::int64_t kernel, std::int64_t stride,
                       std::int64_t dilation, std::int64_t pad) {
    return (in + 2 * pad - (kernel - 1) * dilation - 1) / stride + 1;
  };
  s.out_h = size(s.in_h, s.kernel_h, s.stride_h, s.dilation_h, s.pad_top);
  s.out_w = size(s.in_w, s.kernel_w, s.stride_w, s.dilation_w, s.pad_left);
  return s;
}

// The definition, of rounded operands.
double exact_sum(const ConvShape& s, const std::vector<float>& x, const std::vector<float>& w,
                 std::int64_t image, std::int64_t oy, std::int64_t ox, std::int64_t oc) {
  double sum = 0;
  for (std::int64_t ky = 0; ky < s.kernel_h; ++ky) {
    const std::int64_t iy = oy * s.stride_h - s.pad_top + ky * s.dilation_h;
    if (iy < 0 || iy >= s.in_h) continue;
    for (std::int64_t kx = 0; kx < s.kernel_w; ++kx) {
      const std::int64_t ix = ox * s.stride_w - s.pad_left + kx * s.dilation_w;
      if (ix < 0 || ix >= s.in_w) continue;
      for (std::int64_t c = 0; c < s.in_c; ++c) {
        sum += rounded_to_bf16(x[((image * s.in_h + iy) * s.in_w + ix) * s.in_pixel + c]) *
               rounded_to_bf16(w[((oc * s.in_c + c) * s.kernel_h + ky) * s.kernel_w + kx]);
      }
    }
  }
  return sum;
}

void check(ConvShape s, const Bf16Kernels& kernels, const Options& o = {}) {
  s.in_pixel = s.in_c + o.gap;
  s.out_pixel = s.out_c + o.gap;
  s.residual_pixel = s.out_c + 2 * o.gap;
  SCOPED_TRACE(::testing::Message()
               << "batch " << s.batch << " in " << s.in_h << "x" << s.in_w << "x" << s.in_c
               << " out " << s.out_h << "x" << s.out_w << "x" << s.out_c << " kernel " << s.kernel_h
               << "x" << s.kernel_w << " stride " << s.stride_h << "," << s.stride_w << " dilation "
               << s.dilation_h << "," << s.dilation_w << " pad " << s.pad_top << "," << s.pad_left
               << " threads " << o.threads);
  ASSERT_TRUE(bf16_conv_supports(s));
  const std::int64_t out_pixels = s.batch * s.out_h * s.out_w;
  const std::int64_t depth = s.in_c * s.kernel_h * s.kernel_w;
  const auto x = random_floats(s.batch * s.in_h * s.in_w * s.in_pixel, 1);
  const auto w = random_floats(s.out_c * depth, 2);
  const auto bias = random_floats(s.out_c, 3);
  const auto residual = random_floats(out_pixels * s.residual_pixel, 4);

  const Bf16ConvPlan plan = plan_bf16_conv(s, o.threads, kernels);
  std::vector<Bf16> packed(static_cast<std::size_t>(plan.gemm.packed_elements), Bf16{0xffff});
  std::vector<std::uint8_t> scratch(plan.scratch_bytes, 0xff);
  std::vector<float> y(static_cast<std::size_t>(out_pixels * s.out_pixel), kUntouched);
  ThreadPool pool(o.threads);
  pack_bf16_conv(plan, w.data(), packed.data(), pool);
  run_bf16_conv(plan,
                {.x = x.data(),
                 .packed = packed.data(),
                 .bias = o.bias ? bias.data() : nullptr,
                 .residual = o.residual ? residual.data() : nullptr,
                 .y = y.data()},
                scratch.data(), pool);

  const double tolerance = 1e-6 * (2 + 0.25 * static_cast<double>(depth));
  for (std::int64_t p = 0; p < out_pixels; ++p) {
    const std::int64_t image = p / (s.out_h * s.out_w);
    const std::int64_t oy = p / s.out_w % s.out_h;
    for (std::int64_t oc = 0; oc < s.out_c; ++oc) {
      const double sum = exact_sum(s, x, w, image, oy, p % s.out_w, oc) + (o.bias ? bias[oc] : 0);
      const double r = o.residual ? residual[p * s.residual_pixel + oc] : 0;
      ASSERT_NEAR(y[p * s.out_pixel + oc], exact_epilogue(sum, r, s.epilogue), tolerance)
          << "image " << image << " y " << oy << " x " << p % s.out_w << " channel " << oc;
    }
    for (std::int64_t c = s.out_c; c < s.out_pixel; ++c) {
      ASSERT_EQ(y[p * s.out_pixel + c], kUntouched) << "wrote beyond the channels of pixel " << p;
    }
  }
}

TEST_P(Bf16Conv, OneByOneReadsPixelsWhereTheyLie) {
  for (std::int64_t stride : {1, 2, 3}) {
    const ConvShape s = same_pads({.batch = 2,
                                   .in_h = 9,
                                   .in_w = 7,
                                   .in_c = 19,
                                   .out_c = 37,
                                   .stride_h = stride,
                                   .stride_w = stride});
    EXPECT_EQ(plan_bf16_conv(s, 1, *GetParam()).image_bytes, 0u);
    check(s, *GetParam(), {.residual = true, .gap = 3});
  }
}

TEST_P(Bf16Conv, GathersWindowsOverKernelsStridesAndPads) {
  for (std::int64_t kernel : {1, 2, 3, 5, 7}) {
    for (std::int64_t stride : {1, 2}) {
      for (std::int64_t pad : {0, 1, 3}) {
        for (std::int64_t channels : {3, 8}) {
          check(same_pads({.batch = 2,
                           .in_h = 9,
                           .in_w = 11,
                           .in_c = channels,
                           .out_c = 21,
                           .kernel_h = kernel,
                           .kernel_w = kernel,
                           .stride_h = stride,
                           .stride_w = stride,
                           .pad_top = pad,
                           .pad_left = pad}),
                *GetParam());
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

TEST_P(Bf16Conv, UnequalSidesAndDilations) {
  check(same_pads({.in_h = 13,
                   .in_w = 10,
                   .in_c = 6,
                   .out_c = 33,
                   .kernel_h = 3,
                   .kernel_w = 2,
                   .stride_h = 2,
                   .dilation_h = 2,
                   .dilation_w = 3,
                   .pad_top = 2,
                   .pad_left = 1}),
        *GetParam(), {.residual = true, .gap = 5});
  check(same_pads({.in_h = 6, .in_w = 40, .in_c = 4, .out_c = 8, .kernel_w = 5, .pad_left = 2}),
        *GetParam());
}

TEST_P(Bf16Conv, WindowsMayLieOutsideTheImage) {
  const ConvShape s = same_pads({.in_h = 9,
                                 .in_w = 5,
                                 .in_c = 4,
                                 .out_c = 20,
                                 .kernel_h = 3,
                                 .kernel_w = 3,
                                 .stride_h = 40,
                                 .stride_w = 10,
                                 .pad_top = 40,
                                 .pad_left = 10});
  check(s, *GetParam());
  EXPECT_LT(plan_bf16_conv(s, 1, *GetParam()).image_bytes, 9u * 28 * 4 * 2);
}

TEST_P(Bf16Conv, NegativePadsLeaveOutPixels) {
  check(same_pads({.in_h = 9,
                   .in_w = 8,
                   .in_c = 5,
                   .out_c = 9,
                   .kernel_h = 3,
                   .kernel_w = 3,
                   .pad_top = -1,
                   .pad_left = -2}),
        *GetParam());
}

TEST_P(Bf16Conv, DeepWindowsAreSummedInBlocks) {
  check(same_pads({.in_h = 4,
                   .in_w = 5,
                   .in_c = 150,
                   .out_c = 40,
                   .kernel_h = 3,
                   .kernel_w = 3,
                   .pad_top = 1,
                   .pad_left = 1,
                   .epilogue = Epilogue::of(Activation::kSilu)}),
        *GetParam(), {.residual = true});
}

TEST_P(Bf16Conv, AppliesEveryEpilogue) {
  for (const Epilogue& e : all_epilogues()) {
    check(same_pads({.in_h = 5,
                     .in_w = 7,
                     .in_c = 4,
                     .out_c = 35,
                     .kernel_h = 3,
                     .kernel_w = 3,
                     .pad_top = 1,
                     .pad_left = 1,
                     .epilogue = e}),
          *GetParam(), {.residual = true});
  }
}

TEST_P(Bf16Conv, SharesPixelsAndChannelsAmongThreads) {
  for (int threads : {2, 3}) {
    check(same_pads({.batch = 2,
                     .in_h = 20,
                     .in_w = 20,
                     .in_c = 16,
                     .out_c = 70,
                     .kernel_h = 3,
                     .kernel_w = 3,
                     .pad_top = 1,
                     .pad_left = 1}),
          *GetParam(), {.threads = threads});
  }
}

TEST(Bf16ConvSupport, LeavesGroupsAndLargeKernelsToF32) {
  const ConvShape s{.in_h = 9, .in_w = 9, .in_c = 8, .out_h = 9, .out_w = 9, .out_c = 8};
  EXPECT_TRUE(bf16_conv_supports(s));
  ConvShape grouped = s;
  grouped.groups = 2;
  EXPECT_FALSE(bf16_conv_supports(grouped));
  ConvShape large = s;
  large.kernel_h = large.kernel_w = 9;
  EXPECT_FALSE(bf16_conv_supports(large));
  ConvShape grid = s;
  grid.out_row = 100;
  EXPECT_FALSE(bf16_conv_supports(grid));
}

TERN_INSTANTIATE_EACH_BF16_KERNEL(Bf16Conv);

}  // namespace
}  // namespace tern::cpu
