// Weights in fewer bits.
#pragma once

#include <cstdint>

#include "tern/status.h"
#include "tern/tensor.h"

namespace tern::quant {

/// w = values * scales, symmetric: zero points are 0.
struct ByteWeight {
  Tensor values;  ///< i8 in the weight's shape, -127 to 127
  Tensor scales;  ///< f32: one per index of the axis, or rank 0
  Tensor zeros;   ///< i8, as many
};

/// kInvalidArgument for an element that is not finite.
Result<ByteWeight> to_bytes(const Tensor& weight, int axis, bool per_channel);

/// A matrix W [K, N] in the form of ops::MatMulNBits with 4 bits and no zero points.
struct NibbleWeight {
  Tensor values;  ///< u8 [N, blocks, block_size / 2]
  Tensor scales;  ///< f32 [N, blocks]
};

/// `transposed`: the matrix comes as [N, K].
Result<NibbleWeight> to_nibbles(const Tensor& weight, bool transposed, std::int64_t block_size);

/// An f32 tensor in f16 or bf16; an undefined tensor where that type has no number for an element.
Result<Tensor> to_half(const Tensor& weight, DType type);

}  // namespace tern::quant
