// Arithmetic on elements beyond tern/ops/math.h: bits as another type, running products, shrinking
// (onnx.ai/onnx/operators).
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// The bits of the elements as type `to`, which has as many of them.
struct BitCast {
  DType to = DType::kUndefined;
  static constexpr auto fields = Fields{Field{"to", &BitCast::to, kRequiredField}};
};

/// Running products along the axis that the second input names: up to an element, with `exclusive`
/// up to the one before it, from the end with `reverse`.
struct CumProd {
  bool exclusive = false;
  bool reverse = false;
  static constexpr auto fields =
      Fields{Field{"exclusive", &CumProd::exclusive}, Field{"reverse", &CumProd::reverse}};
};

/// X moved towards zero by `bias` where its magnitude is above `lambd`, 0 elsewhere.
struct Shrink {
  float bias = 0.0F;
  float lambd = 0.5F;
  static constexpr auto fields =
      Fields{Field{"bias", &Shrink::bias}, Field{"lambd", &Shrink::lambd}};
};

}  // namespace tern::ops
