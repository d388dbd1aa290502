// Upgrade rules of element-wise operators, products and reductions.
#include <limits>

#include "base/errors.h"
#include "import/onnx/upgrade_rules.h"
#include "tensor/element.h"

namespace tern::onnx {
namespace {

/// Ints first, first + 1, ..., last - 1.
std::vector<std::int64_t> range(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = first; i < last; ++i) values.push_back(i);
  return values;
}

/// A scalar of the dtype of input 0, f32 while that is not known.
Result<Tensor> scalar_like(const NodeDraft& node, float value) {
  DType dtype = node.type(0).dtype;
  if (dtype == DType::kUndefined) dtype = DType::kF32;
  if (store_f64(dtype) == nullptr)
    return invalid_argument("no number of type {}", to_string(dtype));
  TERN_ASSIGN_OR_RETURN(Tensor scalar, Tensor::zeros(dtype, {}));
  store_f64(dtype)(scalar.mutable_raw(), 0, value);
  return scalar;
}

}  // namespace

Status broadcast_by_axis(NodeDraft& node) {
  TERN_ASSIGN_OR_RETURN(const auto broadcast, node.take<std::int64_t>("broadcast"));
  TERN_ASSIGN_OR_RETURN(const auto axis, node.take<std::int64_t>("axis"));
  if (!axis || broadcast.value_or(0) == 0 || !node.has_input(0) || !node.has_input(1)) return {};
  const TypeInfo& a = node.type(0);
  const TypeInfo& b = node.type(1);
  if (!a.has_rank || !b.has_rank) {
    return unimplemented("broadcasting from axis {} needs the ranks of both inputs", *axis);
  }
  const std::int64_t first = *axis < 0 ? *axis + a.rank() : *axis;
  if (first < 0 || first + b.rank() > a.rank()) {
    return invalid_argument("axis {} does not fit ranks {} and {}", *axis, a.rank(), b.rank());
  }
  if (first + b.rank() == a.rank()) return {};
  const std::vector<std::int64_t> axes = range(b.rank(), a.rank() - first);
  TERN_ASSIGN_OR_RETURN(const ValueId aligned,
                        node.add("Unsqueeze", {node.inputs[1], node.ints(axes)}));
  node.set_input(1, aligned);
  return {};
}

Status cast_by_name(NodeDraft& node) {
  TERN_ASSIGN_OR_RETURN(const auto name, node.take<std::string>("to"));
  if (!name) return {};
  TERN_ASSIGN_OR_RETURN(const DType dtype, parse_dtype(*name));
  node.set("to", static_cast<std::int64_t>(dtype));
  return {};
}

Status clip_limits_to_inputs(NodeDraft& node) {
  TERN_ASSIGN_OR_RETURN(const auto low, node.take<float>("min"));
  TERN_ASSIGN_OR_RETURN(const auto high, node.take<float>("max"));
  if (!node.has_input(0)) return {};
  if (low && *low > std::numeric_limits<float>::lowest()) {
    TERN_ASSIGN_OR_RETURN(Tensor scalar, scalar_like(node, *low));
    node.set_input(1, node.constant(std::move(scalar)));
  }
  if (high && *high < std::numeric_limits<float>::max()) {
    TERN_ASSIGN_OR_RETURN(Tensor scalar, scalar_like(node, *high));
    node.set_input(2, node.constant(std::move(scalar)));
  }
  return {};
}

Status drop_broadcast(NodeDraft& node) {
  node.remove("broadcast");
  return {};
}

Status flatten_softmax(NodeDraft& node) {
  TERN_ASSIGN_OR_RETURN(const auto stated, node.take<std::int64_t>("axis"));
  std::int64_t axis = stated.value_or(1);
  if (!node.has_input(0)) return {};
  const ValueId x = node.inputs[0];
  const TypeInfo& type = node.type(0);
  if (type.has_rank) {
    if (axis < 0) axis += type.rank();
    if (axis == type.rank() - 1) {
      node.set("axis", std::int64_t{-1});
      return {};
    }
  }
  TERN_ASSIGN_OR_RETURN(const ValueId shape, node.add("Shape", {x}));
  TERN_ASSIGN_OR_RETURN(const ValueId matrix, node.add("Flatten", {x}, {{"axis", axis}}));
  TERN_ASSIGN_OR_RETURN(const ValueId rows,
                        node.add(node.op_type, {matrix}, {{"axis", std::int64_t{-1}}}));
  node.become("Reshape", {rows, shape});
  return {};
}

Status reduce_axes_to_input(NodeDraft& node) {
  TERN_ASSIGN_OR_RETURN(const auto axes, node.take<std::vector<std::int64_t>>("axes"));
  if (axes) node.set_input(1, node.ints(*axes));
  return {};
}

Status slope_by_channel(NodeDraft& node) {
  if (!node.has_input(0) || !node.has_input(1)) return {};
  const TypeInfo& x = node.type(0);
  const TypeInfo& slope = node.type(1);
  if (!x.has_rank || !slope.has_rank) {
    return unimplemented("a slope per channel needs the ranks of both inputs");
  }
  const bool one_number = slope.rank() == 0 || same(slope.shape[0], Dim(1));
  if (one_number || slope.rank() != 1 || x.rank() <= 2) return {};
  const std::vector<std::int64_t> axes = range(1, x.rank() - 1);
  TERN_ASSIGN_OR_RETURN(const ValueId aligned,
                        node.add("Unsqueeze", {node.inputs[1], node.ints(axes)}));
  node.set_input(1, aligned);
  return {};
}

Status top_k_to_input(NodeDraft& node) {
  TERN_ASSIGN_OR_RETURN(const auto k, node.take<std::int64_t>("k"));
  if (!k) return invalid_argument("TopK lacks its attribute 'k'");
  node.set_input(1, node.ints(std::span(&*k, 1)));
  return {};
}

}  // namespace tern::onnx
