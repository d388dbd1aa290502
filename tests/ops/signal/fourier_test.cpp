#include <cmath>

#include "tern/ops/signal.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

const double kHalfRoot3 = std::sqrt(3.0) / 2;

}  // namespace

TERN_OP_TEST(DFT) {
  const Tensor one_to_four = f32({1, 4, 1}, {1, 2, 3, 4});
  const Tensor spectrum = f32({1, 4, 2}, {10, 0, -2, 2, -2, 0, -2, -2});
  const Tensor half = f32({1, 3, 2}, {10, 0, -2, 2, -2, 0});
  return {
      {.name = "a real signal", .op = ops::DFT{}, .inputs = {one_to_four}, .expected = {spectrum}},
      {.name = "half the spectrum",
       .op = ops::DFT{.onesided = true},
       .inputs = {one_to_four},
       .expected = {half}},
      {.name = "back",
       .op = ops::DFT{.inverse = true},
       .inputs = {spectrum},
       .expected = {f32({1, 4, 2}, {1, 0, 2, 0, 3, 0, 4, 0})}},
      {.name = "back from half the spectrum",
       .op = ops::DFT{.inverse = true, .onesided = true},
       .inputs = {half},
       .expected = {one_to_four}},
      {.name = "an odd length back from half the spectrum",
       .op = ops::DFT{.inverse = true, .onesided = true},
       .inputs = {f32({2, 2}, {6, 0, -1.5, kHalfRoot3}), i64({}, {3})},
       .expected = {f32({3, 1}, {1, 2, 3})}},
      {.name = "filled up with zeros, along the first axis",
       .op = ops::DFT{},
       .inputs = {f32({2, 2, 1}, {1, 5, 2, 6}), i64({}, {4}), i64({}, {0})},
       .expected = {f32({4, 2, 2}, {3, 0, 11, 0, 1, -2, 5, -6, -1, 0, -1, 0, 1, 2, 5, 6})}},
      {.name = "cut, three complex numbers",
       .op = ops::DFT{},
       .inputs = {f32({1, 4, 2}, {1, 0, 2, 0, 3, 0, 9, 9}), i32({1}, {3}), i64({}, {-2})},
       .expected = {f32({1, 3, 2}, {6, 0, -1.5, kHalfRoot3, -1.5, -kHalfRoot3})}},
      // An impulse at 1 of 12 = 2 * 2 * 3: the roots of unity.
      {.name = "a length of several factors",
       .op = ops::DFT{},
       .inputs = {f32({12, 1}, {0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})},
       .expected = {filled(DType::kF32, {12, 2},
                           [](std::int64_t i) {
                             const double angle = -2 * M_PI * static_cast<double>(i / 2) / 12;
                             return i % 2 == 0 ? std::cos(angle) : std::sin(angle);
                           })}},
  };
}

TEST(DFT, RefusesWhatHasNoTransform) {
  const Tensor x = f32({2, 1}, {1, 2});
  expect_refused(ops::DFT{}, {f32({2, 3}, {1, 2, 3, 4, 5, 6})}, "the last axis has 3 entries");
  expect_refused(ops::DFT{}, {x, i64({}, {0})}, "a transform of length 0");
  expect_refused(ops::DFT{}, {x, {}, i64({}, {1})}, "axis 1 holds the parts of the numbers");
  expect_refused(ops::DFT{.inverse = true, .onesided = true}, {x},
                 "half a spectrum must be complex");
}

TERN_OP_TEST(DFTGrad) {
  return {
      // The derivatives of the sum of the spectrum's real parts: 4 at the origin.
      {.name = "real parts",
       .op = ops::DFTGrad{},
       .inputs = {f32({4, 2}, {1, 0, 1, 0, 1, 0, 1, 0}), f32({4, 1}, {0, 0, 0, 0})},
       .expected = {f32({4, 1}, {4, 0, 0, 0})},
       .constant_inputs = {1}},
  };
}

TERN_OP_TEST(STFT) {
  const Tensor signal = f32({1, 4}, {1, 2, 3, 4});
  return {
      {.name = "frames of two overlap",
       .op = ops::STFT{},
       .inputs = {signal, i64({}, {1}), {}, i64({}, {2})},
       .expected = {f32({1, 3, 2, 2}, {3, 0, -1, 0, 5, 0, -1, 0, 7, 0, -1, 0})}},
      {.name = "a window, steps of two",
       .op = ops::STFT{},
       .inputs = {f32({1, 4, 1}, {1, 2, 3, 4}), i64({}, {2}), f32({2}, {1, 2})},
       .expected = {f32({1, 2, 2, 2}, {5, 0, -3, 0, 11, 0, -5, 0})}},
      {.name = "both halves of the spectrum",
       .op = ops::STFT{.onesided = false},
       .inputs = {signal, i64({}, {4}), {}, i64({}, {4})},
       .expected = {f32({1, 1, 4, 2}, {10, 0, -2, 2, -2, 0, -2, -2})}},
      {.name = "a complex signal",
       .op = ops::STFT{.onesided = false},
       .inputs = {f32({1, 2, 2}, {1, 2, 3, 4}), i64({}, {1}), f32({2}, {1, 0.5}), i64({}, {2})},
       .expected = {f32({1, 1, 2, 2}, {2.5, 4, -0.5, 0})}},
  };
}

TEST(STFT, RefusesFramesThatDoNotFit) {
  const Tensor signal = f32({1, 2}, {1, 2});
  expect_refused(ops::STFT{}, {signal, i64({}, {1}), {}, i64({}, {3})},
                 "a frame of 3 does not fit in 2 samples");
  expect_refused(ops::STFT{}, {signal, i64({}, {0}), {}, i64({}, {2})}, "frame_step is 0");
  expect_refused(ops::STFT{}, {signal, i64({}, {1})}, "neither window nor frame_length is given");
  expect_refused(ops::STFT{}, {signal, i64({}, {1}), f32({2}, {1, 1}), i64({}, {1})},
                 "sizes 2 and 1 differ");
}

TERN_OP_TEST(STFTGrad) {
  return {
      // The derivative of the sums of both frames: the window, where frames overlap twice.
      {.name = "the lowest frequency",
       .op = ops::STFTGrad{},
       .inputs = {f32({1, 2, 2, 2}, {1, 0, 0, 0, 1, 0, 0, 0}), f32({1, 3}, {4, 5, 6}), i64({}, {1}),
                  f32({2}, {2, 3})},
       .expected = {f32({1, 3}, {2, 5, 3}), f32({2}, {9, 11})}},
  };
}

}  // namespace tern::testing
