#include "ops/ml/maps.h"

#include "base/errors.h"

namespace tern::ops {

TypeInfo map_type(DType keys, DType values) {
  TypeInfo key_info(keys, std::vector<Dim>(1));
  key_info.element = std::make_shared<const TypeInfo>(values, std::vector<Dim>(1));
  return TypeInfo::container(DType::kMap, std::move(key_info));
}

DType key_type(const TypeInfo& map) {
  return map.element == nullptr ? DType::kUndefined : map.element->dtype;
}

DType value_type(const TypeInfo& map) {
  if (map.element == nullptr || map.element->element == nullptr) return DType::kUndefined;
  return map.element->element->dtype;
}

Result<MapView> view_map(const Tensor& map) {
  const auto items = map.items();
  if (items.size() != 2) return invalid_argument("a map of {} items, not 2", items.size());
  const Tensor& keys = items[0];
  const Tensor& values = items[1];
  if (keys.dtype() != DType::kString && keys.dtype() != DType::kI64) {
    return invalid_argument("a map with keys of type {}", to_string(keys.dtype()));
  }
  if (keys.rank() != 1 || values.rank() != 1 || keys.dim(0) != values.dim(0)) {
    return invalid_argument("a map with keys of shape {} and values of shape {}",
                            keys.shape().to_string(), values.shape().to_string());
  }
  return MapView{keys, values};
}

}  // namespace tern::ops
