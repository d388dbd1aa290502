// Arithmetic between DequantizeLinear and QuantizeLinear becomes arithmetic on bytes.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

/// Q(Conv(DQ(x), DQ(w), b)) becomes QLinearConv, Q(MatMul(DQ(a), DQ(b))) QLinearMatMul,
/// Q(Add(DQ(a), DQ(b))) tern.QAdd, that of Mul tern.QMul, each with a Relu or Clip in front of Q;
/// products with a constant DQ(w), and those of MatMulInteger that are scaled, become
/// tern.IntegerLinear with their bias. Operators that only move or compare elements move to the
/// bytes where both sides have one scale. Results differ from those of the plain graph by what
/// rounding in f32 makes of ties: at most one step of y.
Result<bool> fuse_quantized(Graph& graph, const PassContext& context);

}  // namespace tern::passes
