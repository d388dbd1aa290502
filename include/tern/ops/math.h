// Element-wise operators and matrix products. Meaning and attributes are ONNX's
// (onnx.ai/onnx/operators); every element-wise operator broadcasts its inputs.
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// Y = A + B
struct Add {
  static constexpr auto fields = std::tuple{};
};

/// Y = A B over the last two axes, numpy.matmul's rules for rank 1 and for the leading axes.
struct MatMul {
  static constexpr auto fields = std::tuple{};
};

/// Y = A * B, element by element
struct Mul {
  static constexpr auto fields = std::tuple{};
};

/// Y = max(X, 0)
struct Relu {
  static constexpr auto fields = std::tuple{};
};

/// Y = A - B
struct Sub {
  static constexpr auto fields = std::tuple{};
};

}  // namespace tern::ops
