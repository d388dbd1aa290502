// Upgrade rules of the domain ai.onnx.ml.
#include <numeric>

#include "base/errors.h"
#include "import/onnx/upgrade_rules.h"

namespace tern::onnx {

Status label_encoder_classes(NodeDraft& node) {
  TERN_ASSIGN_OR_RETURN(const auto classes, node.take<std::vector<std::string>>("classes_strings"));
  if (!classes) return invalid_argument("classes_strings is missing");
  const DType type = node.has_input(0) ? node.type(0).dtype : DType::kUndefined;
  if (type != DType::kString && type != DType::kI64) {
    return unimplemented("LabelEncoder of opset 1 on an input of type {}, not i64 or string",
                         type == DType::kUndefined ? "unknown" : to_string(type));
  }
  std::vector<std::int64_t> places(classes->size());
  std::iota(places.begin(), places.end(), std::int64_t{0});
  const bool strings = type == DType::kString;
  node.set(strings ? "keys_strings" : "values_strings", *classes);
  node.set(strings ? "values_int64s" : "keys_int64s", std::move(places));
  return {};
}

}  // namespace tern::onnx
