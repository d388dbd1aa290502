// What DFT and its gradient share: lengths, shapes and the walk over all lines of a tensor.
#pragma once

#include "graph/op_def.h"
#include "ops/axes.h"
#include "ops/reference.h"
#include "tern/ops/signal.h"

namespace tern::ops {

/// The type of DFT(x, length, axis) where the inputs are `first`, `first` + 1, `first` + 2 of the
/// context.
Result<TypeInfo> infer_dft(const DFT& op, const InferContext& c, std::size_t first);

/// A concrete transform of x: its lines along the axis, of `in` numbers with `parts` each, become
/// lines of `out` numbers; `length` is the transform's.
struct TransformLines {
  AxisSplit split;  // the last axis taken off
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t length = 0;
  std::int64_t in_parts = 1;
  std::int64_t out_parts = 2;
};
Result<TransformLines> transform_lines(const DFT& op, const tern::Shape& x, const Tensor* length,
                                       const Tensor* axis);

}  // namespace tern::ops
