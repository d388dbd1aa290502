#include "passes/quantized_value.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "ops/axes.h"
#include "tern/ops/quant.h"

namespace tern::passes {
namespace {

bool is_byte(DType dtype) { return dtype == DType::kU8 || dtype == DType::kI8; }

// The scale at input 1 and the zero point at input 2 of a node whose bytes have type `dtype`.
std::optional<ByteParameters> parameters_of(const Graph& graph, const Node& node, DType dtype) {
  const Tensor* scale = graph.constant(node.inputs[1]);
  if (!is_byte(dtype) || scale == nullptr || scale->dtype() != DType::kF32) return std::nullopt;
  if (scale->elements() != 1) return std::nullopt;
  ByteParameters parameters{.scale = *scale->data<float>(), .dtype = dtype};
  if (!std::isfinite(parameters.scale) || parameters.scale <= 0) return std::nullopt;
  if (const ValueId zero = input_of(node, 2); zero != kNoValue) {
    const std::optional<std::vector<std::int64_t>> values = constant_ints(graph, zero);
    if (!values || values->size() != 1) return std::nullopt;
    parameters.zero = values->front();
  }
  return parameters;
}

// The DequantizeLinear to f32 that makes `id`, with scales of whole axes.
const Node* dequantize_node(const Graph& graph, ValueId id) {
  const Node* node = producer_of(graph, id);
  if (node == nullptr) return nullptr;
  const auto* op = node->op.as<ops::DequantizeLinear>();
  if (op == nullptr || op->block_size != 0) return nullptr;
  return graph.value(id).type.dtype == DType::kF32 ? node : nullptr;
}

}  // namespace

std::int64_t ByteParameters::quantized(double value) const {
  // In f32, as QuantizeLinear divides.
  const double steps = std::nearbyint(static_cast<float>(value) / scale);
  const auto low = static_cast<double>(lowest());
  const auto high = static_cast<double>(highest());
  return static_cast<std::int64_t>(std::clamp(steps + static_cast<double>(zero), low, high));
}

std::optional<Dequantized> dequantized(const Graph& graph, ValueId id) {
  const Node* node = dequantize_node(graph, id);
  if (node == nullptr) return std::nullopt;
  const std::optional<ByteParameters> parameters =
      parameters_of(graph, *node, graph.value(node->inputs[0]).type.dtype);
  if (!parameters) return std::nullopt;
  return Dequantized{node->inputs[0], *parameters};
}

std::optional<ByteParameters> quantizing(const Graph& graph, const Node& node) {
  const auto* op = node.op.as<ops::QuantizeLinear>();
  const bool plain = op != nullptr && op->block_size == 0 &&
                     (op->precision == DType::kUndefined || op->precision == DType::kF32);
  if (!plain || graph.value(node.inputs[0]).type.dtype != DType::kF32) return std::nullopt;
  return parameters_of(graph, node, graph.value(node.outputs[0]).type.dtype);
}

std::optional<DequantizedWeight> dequantized_weight(const Graph& graph, ValueId id) {
  const Node* node = dequantize_node(graph, id);
  if (node == nullptr) return std::nullopt;
  const Tensor* bytes = graph.constant(node->inputs[0]);
  const Tensor* scale = graph.constant(node->inputs[1]);
  const ValueId zero = input_of(*node, 2);
  if (bytes == nullptr || !is_byte(bytes->dtype()) || scale == nullptr) return std::nullopt;
  if (scale->dtype() != DType::kF32 || scale->rank() > 1) return std::nullopt;
  if (zero != kNoValue && graph.constant(zero) == nullptr) return std::nullopt;
  const bool positive =
      std::ranges::all_of(scale->span<float>(), [](float s) { return std::isfinite(s) && s > 0; });
  const Result<int> axis =
      normalize_axis(node->op.as<ops::DequantizeLinear>()->axis, bytes->rank());
  if (!positive || (scale->elements() != 1 && !axis.ok())) return std::nullopt;
  return DequantizedWeight{node->inputs[0], node->inputs[1], zero, axis.ok() ? *axis : 0};
}

Result<ByteConstants> byte_constants(Graph& graph, const ByteParameters& parameters) {
  ByteConstants constants;
  TERN_ASSIGN_OR_RETURN(constants.scale,
                        scalar_constant(graph, DType::kF32, double{parameters.scale}));
  TERN_ASSIGN_OR_RETURN(constants.zero, scalar_constant(graph, parameters.dtype,
                                                        static_cast<double>(parameters.zero)));
  return constants;
}

}  // namespace tern::passes
