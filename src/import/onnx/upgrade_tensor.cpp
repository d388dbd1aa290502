// Upgrade rules of operators on the arrangement of elements, and of resampling.
#include <algorithm>

#include "base/errors.h"
#include "import/onnx/upgrade_rules.h"
#include "tensor/element.h"

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

/// The one number of an input that is a constant.
std::optional<std::int64_t> known_number(const NodeDraft& node, std::size_t input) {
  const Tensor* t = node.has_input(input) ? node.graph.constant(node.inputs[input]) : nullptr;
  if (t == nullptr || t->elements() != 1 || load_i64(t->dtype()) == nullptr) return std::nullopt;
  return load_i64(t->dtype())(t->raw(), 0);
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

Status negative_index_is_off(NodeDraft& node) {
  if (!node.has_input(0) || !node.has_input(1)) return {};
  const DType dtype = node.type(0).dtype;
  if (is_integer(dtype) && !is_signed_integer(dtype)) return {};
  // OneHot up to opset 10 shows no index below 0; the depth itself is outside then and now.
  const ValueId indices = node.inputs[0];
  TERN_ASSIGN_OR_RETURN(ValueId zero, node.add("Sub", {indices, indices}));
  TERN_ASSIGN_OR_RETURN(const ValueId negative, node.add("Less", {indices, zero}));
  TERN_ASSIGN_OR_RETURN(ValueId depth, node.add("Reshape", {node.inputs[1], node.ints({})}));
  TERN_ASSIGN_OR_RETURN(depth, node.add("CastLike", {depth, indices}));
  TERN_ASSIGN_OR_RETURN(const ValueId shown, node.add("Where", {negative, depth, indices}));
  node.set_input(0, shown);
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

Status resize_tf_half_pixel(NodeDraft& node) {
  TERN_ASSIGN_OR_RETURN(const auto coordinates,
                        node.take<std::string>("coordinate_transformation_mode"));
  if (!coordinates) return {};
  node.set("coordinate_transformation_mode", *coordinates);
  if (*coordinates != "tf_half_pixel_for_nn") return {};
  // Positions half a pixel further than half_pixel's: rounding down is rounding there with ties up,
  // rounding with ties down is rounding up.
  TERN_ASSIGN_OR_RETURN(const auto rounding, node.take<std::string>("nearest_mode"));
  const std::string stated = rounding.value_or("round_prefer_floor");
  if (stated != "floor" && stated != "round_prefer_floor") {
    return unimplemented("Resize with tf_half_pixel_for_nn and nearest_mode {}", stated);
  }
  node.set("coordinate_transformation_mode", std::string("half_pixel"));
  node.set("nearest_mode", std::string(stated == "floor" ? "round_prefer_ceil" : "ceil"));
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
  // Both numbers have the type of x, whatever that is.
  const std::optional<std::int64_t> tiles = known_number(node, 1);
  const std::optional<std::int64_t> axis = known_number(node, 2);
  if (!x.has_rank || !tiles || !axis) {
    return unimplemented("Tile of opset 1 needs constant tiles and axis, and a known rank");
  }
  if (*axis < 0 || *axis >= x.rank()) {
    return invalid_argument("axis {} for rank {}", *axis, x.rank());
  }
  Ints repeats(x.shape.size(), 1);
  repeats[static_cast<std::size_t>(*axis)] = *tiles;
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
