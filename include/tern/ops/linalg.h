// Sums over products of tensors, and determinants (onnx.ai/onnx/operators).
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// The determinants of the matrices in the last two axes.
struct Det {
  static constexpr auto fields = Fields{};
};

/// tern domain. Gradient of Det: (dY, X).
struct DetGrad {
  static constexpr auto fields = Fields{};
};

/// Einstein's sum: each letter of `equation` ("bij,bjk->bik") is an axis; products of the inputs'
/// elements are summed over the letters that the output lacks. A letter twice in one input reads
/// its diagonal, "..." stands for axes that broadcast, and without "->" the output has the "..."
/// and then, sorted, the letters that occur once.
struct Einsum {
  std::string equation;
  static constexpr auto fields = Fields{Field{"equation", &Einsum::equation, kRequiredField}};
};

/// tern domain. Gradient of Einsum with respect to input `operand`: (dY, inputs...).
struct EinsumGrad {
  std::string equation;
  std::int64_t operand = 0;
  static constexpr auto fields = Fields{Field{"equation", &EinsumGrad::equation, kRequiredField},
                                        Field{"operand", &EinsumGrad::operand}};
};

}  // namespace tern::ops
