// Conversion of elements between any two types, as ONNX's Cast states it.
#pragma once

#include "graph/op_def.h"
#include "tern/ops/tensor.h"

namespace tern::ops {

/// Every type that Cast converts from and to: all but the complex ones.
inline constexpr TypeSet kCastTypes =
    kNumeric | kNarrowFloats | kSubByteInts | kBools | DType::kString;

/// Converts every element of `from` into `to`, which has as many. Fails for a string that is no
/// number of to's type.
Status cast_elements(const Tensor& from, Tensor& to, bool saturate, CastRounding rounding);

}  // namespace tern::ops
