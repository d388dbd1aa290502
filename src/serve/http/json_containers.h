// Sequences, optionals and maps in JSON.
//
// A sequence is an array of its items and a map an object of its keys, whole numbers as text: what
// a classifier with a ZipMap gives is [{"cat": 0.9, "dog": 0.1}, ...]. An optional is its item or
// null. Tensors in them are nested as their shapes say.
#pragma once

#include "base/json.h"
#include "tern/tensor.h"

namespace tern::serve {

/// Writes any value. kFailedPrecondition for strings that are not UTF-8, kInternal for a map that
/// is not made of keys and as many values.
Status write_value(JsonWriter& json, const Tensor& value);

/// What the Open Inference Protocol can carry of a container: strings that are JSON, one for each
/// item of a sequence, a single one for an optional or a map.
Result<Tensor> json_texts(const Tensor& container);

/// Elements of a tensor, and of all those in a container.
std::int64_t elements_within(const Tensor& value);

}  // namespace tern::serve
