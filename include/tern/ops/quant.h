// Quantisation (onnx.ai/onnx/operators): numbers as a small type with a scale and a zero point, and
// the products of such numbers.
//
// value = (q - zero_point) * scale. One scale and zero point serve a whole tensor (rank 0, or one
// entry), each index of `axis` (rank 1), or each run of `block_size` entries along `axis` (the
// tensor's rank). A zero point that is left out is 0.
#pragma once

#include "tern/op.h"
#include "tern/ops/nn.h"

namespace tern::ops {

/// Sums of products (x - x_zero_point)(w - w_zero_point) as i32: (x, w, x_zero_point,
/// w_zero_point), the last one number or one per output channel. Window attributes as Conv's.
struct ConvInteger {
  AutoPad auto_pad = AutoPad::kNotSet;
  std::vector<std::int64_t> dilations;
  std::int64_t group = 1;
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields = Fields{
      Field{"auto_pad", &ConvInteger::auto_pad}, Field{"dilations", &ConvInteger::dilations},
      Field{"group", &ConvInteger::group},       Field{"kernel_shape", &ConvInteger::kernel_shape},
      Field{"pads", &ConvInteger::pads},         Field{"strides", &ConvInteger::strides}};
};

/// (x, x_scale, x_zero_point) to (x - x_zero_point) * x_scale in type `output_dtype`, or the
/// scale's when that is not given.
struct DequantizeLinear {
  std::int64_t axis = 1;
  std::int64_t block_size = 0;
  DType output_dtype = DType::kUndefined;
  static constexpr auto fields = Fields{Field{"axis", &DequantizeLinear::axis},
                                        Field{"block_size", &DequantizeLinear::block_size},
                                        Field{"output_dtype", &DequantizeLinear::output_dtype}};
};

/// x as u8 with the scale and zero point (outputs 1 and 2) that just cover its values and 0.
struct DynamicQuantizeLinear {
  static constexpr auto fields = Fields{};
};

/// Matrix product of A - a_zero_point and B - b_zero_point as i32: (A, B, a_zero_point,
/// b_zero_point), with one zero point, one per row of A or one per column of B.
struct MatMulInteger {
  static constexpr auto fields = Fields{};
};

/// Conv of dequantised numbers, quantised: (x, x_scale, x_zero_point, w, w_scale, w_zero_point,
/// y_scale, y_zero_point, B); w's scale and zero point may be one per output channel, B is i32 in
/// steps of x_scale * w_scale.
struct QLinearConv {
  AutoPad auto_pad = AutoPad::kNotSet;
  std::vector<std::int64_t> dilations;
  std::int64_t group = 1;
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields = Fields{
      Field{"auto_pad", &QLinearConv::auto_pad}, Field{"dilations", &QLinearConv::dilations},
      Field{"group", &QLinearConv::group},       Field{"kernel_shape", &QLinearConv::kernel_shape},
      Field{"pads", &QLinearConv::pads},         Field{"strides", &QLinearConv::strides}};
};

/// MatMul of dequantised numbers, quantised: (a, a_scale, a_zero_point, b, b_scale, b_zero_point,
/// y_scale, y_zero_point). Those of a and y may be one per row, those of b one per column.
struct QLinearMatMul {
  static constexpr auto fields = Fields{};
};

/// (x, y_scale, y_zero_point) to x / y_scale, rounded to nearest even, plus y_zero_point, limited
/// to the range of the type: y_zero_point's, else `output_dtype`, else u8. The quotient is rounded
/// to `precision`, or the scale's type when that is not given. `saturate` is for the f8 types.
struct QuantizeLinear {
  std::int64_t axis = 1;
  std::int64_t block_size = 0;
  DType output_dtype = DType::kUndefined;
  DType precision = DType::kUndefined;
  bool saturate = true;
  static constexpr auto fields = Fields{
      Field{"axis", &QuantizeLinear::axis}, Field{"block_size", &QuantizeLinear::block_size},
      Field{"output_dtype", &QuantizeLinear::output_dtype},
      Field{"precision", &QuantizeLinear::precision}, Field{"saturate", &QuantizeLinear::saturate}};
};

}  // namespace tern::ops
