#include "backend/cpu/compute/conv.h"

#include <gtest/gtest.h>

#include <vector>

#include "tern/thread_pool.h"
#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

class Conv : public EachIsa {};

struct Options {
  bool bias = true;
  bool residual = false;
  std::int64_t gap = 0;  // channels of a wider image beside x, y and the residual
  int threads = 1;
  std::optional<ConvAlgorithm> algorithm;
  double tolerance = 0;  // 0: what summing in f32 explains
};

std::int64_t out_size(std::int64_t in, std::int64_t kernel, std::int64_t stride,
                      std::int64_t dilation, std::int64_t pads) {
  return (in + pads - (kernel - 1) * dilation - 1) / stride + 1;
}

// Fills in the output size for pads that are equal on both sides.
ConvShape same_pads(ConvShape s) {
  s.out_h = out_size(s.in_h, s.kernel_h, s.stride_h, s.dilation_h, 2 * s.pad_top);
  s.out_w = out_size(s.in_w, s.kernel_w, s.stride_w, s.dilation_w, 2 * s.pad_left);
  return s;
}

// The definition: f(image, y, x, out channel) as a sum in double.
double exact_sum(const ConvShape& s, const std::vector<float>& x, const std::vector<float>& w,
                 std::int64_t image, std::int64_t oy, std::int64_t ox, std::int64_t oc) {
  const std::int64_t group_in = s.in_c / s.groups;
  const std::int64_t group = oc / (s.out_c / s.groups);
  double sum = 0;
  for (std::int64_t ky = 0; ky < s.kernel_h; ++ky) {
    const std::int64_t iy = oy * s.stride_h - s.pad_top + ky * s.dilation_h;
    if (iy < 0 || iy >= s.in_h) continue;
    for (std::int64_t kx = 0; kx < s.kernel_w; ++kx) {
      const std::int64_t ix = ox * s.stride_w - s.pad_left + kx * s.dilation_w;
      if (ix < 0 || ix >= s.in_w) continue;
      for (std::int64_t c = 0; c < group_in; ++c) {
        const std::int64_t at =
            ((image * s.in_h + iy) * s.in_w + ix) * s.in_pixel + group * group_in + c;
        sum += static_cast<double>(x[at]) *
               w[((oc * group_in + c) * s.kernel_h + ky) * s.kernel_w + kx];
      }
    }
  }
  return sum;
}

void check(ConvShape s, Isa isa, const Options& o = {}) {
  s.in_pixel = s.in_c + o.gap;
  s.out_pixel = s.out_c + o.gap;
  s.residual_pixel = s.out_c + 2 * o.gap;
  SCOPED_TRACE(::testing::Message()
               << "batch " << s.batch << " in " << s.in_h << "x" << s.in_w << "x" << s.in_c
               << " out " << s.out_h << "x" << s.out_w << "x" << s.out_c << " kernel " << s.kernel_h
               << "x" << s.kernel_w << " stride " << s.stride_h << "," << s.stride_w << " dilation "
               << s.dilation_h << "," << s.dilation_w << " pad " << s.pad_top << "," << s.pad_left
               << " groups " << s.groups << " threads " << o.threads);
  const std::int64_t out_pixels = s.batch * s.out_h * s.out_w;
  const std::int64_t depth = s.in_c / s.groups * s.kernel_h * s.kernel_w;
  const auto x = random_floats(s.batch * s.in_h * s.in_w * s.in_pixel, 1);
  const auto w = random_floats(s.out_c * depth, 2);
  const auto bias = random_floats(s.out_c, 3);
  const auto residual = random_floats(out_pixels * s.residual_pixel, 4);

  const ConvPlan plan = plan_conv(s, o.threads, isa, o.algorithm);
  std::vector<float> packed(static_cast<std::size_t>(plan.packed_floats));
  std::vector<float> scratch(static_cast<std::size_t>(plan.scratch_floats), kUntouched);
  std::vector<float> y(static_cast<std::size_t>(out_pixels * s.out_pixel), kUntouched);
  ThreadPool pool(o.threads);
  pack_conv(plan, w.data(), packed.data(), pool);
  run_conv(plan,
           {.x = x.data(),
            .packed = packed.data(),
            .bias = o.bias ? bias.data() : nullptr,
            .residual = o.residual ? residual.data() : nullptr,
            .y = y.data()},
           scratch.data(), pool);

  const double tolerance =
      o.tolerance > 0 ? o.tolerance : 1e-6 * (2 + 0.25 * static_cast<double>(depth));
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

TEST_P(Conv, PointwiseIsAMatrixProduct) {
  const ConvShape s = same_pads({.batch = 2, .in_h = 7, .in_w = 5, .in_c = 19, .out_c = 37});
  EXPECT_EQ(plan_conv(s, 1, GetParam()).algorithm, ConvAlgorithm::kMatmul);
  check(s, GetParam(), {.residual = true, .gap = 3});
  check(s, GetParam(), {.algorithm = ConvAlgorithm::kImplicit});
}

TEST_P(Conv, ImplicitOverKernelsStridesAndPads) {
  for (std::int64_t kernel : {1, 2, 3, 5, 7}) {
    for (std::int64_t stride : {1, 2, 3}) {
      for (std::int64_t pad : {0, 1, 3}) {
        check(same_pads({.batch = 2,
                         .in_h = 9,
                         .in_w = 17,
                         .in_c = 3,
                         .out_c = 20,
                         .kernel_h = kernel,
                         .kernel_w = kernel,
                         .stride_h = stride,
                         .stride_w = stride,
                         .pad_top = pad,
                         .pad_left = pad,
                         .epilogue = Epilogue::relu()}),
              GetParam(), {.algorithm = ConvAlgorithm::kImplicit});
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_P(Conv, ImplicitWithUnequalSidesAndDilation) {
  check(same_pads({.in_h = 15,
                   .in_w = 40,
                   .in_c = 8,
                   .out_c = 33,
                   .kernel_h = 3,
                   .kernel_w = 5,
                   .stride_h = 2,
                   .stride_w = 1,
                   .dilation_h = 3,
                   .dilation_w = 2,
                   .pad_top = 2,
                   .pad_left = 4}),
        GetParam(), {.residual = true, .gap = 5, .threads = 2});
}

TEST_P(Conv, ImplicitReachesFurtherRightAndBelowThanItBeginsLeft) {
  // Pads 0 before and 2 after, as "same upper" with stride 2 has them.
  check({.in_h = 8,
         .in_w = 8,
         .in_c = 4,
         .out_h = 4,
         .out_w = 4,
         .out_c = 16,
         .kernel_h = 3,
         .kernel_w = 4,
         .stride_h = 2,
         .stride_w = 2},
        GetParam());
}

TEST_P(Conv, WindowsThatMissTheImageGiveTheBias) {
  check(same_pads({.in_h = 2,
                   .in_w = 2,
                   .in_c = 3,
                   .out_c = 17,
                   .kernel_h = 2,
                   .kernel_w = 2,
                   .pad_top = 4,
                   .pad_left = 4}),
        GetParam());
}

TEST_P(Conv, ImplicitSumsManyChannelsInBlocks) {
  check(same_pads({.in_h = 7,
                   .in_w = 7,
                   .in_c = 300,
                   .out_c = 40,
                   .kernel_h = 3,
                   .kernel_w = 3,
                   .pad_top = 1,
                   .pad_left = 1,
                   .epilogue = Epilogue::of(Activation::kSilu)}),
        GetParam(), {.residual = true, .algorithm = ConvAlgorithm::kImplicit});
}

TEST_P(Conv, ImplicitInGroups) {
  for (int threads : {1, 3}) {
    check(same_pads({.batch = 2,
                     .in_h = 6,
                     .in_w = 11,
                     .in_c = 20,
                     .out_c = 30,
                     .kernel_h = 3,
                     .kernel_w = 3,
                     .pad_top = 1,
                     .pad_left = 1,
                     .groups = 5}),
          GetParam(), {.residual = true, .gap = 2, .threads = threads});
  }
}

TEST_P(Conv, DepthwiseSpecialAndGenericKernels) {
  for (std::int64_t kernel : {1, 2, 3, 4, 5, 7}) {
    for (std::int64_t stride : {1, 2, 3}) {
      for (std::int64_t channels : {5, 16, 24, 47}) {
        const ConvShape s = same_pads({.batch = 2,
                                       .in_h = 8,
                                       .in_w = 13,
                                       .in_c = channels,
                                       .out_c = channels,
                                       .kernel_h = kernel,
                                       .kernel_w = kernel,
                                       .stride_h = stride,
                                       .stride_w = stride,
                                       .pad_top = kernel / 2,
                                       .pad_left = kernel / 2,
                                       .groups = channels,
                                       .epilogue = Epilogue::clip(0, 1)});
        EXPECT_EQ(plan_conv(s, 1, GetParam()).algorithm, ConvAlgorithm::kDepthwise);
        check(s, GetParam(), {.residual = true, .gap = 1, .threads = 2});
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_P(Conv, DepthwiseOnImagesSmallerThanTheKernelAndDilated) {
  for (std::int64_t width : {1, 2, 3, 4}) {
    check(same_pads({.in_h = 1,
                     .in_w = width,
                     .in_c = 20,
                     .out_c = 20,
                     .kernel_h = 5,
                     .kernel_w = 5,
                     .pad_top = 2,
                     .pad_left = 2,
                     .groups = 20}),
          GetParam());
  }
  check(same_pads({.in_h = 12,
                   .in_w = 12,
                   .in_c = 18,
                   .out_c = 18,
                   .kernel_h = 3,
                   .kernel_w = 3,
                   .dilation_h = 2,
                   .dilation_w = 3,
                   .pad_top = 2,
                   .pad_left = 3,
                   .groups = 18}),
        GetParam());
}

TEST_P(Conv, WinogradOverSizesPadsAndChannels) {
  for (std::int64_t size : {1, 3, 4, 6, 9, 14}) {
    for (std::int64_t pad : {0, 1, 2}) {
      for (std::int64_t channels : {3, 16, 37}) {
        if (size + 2 * pad < 3) continue;
        const ConvShape s = same_pads({.batch = 2,
                                       .in_h = size,
                                       .in_w = size + 2,
                                       .in_c = channels,
                                       .out_c = channels + 5,
                                       .kernel_h = 3,
                                       .kernel_w = 3,
                                       .pad_top = pad,
                                       .pad_left = pad,
                                       .epilogue = Epilogue::relu()});
        check(
            s, GetParam(),
            {.residual = true, .gap = 3, .algorithm = ConvAlgorithm::kWinograd, .tolerance = 2e-4});
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_P(Conv, WinogradSharesTilesAmongThreads) {
  for (int threads : {2, 3}) {
    for (std::int64_t size : {8, 60}) {
      check(same_pads({.in_h = size,
                       .in_w = size,
                       .in_c = 64,
                       .out_c = 48,
                       .kernel_h = 3,
                       .kernel_w = 3,
                       .pad_top = 1,
                       .pad_left = 1}),
            GetParam(),
            {.threads = threads, .algorithm = ConvAlgorithm::kWinograd, .tolerance = 5e-4});
    }
  }
}

TEST_P(Conv, EveryEpilogueInEveryAlgorithm) {
  for (const Epilogue& e : all_epilogues()) {
    ConvShape s = same_pads({.in_h = 5,
                             .in_w = 6,
                             .in_c = 18,
                             .out_c = 18,
                             .kernel_h = 3,
                             .kernel_w = 3,
                             .pad_top = 1,
                             .pad_left = 1,
                             .epilogue = e});
    check(s, GetParam(), {.residual = true});
    check(s, GetParam(), {.bias = false, .residual = false});
    check(s, GetParam(),
          {.residual = true, .algorithm = ConvAlgorithm::kWinograd, .tolerance = 2e-4});
    check(s, GetParam(), {.bias = false, .algorithm = ConvAlgorithm::kWinograd, .tolerance = 2e-4});
    s.groups = 18;
    check(s, GetParam(), {.residual = true});
    check(s, GetParam(), {.bias = false, .residual = false});
    s.groups = 3;
    check(s, GetParam(), {.residual = true});
  }
}

TEST_P(Conv, ThreadsShareRowsOrChannels) {
  for (int threads : {2, 5}) {
    check(same_pads({.in_h = 3,
                     .in_w = 3,
                     .in_c = 16,
                     .out_c = 200,
                     .kernel_h = 3,
                     .kernel_w = 3,
                     .pad_top = 1,
                     .pad_left = 1}),
          GetParam(), {.threads = threads, .algorithm = ConvAlgorithm::kImplicit});
    check(same_pads({.batch = 3,
                     .in_h = 20,
                     .in_w = 20,
                     .in_c = 6,
                     .out_c = 16,
                     .kernel_h = 5,
                     .kernel_w = 5}),
          GetParam(), {.threads = threads, .algorithm = ConvAlgorithm::kImplicit});
  }
}

TERN_INSTANTIATE_EACH_ISA(Conv);

}  // namespace
}  // namespace tern::cpu
