// What ScatterElements and ScatterND share: joining updates with what stands there, and the
// gradient of that.
#pragma once

#include <cstdint>
#include <span>

#include "graph/op_def.h"
#include "ops/grad.h"
#include "ops/reference.h"
#include "tern/ops/tensor.h"
#include "tern/thread_pool.h"

namespace tern::ops {

/// Fails for a reduction of elements that have no arithmetic.
Status check_reduction(ScatterReduction reduction, DType dtype);

/// Output 0 = input 0 with the slices of input 2, `slice` elements each, joined at `offsets`, in
/// order. Floats are rounded once, after the last update.
void scatter(ReferenceContext& c, std::span<const std::int64_t> offsets, std::int64_t slice,
             ScatterReduction reduction);

/// The two directions between data and updates at a node's indices.
struct ScatterMoves {
  /// `updates` joined into `data`.
  FunctionRef<Value(Value data, Value updates, ScatterReduction)> put;
  /// What stands in `data` where the updates go.
  FunctionRef<Value(Value data)> take;
};

/// States the gradients of data (input 0) and updates (input 2). Among equal candidates of max and
/// min the gradient is divided evenly.
void scatter_gradient(GradContext& g, ScatterReduction reduction, const ScatterMoves& moves);

}  // namespace tern::ops
