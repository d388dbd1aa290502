// What QLinearMatMul, MatMulInteger, QLinearConv and ConvInteger share: operands relative to their
// zero points, in double, which holds every sum of products of bytes exactly.
#pragma once

#include <vector>

#include "graph/op_def.h"
#include "ops/nn/convolution.h"
#include "ops/reference.h"

namespace tern::ops {

/// Along which axis of a matrix scales and zero points that are a vector run.
enum class MatrixSide : std::uint8_t { kRows, kColumns };

/// Fails unless a scale or zero point fits a stack of matrices: one number, a vector along `side`,
/// or a shape that broadcasts to the stack's.
Status check_matrix_scales(std::string_view name, const TypeInfo& matrix, const TypeInfo& scale,
                           MatrixSide side);

/// Scale or zero point `scale` as one number per element of a tensor of `shape`; `otherwise` where
/// it is null. Shapes must have passed check_matrix_scales.
std::vector<double> spread_scales(const tern::Shape& shape, const Tensor* scale, MatrixSide side,
                                  double otherwise);

/// x - zero point, element by element.
std::vector<double> centered(const Tensor& x, const Tensor* zero_point, MatrixSide side);

/// Fails unless a scale or zero point of W is one number or one per output channel.
Status check_channel_scales(std::string_view name, const TypeInfo& w, const TypeInfo& scale);

/// Conv of x - x_zero_point and w - w_zero_point without bias; the latter may be one number or one
/// per output channel, either may be null.
std::vector<double> convolve_centered(const Convolution& conv, const Tensor& x,
                                      const Tensor* x_zero_point, const Tensor& w,
                                      const Tensor* w_zero_point);

}  // namespace tern::ops
