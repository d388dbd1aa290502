// Batches as a model wants them: element type and shape of the rows.
#pragma once

#include "tern/graph.h"
#include "tern/status.h"
#include "tern/tensor.h"

namespace tern::train {

/// `batch` in the type `wanted`: elements converted where dtypes differ, rows in another shape
/// where that is known and has as many elements. What cannot be made to fit is returned as it is,
/// for the session to refuse. Without need for a change the tensor itself.
Result<Tensor> adapt_batch(const Tensor& batch, const TypeInfo& wanted);

}  // namespace tern::train
