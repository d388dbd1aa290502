// The field of labels of sources that keep them as numbers.
#pragma once

#include <string>

#include "train/data/tensor_source.h"

namespace tern {

/// Whole numbers become classes named "0", "1", ..., floats numbers of shape [1]. `labels` is [N]
/// or [N,1] with N = `rows`; `file` is for messages.
Result<TensorField> label_field(const Tensor& labels, std::int64_t rows, const std::string& file);

/// The elements as f32, multiplied with `scale`.
Result<Tensor> scaled_to_f32(const Tensor& tensor, float scale);

}  // namespace tern
