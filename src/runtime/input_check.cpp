#include "runtime/input_check.h"

#include <algorithm>

#include "base/errors.h"

namespace tern::runtime {

std::string describe_type(const Graph& graph, const TypeInfo& type) {
  if (type.dtype == DType::kUndefined) return "?";
  std::string text(to_string(type.dtype));
  if (is_container(type.dtype)) {
    if (type.element == nullptr) return text + "(?)";
    text += "(" + describe_type(graph, *type.element);
    // Of a map these were the keys.
    if (type.dtype == DType::kMap && type.element->element != nullptr) {
      text += ", " + describe_type(graph, *type.element->element);
    }
    return text + ")";
  }
  if (!type.has_rank) return text + "[...]";
  text += '[';
  for (std::size_t i = 0; i < type.shape.size(); ++i) {
    if (i > 0) text += ',';
    const Dim& dim = type.shape[i];
    text +=
        dim.known() ? std::to_string(dim.value()) : std::string(graph.symbol_name(dim.symbol()));
  }
  return text + ']';
}

Status check_inputs(const Graph& graph, std::span<const Tensor> given) {
  if (given.size() != graph.inputs().size()) {
    return invalid_argument("{} inputs given, the model has {}", given.size(),
                            graph.inputs().size());
  }
  std::vector<std::pair<SymbolId, std::int64_t>> sizes;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const ValueData& input = graph.value(graph.inputs()[i]);
    const TypeInfo& type = input.type;
    const Tensor& tensor = given[i];
    const auto mismatch = [&] {
      return invalid_argument("input {} is {}, the model wants {}", input.name,
                              tensor.defined() ? fmt::format("{}{}", to_string(tensor.dtype()),
                                                             tensor.shape().to_string())
                                               : "undefined",
                              describe_type(graph, type));
    };
    if (!tensor.defined()) return mismatch();
    // What an optional would hold may stand for it.
    if (type.dtype == DType::kOptional && tensor.dtype() != type.dtype) continue;
    if (type.dtype != DType::kUndefined && tensor.dtype() != type.dtype) return mismatch();
    if (!type.has_rank) continue;
    if (tensor.rank() != type.rank()) return mismatch();
    for (int axis = 0; axis < tensor.rank(); ++axis) {
      const Dim& dim = type.shape[static_cast<std::size_t>(axis)];
      if (dim.known() && dim.value() != tensor.dim(axis)) return mismatch();
      if (dim.known() || dim.symbol() == SymbolId::kAnonymous) continue;
      const auto seen = std::ranges::find(sizes, dim.symbol(), &decltype(sizes)::value_type::first);
      if (seen == sizes.end()) {
        sizes.emplace_back(dim.symbol(), tensor.dim(axis));
      } else if (seen->second != tensor.dim(axis)) {
        return invalid_argument("input {} has {} where {} is {}", input.name, tensor.dim(axis),
                                graph.symbol_name(dim.symbol()), seen->second);
      }
    }
  }
  return {};
}

}  // namespace tern::runtime
