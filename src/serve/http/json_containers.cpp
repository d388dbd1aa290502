#include "serve/http/json_containers.h"

#include "base/errors.h"
#include "ops/ml/maps.h"
#include "serve/http/json_elements.h"

namespace tern::serve {
namespace {

Status write_map(JsonWriter& json, const Tensor& map) {
  TERN_ASSIGN_OR_RETURN(const ops::MapView view, ops::view_map(map));
  const std::int64_t count = view.keys.elements();
  json.begin_object();
  for (std::int64_t i = 0; i < count; ++i) {
    TERN_ASSIGN_OR_RETURN(const Tensor item, view.values.slice(i, i + 1));
    TERN_ASSIGN_OR_RETURN(const Tensor value, item.reshape(Shape()));
    if (view.keys.dtype() == DType::kString) {
      const std::string& key = view.keys.data<std::string>()[i];
      if (!is_utf8(key)) {
        return failed_precondition("key {} is not UTF-8, which JSON cannot carry", i);
      }
      json.key(key);
    } else {
      json.key(std::to_string(view.keys.data<std::int64_t>()[i]));
    }
    TERN_TRY(write_nested(json, value));
  }
  json.end_object();
  return {};
}

}  // namespace

Status write_value(JsonWriter& json, const Tensor& value) {
  switch (value.dtype()) {
    case DType::kUndefined: json.null(); return {};
    case DType::kMap: return write_map(json, value);
    case DType::kSequence:
      json.begin_array();
      for (const Tensor& item : value.items()) TERN_TRY(write_value(json, item));
      json.end_array();
      return {};
    case DType::kOptional:
      if (!value.items().empty() && value.items()[0].defined()) {
        return write_value(json, value.items()[0]);
      }
      json.null();
      return {};
    default: return write_nested(json, value);
  }
}

Result<Tensor> json_texts(const Tensor& container) {
  const std::span<const Tensor> values = container.dtype() == DType::kSequence
                                             ? container.items()
                                             : std::span<const Tensor>(&container, 1);
  std::vector<std::string> texts;
  for (const Tensor& value : values) {
    JsonWriter json(texts.emplace_back(), NonFinite::kString);
    TERN_TRY(write_value(json, value));
  }
  return Tensor::from<std::string>({static_cast<std::int64_t>(texts.size())}, texts);
}

std::int64_t elements_within(const Tensor& value) {
  if (!is_container(value.dtype())) return value.elements();
  std::int64_t total = 0;
  for (const Tensor& item : value.items()) total += elements_within(item);
  return total;
}

}  // namespace tern::serve
