// What reductions share: axes from the second input, inference, and a loop over the reduced sets.
#pragma once

#include <vector>

#include "graph/op_def.h"
#include "ops/reference.h"
#include "tern/thread_pool.h"

namespace tern::ops {

/// Output type of a reduction whose axes are input 1 (absent or empty: all, or none with `noop`).
Status infer_reduction(InferContext& c, bool keepdims, bool noop);

/// The reduced axes of a run; every axis when none is named and `noop` is off.
std::vector<int> reduced_axes(const ReferenceContext& c, bool noop);

/// For every output element: start at `init`, fold every input element in with `step`, then
/// `finish(accumulator, count)`. Computed in double.
void reference_reduction(ReferenceContext& c, bool noop, double init,
                         FunctionRef<double(double accumulator, double x)> step,
                         FunctionRef<double(double accumulator, std::int64_t count)> finish);

}  // namespace tern::ops
