// Operators on quantised numbers that passes make (tern domain): products of bytes that finish with
// what follows them, images of bytes channels-last. Nothing imports or exports them.
//
// Bytes are u8 or i8; a number q stands for (q - zero_point) * scale (tern/ops/quant.h). Scales are
// f32. Window attributes mean what they mean in tern/ops/nn.h.
#pragma once

#include "tern/op.h"
#include "tern/ops/fused.h"

namespace tern::ops {

/// activation(float(sum of (A - a_zero_point) (B - b_zero_point)) * (a_scale * b_scale) + C + Z) in
/// f32: (A, a_scale, a_zero_point, B, b_scale, b_zero_point, C, Z). A is [..., K] with one scale, B
/// [K, N] with one scale or one per column, as is its zero point, C [N], Z of the output's shape
/// [..., N]. Zero points, C and Z may be left out.
struct IntegerLinear {
  Activation activation = Activation::kNone;
  float alpha = 0.0F;
  float beta = 0.0F;
  float hi = std::numeric_limits<float>::max();
  float lo = std::numeric_limits<float>::lowest();
  static constexpr auto fields =
      Fields{Field{"activation", &IntegerLinear::activation}, Field{"alpha", &IntegerLinear::alpha},
             Field{"beta", &IntegerLinear::beta}, Field{"hi", &IntegerLinear::hi},
             Field{"lo", &IntegerLinear::lo}};
};

/// ConvInteger (its four inputs) on channels-last images.
struct NhwcConvInteger {
  AutoPad auto_pad = AutoPad::kNotSet;
  std::vector<std::int64_t> dilations;
  std::int64_t group = 1;
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields = Fields{Field{"auto_pad", &NhwcConvInteger::auto_pad},
                                        Field{"dilations", &NhwcConvInteger::dilations},
                                        Field{"group", &NhwcConvInteger::group},
                                        Field{"kernel_shape", &NhwcConvInteger::kernel_shape},
                                        Field{"pads", &NhwcConvInteger::pads},
                                        Field{"strides", &NhwcConvInteger::strides}};
};

/// QLinearConv (its nine inputs) on channels-last images, with results limited to [lo, hi].
struct NhwcQLinearConv {
  AutoPad auto_pad = AutoPad::kNotSet;
  std::vector<std::int64_t> dilations;
  std::int64_t group = 1;
  std::int64_t hi = 255;
  std::vector<std::int64_t> kernel_shape;
  std::int64_t lo = -128;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields = Fields{Field{"auto_pad", &NhwcQLinearConv::auto_pad},
                                        Field{"dilations", &NhwcQLinearConv::dilations},
                                        Field{"group", &NhwcQLinearConv::group},
                                        Field{"hi", &NhwcQLinearConv::hi},
                                        Field{"kernel_shape", &NhwcQLinearConv::kernel_shape},
                                        Field{"lo", &NhwcQLinearConv::lo},
                                        Field{"pads", &NhwcQLinearConv::pads},
                                        Field{"strides", &NhwcQLinearConv::strides}};
};

/// a + b of one shape, quantised: (a, a_scale, a_zero_point, b, b_scale, b_zero_point, y_scale,
/// y_zero_point), every scale and zero point one number. The result is
/// round((a - a_zero_point) * (a_scale / y_scale) + (b - b_zero_point) * (b_scale / y_scale)) +
/// y_zero_point, computed in f32, ties to even, limited to [lo, hi].
struct QAdd {
  std::int64_t hi = 255;
  std::int64_t lo = -128;
  static constexpr auto fields = Fields{Field{"hi", &QAdd::hi}, Field{"lo", &QAdd::lo}};
};

/// a * b of one shape, quantised: inputs as QAdd's. The result is round((a - a_zero_point) *
/// (b - b_zero_point) * (a_scale * b_scale / y_scale)) + y_zero_point, the factor made in f32, ties
/// to even, limited to [lo, hi].
struct QMul {
  std::int64_t hi = 255;
  std::int64_t lo = -128;
  static constexpr auto fields = Fields{Field{"hi", &QMul::hi}, Field{"lo", &QMul::lo}};
};

}  // namespace tern::ops
