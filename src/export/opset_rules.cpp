#include "export/opset_rules.h"

#include <algorithm>
#include <array>

#include "export/attributes.h"
#include "graph/op_def.h"

namespace tern::onnx {
namespace {

/// Since `opset` the operator has this attribute (absent while it has its default), or this input.
/// `value` narrows it to one value of a string attribute.
struct Addition {
  std::string_view op_type;
  std::int64_t opset;
  std::string_view attribute;
  std::string_view value;
  int input = -1;
};

constexpr std::array kAdditions{
    Addition{"Attention", 24, "", "", 6},
    Addition{"AveragePool", 19, "dilations", ""},
    Addition{"Cast", 19, "saturate", ""},
    Addition{"Cast", 24, "round_mode", ""},
    Addition{"CastLike", 19, "saturate", ""},
    Addition{"CastLike", 24, "round_mode", ""},
    Addition{"DequantizeLinear", 21, "block_size", ""},
    Addition{"DequantizeLinear", 23, "output_dtype", ""},
    Addition{"LpPool", 18, "ceil_mode", ""},
    Addition{"LpPool", 18, "dilations", ""},
    Addition{"Pad", 18, "", "", 3},
    Addition{"Pad", 19, "mode", "wrap"},
    Addition{"QuantizeLinear", 19, "saturate", ""},
    Addition{"QuantizeLinear", 21, "block_size", ""},
    Addition{"QuantizeLinear", 21, "output_dtype", ""},
    Addition{"QuantizeLinear", 23, "precision", ""},
    Addition{"Resize", 18, "antialias", ""},
    Addition{"Resize", 18, "axes", ""},
    Addition{"Resize", 18, "keep_aspect_ratio_policy", ""},
    Addition{"Resize", 19, "coordinate_transformation_mode", "half_pixel_symmetric"},
    Addition{"ScatterElements", 18, "reduction", "max"},
    Addition{"ScatterElements", 18, "reduction", "min"},
    Addition{"ScatterND", 18, "reduction", "max"},
    Addition{"ScatterND", 18, "reduction", "min"},
};

/// The opset whose meaning an operator keeps until one of its additions is used.
struct Base {
  std::string_view op_type;
  std::int64_t opset;
};
constexpr std::array kBases{
    Base{"Attention", 23},
    Base{"AveragePool", 11},
    Base{"Cast", 13},
    Base{"CastLike", 15},
    Base{"DequantizeLinear", 13},
    Base{"LpPool", 11},
    Base{"Pad", 13},
    Base{"QuantizeLinear", 13},
    Base{"Resize", 13},
    Base{"ScatterElements", 16},
    Base{"ScatterND", 16},
};

/// Operators that took bf16 with opset 22, later than the element-wise ones.
constexpr std::array<std::string_view, 28> kLateBf16{
    "AveragePool",   "Bernoulli",         "Conv",        "ConvTranspose", "DeformConv",
    "Det",           "Dropout",           "EyeLike",     "GRU",           "GlobalAveragePool",
    "GlobalMaxPool", "GridSample",        "HardSigmoid", "HardSwish",     "InstanceNormalization",
    "LSTM",          "LpNormalization",   "MaxPool",     "MaxRoiPool",    "MaxUnpool",
    "Mish",          "Multinomial",       "RNN",         "RandomNormal",  "RandomNormalLike",
    "RandomUniform", "RandomUniformLike", "RoiAlign"};

bool is_listed(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// Reductions that take their axes as an input since opset 18; before it was an attribute.
bool is_late_reduction(std::string_view op_type) {
  static constexpr std::array<std::string_view, 9> kNames{
      "ReduceL1",   "ReduceL2",  "ReduceLogSum", "ReduceLogSumExp", "ReduceMax",
      "ReduceMean", "ReduceMin", "ReduceProd",   "ReduceSumSquare"};
  return is_listed(kNames, op_type);
}

bool uses(const Node& node, const Addition& addition) {
  if (addition.input >= 0) {
    const auto i = static_cast<std::size_t>(addition.input);
    return i < node.inputs.size() && node.inputs[i] != kNoValue;
  }
  if (addition.value.empty()) return !is_default(node.op, addition.attribute);
  const AttributeValue value = attribute_of(node.op, addition.attribute);
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr && *text == addition.value;
}

/// Constant axes of a reduction; nullopt when they are none. Absent axes are an empty list.
std::optional<std::vector<std::int64_t>> constant_axes(const Graph& graph, const Node& node) {
  if (node.inputs.size() < 2 || node.inputs[1] == kNoValue) return std::vector<std::int64_t>();
  const Tensor* axes = graph.constant(node.inputs[1]);
  if (axes == nullptr || axes->dtype() != DType::kI64) return std::nullopt;
  const auto values = axes->span<std::int64_t>();
  return std::vector<std::int64_t>(values.begin(), values.end());
}

std::int64_t reduction_opset(const Graph& graph, const Node& node) {
  constexpr std::int64_t kAttribute = 13;
  constexpr std::int64_t kInput = 18;
  const auto axes = constant_axes(graph, node);
  const bool noop = axes && axes->empty() && !is_default(node.op, "noop_with_empty_axes");
  return axes && !noop ? kAttribute : kInput;
}

/// Before opset 18 a Split without sizes made equal parts only.
std::int64_t split_opset(const Graph& graph, const Node& node) {
  constexpr std::int64_t kEqual = 13;
  constexpr std::int64_t kCount = 18;
  if (node.inputs.size() > 1 && node.inputs[1] != kNoValue) return kEqual;
  const TypeInfo& type = graph.value(node.inputs[0]).type;
  const AttributeValue stated = attribute_of(node.op, "axis");
  const auto* number = std::get_if<std::int64_t>(&stated);
  if (!type.has_rank || number == nullptr) return kCount;
  std::int64_t axis = *number;
  if (axis < 0) axis += type.rank();
  if (axis < 0 || axis >= type.rank()) return kCount;
  const Dim& size = type.shape[static_cast<std::size_t>(axis)];
  const auto parts = static_cast<std::int64_t>(node.outputs.size());
  return size.known() && parts > 0 && size.value() % parts == 0 ? kEqual : kCount;
}

bool is_quantizer(std::string_view op_type) {
  return op_type == "QuantizeLinear" || op_type == "DequantizeLinear";
}

/// The opset in which ONNX got an element type.
std::int64_t dtype_opset(std::string_view op_type, DType dtype) {
  switch (dtype) {
    case DType::kBF16:
      if (op_type == "TopK") return 24;
      if (is_quantizer(op_type)) return 19;
      return is_listed(kLateBf16, op_type) ? 22 : 13;
    case DType::kF16: return is_quantizer(op_type) ? 19 : 1;
    case DType::kI16:
    case DType::kU16: return is_quantizer(op_type) ? 21 : 1;
    case DType::kF8E4M3FN:
    case DType::kF8E4M3FNUZ:
    case DType::kF8E5M2:
    case DType::kF8E5M2FNUZ: return 19;
    case DType::kI4:
    case DType::kU4: return 21;
    case DType::kF4E2M1: return 23;
    case DType::kF8E8M0: return 24;
    case DType::kI2:
    case DType::kU2: return 25;
    default: return 1;
  }
}

std::int64_t meaning_opset(const Graph& graph, const Node& node) {
  const OpDef& def = node.op.def();
  if (is_late_reduction(def.name)) return reduction_opset(graph, node);
  if (def.name == "Split") return split_opset(graph, node);
  const auto base = std::ranges::find(kBases, def.name, &Base::op_type);
  if (base == kBases.end()) return def.since;
  std::int64_t opset = base->opset;
  for (const Addition& addition : kAdditions) {
    if (addition.op_type == def.name && uses(node, addition)) {
      opset = std::max(opset, addition.opset);
    }
  }
  return opset;
}

void axes_to_attribute(const Graph& graph, const Node& node, onnx_pb::NodeProto& proto) {
  const auto axes = constant_axes(graph, node);
  while (proto.input_size() > 1) proto.mutable_input()->RemoveLast();
  if (!axes || axes->empty()) return;
  onnx_pb::AttributeProto& attribute = *proto.add_attribute();
  attribute.set_name("axes");
  attribute.set_type(onnx_pb::AttributeProto::INTS);
  attribute.mutable_ints()->Add(axes->begin(), axes->end());
}

void remove_attribute(onnx_pb::NodeProto& proto, std::string_view name) {
  auto& attributes = *proto.mutable_attribute();
  for (int i = attributes.size() - 1; i >= 0; --i) {
    if (attributes[i].name() == name) attributes.DeleteSubrange(i, 1);
  }
}

}  // namespace

std::int64_t required_opset(const Graph& graph, const Node& node) {
  const OpDef& def = node.op.def();
  if (def.domain != "ai.onnx") return def.since;
  std::int64_t opset = meaning_opset(graph, node);
  const auto consider = [&](std::span<const ValueId> values) {
    for (const ValueId value : values) {
      if (value == kNoValue) continue;
      opset = std::max(opset, dtype_opset(def.name, graph.value(value).type.dtype));
    }
  };
  consider(node.inputs);
  consider(node.outputs);
  return opset;
}

void downgrade(const Graph& graph, const Node& node, std::int64_t opset,
               onnx_pb::NodeProto& proto) {
  constexpr std::int64_t kAxesAreInputs = 18;
  const OpDef& def = node.op.def();
  if (def.domain != "ai.onnx" || opset >= kAxesAreInputs) return;
  if (is_late_reduction(def.name)) axes_to_attribute(graph, node, proto);
  if (def.name == "Split") remove_attribute(proto, "num_outputs");
}

}  // namespace tern::onnx
