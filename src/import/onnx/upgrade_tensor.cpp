// Upgrade rules of operators on the arrangement of elements, and of resampling.
#include <algorithm>

#include "base/errors.h"
#include "import/onnx/upgrade_rules.h"

namespace tern::onnx {
namespace {

using Ints = std::vector<std::int64_t>;

/// An attribute that became input `at`, a list of integers.
Status ints_to_input(NodeDraft& node, std::string_view attribute, std::size_t at) {
  TERN_ASSIGN_OR_RETURN(const auto values, node.take<Ints>(attribute));
  if (values) node.set_input(at, node.ints(*values));
  return {};
}

bool is_empty(const NodeDraft& node, std::size_t input) {
  if (!node.has_input(input)) return false;
  const TypeInfo& type = node.type(input);
  return type.has_rank && type.rank() == 1 && same(type.shape[0], Dim(0));
}

/// The scales if they are a constant, else none.
std::span<const float> known_scales(const NodeDraft& node, std::size_t input) {
  const Tensor* scales = node.has_input(input) ? node.graph.constant(node.inputs[input]) : nullptr;
  if (scales == nullptr || scales->dtype() != DType::kF32) return {};
  return scales->span<float>();
}

}  // namespace

Status concat_axis(NodeDraft& node) {
  if (!node.has("axis")) node.set("axis", std::int64_t{1});
  return {};
}

Status dft_axis_to_input(NodeDraft& node) {
  TERN_ASSIGN_OR_RETURN(const auto axis, node.take<std::int64_t>("axis"));
  node.set_input(2, node.constant(Tensor::scalar<std::int64_t>(axis.value_or(1))));
  return {};
}

Status drop_empty_resize_inputs(NodeDraft& node) {
  // Opset 11 had to give all inputs and said with empty ones which of them count.
  for (const std::size_t i : {std::size_t{1}, std::size_t{2}, std::size_t{3}}) {
    if (is_empty(node, i)) node.inputs[i] = kNoValue;
  }
  return {};
}

Status grid_sample_modes(NodeDraft& node) {
  TERN_ASSIGN_OR_RETURN(const auto mode, node.take<std::string>("mode"));
  if (!mode) return {};
  const std::string today = *mode == "bilinear" ? "linear" : *mode == "bicubic" ? "cubic" : *mode;
  node.set("mode", today);
  return {};
}

Status pad_name(NodeDraft& node) {
  node.rename("paddings", "pads");
  return {};
}

Status pads_to_inputs(NodeDraft& node) {
  TERN_ASSIGN_OR_RETURN(const auto value, node.take<float>("value"));
  TERN_TRY(ints_to_input(node, "pads", 1));
  if (!value || *value == 0) return {};
  // The value has the type of the data.
  ValueId scalar = node.constant(Tensor::scalar<float>(*value));
  if (node.has_input(0) && node.type(0).dtype != DType::kF32) {
    TERN_ASSIGN_OR_RETURN(
        scalar,
        node.add("Cast", {scalar}, {{"to", static_cast<std::int64_t>(node.type(0).dtype)}}));
  }
  node.set_input(2, scalar);
  return {};
}

Status reshape_to_input(NodeDraft& node) { return ints_to_input(node, "shape", 1); }

Status resize_asymmetric(NodeDraft& node) {
  // Upsample, and Resize of opset 10: (x, scales), coordinates x / scale, rounded towards the
  // pixel that a plain loop reads: down when enlarging, up when reducing.
  TERN_ASSIGN_OR_RETURN(const auto mode, node.take<std::string>("mode"));
  if (node.inputs.size() != 2) return invalid_argument("{} needs 2 inputs", node.op_type);
  const bool reduces = std::ranges::any_of(known_scales(node, 1), [](float s) { return s < 1; });
  NodeDraft::Attributes attributes{
      {"mode", mode == "bilinear" ? std::string("linear") : mode.value_or("nearest")},
      {"coordinate_transformation_mode", std::string("asymmetric")},
      {"nearest_mode", std::string(reduces ? "ceil" : "floor")},
  };
  node.become("Resize", {node.inputs[0], kNoValue, node.inputs[1]}, std::move(attributes));
  return {};
}

Status scan_by_batch(NodeDraft& node) {
  node.domain = "tern";
  node.op_type = "BatchScan";
  return {};
}

Status scatter_elements(NodeDraft& node) {
  node.op_type = "ScatterElements";
  return {};
}

Status slice_to_inputs(NodeDraft& node) {
  TERN_TRY(ints_to_input(node, "starts", 1));
  TERN_TRY(ints_to_input(node, "ends", 2));
  return ints_to_input(node, "axes", 3);
}

Status split_count(NodeDraft& node) {
  if (!node.has_input(1)) node.set("num_outputs", static_cast<std::int64_t>(node.outputs.size()));
  return {};
}

Status split_to_input(NodeDraft& node) { return ints_to_input(node, "split", 1); }

Status squeeze_axes_to_input(NodeDraft& node) { return ints_to_input(node, "axes", 1); }

Status tile_to_repeats(NodeDraft& node) {
  // Opset 1: (x, tiles, axis) repeats along one axis.
  if (!node.has_input(0) || node.inputs.size() != 3) return {};
  const TypeInfo& x = node.type(0);
  const Tensor* tiles = node.graph.constant(node.inputs[1]);
  const Tensor* axis = node.graph.constant(node.inputs[2]);
  const auto is_number = [](const Tensor* t) {
    return t != nullptr && t->dtype() == DType::kI64 && t->elements() == 1;
  };
  if (!x.has_rank || !is_number(tiles) || !is_number(axis)) {
    return unimplemented("Tile of opset 1 needs constant i64 tiles and axis, and a known rank");
  }
  const std::int64_t at = *axis->data<std::int64_t>();
  if (at < 0 || at >= x.rank()) return invalid_argument("axis {} for rank {}", at, x.rank());
  Ints repeats(x.shape.size(), 1);
  repeats[static_cast<std::size_t>(at)] = *tiles->data<std::int64_t>();
  node.become("Tile", {node.inputs[0], node.ints(repeats)});
  return {};
}

Status upsample_scales(NodeDraft& node) {
  TERN_ASSIGN_OR_RETURN(const auto height, node.take<float>("height_scale"));
  TERN_ASSIGN_OR_RETURN(const auto width, node.take<float>("width_scale"));
  if (height && width) node.set("scales", std::vector<float>{1, 1, *height, *width});
  return {};
}

Status upsample_to_input(NodeDraft& node) {
  TERN_ASSIGN_OR_RETURN(const auto scales, node.take<std::vector<float>>("scales"));
  if (!scales) return invalid_argument("Upsample lacks its attribute 'scales'");
  node.set_input(1, node.constant(Tensor::vector<float>(std::span<const float>(*scales))));
  return {};
}

}  // namespace tern::onnx
