// Maps: tensors of dtype kMap that hold a tensor of keys and one of values, both of rank 1.
#pragma once

#include <memory>

#include "tern/graph.h"
#include "tern/status.h"

namespace tern::ops {

/// The type of maps from `keys` to `values`. The `element` of a map's type is the type of its keys,
/// whose own `element` is that of its values.
TypeInfo map_type(DType keys, DType values);
/// kUndefined where it is not known.
DType key_type(const TypeInfo& map);
DType value_type(const TypeInfo& map);

/// A map as it is used: as many keys (strings or i64) as values.
struct MapView {
  const Tensor& keys;
  const Tensor& values;
};
/// Fails when `map`, which came from outside, is not made like that.
Result<MapView> view_map(const Tensor& map);

}  // namespace tern::ops
