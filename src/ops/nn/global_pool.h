// What the global poolings share: inference, and a loop over the image of every channel.
#pragma once

#include "graph/op_def.h"
#include "ops/reference.h"
#include "tern/thread_pool.h"

namespace tern::ops {

/// X [N, C, spatial...] becomes [N, C, 1...].
Status infer_global_pool(InferContext& c);

/// dX has the type of X where dY has that of the pooled X.
Status infer_global_pool_gradient(InferContext& c);

/// Output element = pool(values of one channel of one image).
void reference_global_pool(ReferenceContext& c,
                           FunctionRef<double(std::span<const double> values)> pool);

}  // namespace tern::ops
