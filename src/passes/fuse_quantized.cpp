#include "passes/fuse_quantized.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/errors.h"
#include "ops/axes.h"
#include "passes/quantized_value.h"
#include "tern/ops/fused_quant.h"
#include "tern/ops/math.h"
#include "tern/ops/nn.h"
#include "tern/ops/quant.h"
#include "tern/ops/tensor.h"

namespace tern::passes {
namespace {

// Numbers that a result is limited to.
struct Limits {
  std::int64_t lo = 0;
  std::int64_t hi = 0;
  bool narrower_than(const ByteParameters& y) const { return lo > y.lowest() || hi < y.highest(); }
};

// A QuantizeLinear with the activation in front of it.
struct Quantizing {
  ValueId y = kNoValue;    // the bytes
  ValueId x = kNoValue;    // f32, in front of the activation
  NodeId first = kNoNode;  // the node that takes x
  ByteParameters parameters;
  Limits limits;
};

std::optional<double> limit_of(const Graph& graph, const Node& clip, std::size_t i, double none) {
  const ValueId id = input_of(clip, i);
  return id == kNoValue ? none : constant_scalar(graph, id);
}

// The limits that an activation sets, in steps of y; nullopt where it is none of those.
std::optional<Limits> limits_of(const Graph& graph, const Node& node, const ByteParameters& y) {
  if (node.op.is<ops::Relu>()) return Limits{y.quantized(0), y.highest()};
  if (!node.op.is<ops::Clip>()) return std::nullopt;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::optional<double> lo = limit_of(graph, node, 1, -kInfinity);
  const std::optional<double> hi = limit_of(graph, node, 2, kInfinity);
  if (!lo || !hi || std::isnan(*lo) || std::isnan(*hi) || *lo > *hi) return std::nullopt;
  return Limits{y.quantized(*lo), y.quantized(*hi)};
}

std::optional<Quantizing> quantizing_of(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  const std::optional<ByteParameters> y = quantizing(graph, node);
  if (!y) return std::nullopt;
  Quantizing q{node.outputs[0], node.inputs[0], id, *y, {y->lowest(), y->highest()}};
  const Node* activation = producer_of(graph, q.x);
  if (activation == nullptr || only_user(graph, q.x) != id) return q;
  if (const std::optional<Limits> limits = limits_of(graph, *activation, *y)) {
    q.first = graph.value(q.x).producer;
    q.x = activation->inputs[0];
    q.limits = *limits;
  }
  return q;
}

// `op` on `inputs` takes the place of everything up to q.y.
Status finish_bytes(Graph& graph, const Quantizing& q, Op op, std::span<const ValueId> inputs) {
  if (!q.limits.narrower_than(q.parameters)) {
    return replace_expression(graph, q.y, std::move(op), inputs);
  }
  const Node& last = graph.node(graph.value(q.y).producer);
  TERN_ASSIGN_OR_RETURN(const NodeId node,
                        graph.add_node(std::move(op), inputs, 1, last.name, {}, last.parent));
  const ValueId result = graph.node(node).outputs[0];
  TERN_ASSIGN_OR_RETURN(const ValueId lo, scalar_constant(graph, q.parameters.dtype,
                                                          static_cast<double>(q.limits.lo)));
  TERN_ASSIGN_OR_RETURN(const ValueId hi, scalar_constant(graph, q.parameters.dtype,
                                                          static_cast<double>(q.limits.hi)));
  const ValueId limited[] = {result, lo, hi};
  return replace_expression(graph, q.y, ops::Clip{}, limited);
}

// ----------------------------------------------------------------------------------- convolution

// The bias of a convolution in steps of x_scale * w_scale, rounded to whole steps. Empty where it
// is no constant, or so large that it might not fit 32 bits with `depth` products.
std::vector<std::int32_t> whole_bias(const Graph& graph, ValueId id, float x_scale,
                                     std::span<const float> w_scales, std::int64_t channels,
                                     std::int64_t depth) {
  std::vector<double> values;
  const Tensor* plain = graph.constant(id);
  if (plain != nullptr && plain->dtype() == DType::kF32) {
    const auto floats = plain->span<float>();
    values.assign(floats.begin(), floats.end());
  } else if (const Node* node = producer_of(graph, id);
             node != nullptr && node->op.is<ops::DequantizeLinear>()) {
    const std::optional<std::vector<std::int64_t>> steps = constant_ints(graph, node->inputs[0]);
    const Tensor* scale = graph.constant(node->inputs[1]);
    const ValueId zero = input_of(*node, 2);
    if (!steps || scale == nullptr || scale->dtype() != DType::kF32) return {};
    if (zero != kNoValue) {
      const std::optional<std::vector<std::int64_t>> zeros = constant_ints(graph, zero);
      if (!zeros || std::ranges::any_of(*zeros, [](std::int64_t z) { return z != 0; })) return {};
    }
    const auto scales = scale->span<float>();
    if (scales.size() != 1 && scales.size() != steps->size()) return {};
    for (std::size_t i = 0; i < steps->size(); ++i) {
      values.push_back(static_cast<double>((*steps)[i]) *
                       double{scales[scales.size() == 1 ? 0 : i]});
    }
  }
  if (static_cast<std::int64_t>(values.size()) != channels) return {};
  constexpr std::int64_t kMostProduct = 255 * 255;
  const auto room = static_cast<double>(0x7fffffff - depth * kMostProduct);
  std::vector<std::int32_t> bias;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float step = x_scale * w_scales[w_scales.size() == 1 ? 0 : i];
    const double steps = std::nearbyint(values[i] / double{step});
    if (!(std::abs(steps) <= room)) return {};
    bias.push_back(static_cast<std::int32_t>(steps));
  }
  return bias;
}

ops::QLinearConv with_window(const ops::Conv& conv) {
  return {.auto_pad = conv.auto_pad,
          .dilations = conv.dilations,
          .group = conv.group,
          .kernel_shape = conv.kernel_shape,
          .pads = conv.pads,
          .strides = conv.strides};
}

Result<bool> fuse_conv(Graph& graph, const Quantizing& q, const Node& conv) {
  const std::optional<Dequantized> x = dequantized(graph, conv.inputs[0]);
  const std::optional<DequantizedWeight> w = dequantized_weight(graph, conv.inputs[1]);
  if (!x || !w) return false;
  const TypeInfo& image = graph.value(x->bytes).type;
  if (!image.has_rank || image.rank() != 4) return false;
  const Tensor& filter = *graph.constant(w->bytes);
  const auto w_scales = graph.constant(w->scale)->span<float>();
  if (w_scales.size() != 1 && w->axis != 0) return false;
  if (filter.rank() != 4) return false;
  const std::int64_t depth = filter.shape().elements(1, filter.rank());
  constexpr std::int64_t kMostDepth = 0x7fffffff / (255 * 255);
  if (depth > kMostDepth) return false;
  std::vector<std::int32_t> bias;
  if (const ValueId id = input_of(conv, 2); id != kNoValue) {
    bias = whole_bias(graph, id, x->parameters.scale, w_scales, filter.dim(0), depth);
    if (bias.empty()) return false;
  }
  const ops::QLinearConv op = with_window(*conv.op.as<ops::Conv>());
  TERN_ASSIGN_OR_RETURN(const ByteConstants in, byte_constants(graph, x->parameters));
  TERN_ASSIGN_OR_RETURN(const ByteConstants out, byte_constants(graph, q.parameters));
  ValueId w_zero = w->zero;
  if (w_zero == kNoValue) {
    TERN_ASSIGN_OR_RETURN(w_zero, scalar_constant(graph, filter.dtype(), 0));
  }
  std::vector<ValueId> inputs{x->bytes, in.scale, in.zero,   w->bytes,
                              w->scale, w_zero,   out.scale, out.zero};
  if (!bias.empty()) {
    inputs.push_back(graph.add_constant(
        Tensor::vector<std::int32_t>(std::span<const std::int32_t>(bias)), "bias"));
  }
  TERN_TRY(finish_bytes(graph, q, op, inputs));
  return true;
}

// ------------------------------------------------------------------------------- products and sums

Result<bool> fuse_matmul(Graph& graph, const Quantizing& q, const Node& product) {
  const std::optional<Dequantized> a = dequantized(graph, product.inputs[0]);
  const std::optional<Dequantized> b = dequantized(graph, product.inputs[1]);
  if (!a || !b) return false;
  TERN_ASSIGN_OR_RETURN(const ByteConstants left, byte_constants(graph, a->parameters));
  TERN_ASSIGN_OR_RETURN(const ByteConstants right, byte_constants(graph, b->parameters));
  TERN_ASSIGN_OR_RETURN(const ByteConstants out, byte_constants(graph, q.parameters));
  const ValueId inputs[] = {a->bytes,    left.scale, left.zero, b->bytes,
                            right.scale, right.zero, out.scale, out.zero};
  TERN_TRY(finish_bytes(graph, q, ops::QLinearMatMul{}, inputs));
  return true;
}

template <class Op>
Result<bool> fuse_arithmetic(Graph& graph, const Quantizing& q, const Node& sum) {
  const std::optional<Dequantized> a = dequantized(graph, sum.inputs[0]);
  const std::optional<Dequantized> b = dequantized(graph, sum.inputs[1]);
  if (!a || !b) return false;
  if (!same_shape(graph.value(a->bytes).type, graph.value(b->bytes).type)) return false;
  TERN_ASSIGN_OR_RETURN(const ByteConstants left, byte_constants(graph, a->parameters));
  TERN_ASSIGN_OR_RETURN(const ByteConstants right, byte_constants(graph, b->parameters));
  TERN_ASSIGN_OR_RETURN(const ByteConstants out, byte_constants(graph, q.parameters));
  const ValueId inputs[] = {a->bytes,    left.scale, left.zero, b->bytes,
                            right.scale, right.zero, out.scale, out.zero};
  TERN_TRY(replace_expression(graph, q.y, Op{.hi = q.limits.hi, .lo = q.limits.lo}, inputs));
  return true;
}

// ---------------------------------------------------------------------------------------- moving

// Operators whose results are elements of input 0.
bool moves_elements(const Op& op) {
  static constexpr std::array<std::string_view, 12> kNames{
      "DepthToSpace", "Expand",       "Flatten", "Gather",    "Identity", "MaxPool",
      "Reshape",      "SpaceToDepth", "Slice",   "Transpose", "Squeeze",  "Unsqueeze"};
  return op.domain() == "ai.onnx" && std::ranges::find(kNames, op.name()) != kNames.end();
}

// The bytes that stand for `x` with these parameters, where x is made of them by moving alone.
Result<ValueId> moved_bytes(Graph& graph, ValueId x, NodeId user, const ByteParameters& parameters,
                            int depth = 0) {
  constexpr int kMostSteps = 16;
  if (const std::optional<Dequantized> source = dequantized(graph, x)) {
    return source->parameters == parameters ? source->bytes : kNoValue;
  }
  const Node* found = producer_of(graph, x);
  if (found == nullptr || depth == kMostSteps || only_user(graph, x) != user) return kNoValue;
  const bool concat = found->op.is<ops::Concat>();
  if (found->outputs.size() != 1 || (!concat && !moves_elements(found->op))) return kNoValue;
  const Node node = *found;  // adding nodes moves the table
  const NodeId id = graph.value(x).producer;
  std::vector<ValueId> inputs = node.inputs;
  for (std::size_t i = 0; i < (concat ? inputs.size() : 1); ++i) {
    TERN_ASSIGN_OR_RETURN(inputs[i], moved_bytes(graph, inputs[i], id, parameters, depth + 1));
    if (inputs[i] == kNoValue) return kNoValue;
  }
  TERN_ASSIGN_OR_RETURN(const NodeId moved,
                        graph.add_node(node.op, inputs, 1, node.name, {}, node.parent));
  return graph.node(moved).outputs[0];
}

Result<bool> move_to_bytes(Graph& graph, const Quantizing& q) {
  TERN_ASSIGN_OR_RETURN(const ValueId bytes, moved_bytes(graph, q.x, q.first, q.parameters));
  if (bytes == kNoValue) return false;
  const std::vector<ValueId> under = graph.node(graph.value(q.y).producer).inputs;
  if (q.limits.narrower_than(q.parameters)) {
    const ValueId inputs[] = {bytes};
    TERN_TRY(finish_bytes(graph, q, ops::Identity{}, inputs));
    return true;
  }
  if (graph.is_root_use(q.y) && graph.value(bytes).kind != ValueKind::kResult) return false;
  bypass(graph, graph.value(q.y).producer, bytes);
  remove_unused(graph, under);
  return true;
}

Result<bool> fuse_quantize(Graph& graph, NodeId id) {
  const std::optional<Quantizing> q = quantizing_of(graph, id);
  if (!q) return false;
  const Node* source = producer_of(graph, q->x);
  if (source != nullptr && only_user(graph, q->x) == q->first) {
    const Node node = *source;  // adding constants moves the table
    if (node.op.is<ops::Conv>()) return fuse_conv(graph, *q, node);
    if (node.op.is<ops::MatMul>()) return fuse_matmul(graph, *q, node);
    if (node.op.is<ops::Add>()) return fuse_arithmetic<ops::QAdd>(graph, *q, node);
    if (node.op.is<ops::Mul>()) return fuse_arithmetic<ops::QMul>(graph, *q, node);
  }
  return move_to_bytes(graph, *q);
}

// ------------------------------------------------------------------------------ integer products

bool is_columns(const TypeInfo& type, const Dim& n) {
  return type.has_rank && type.rank() == 1 && same(type.shape[0], n);
}

bool is_one(const TypeInfo& type) {
  return type.has_rank &&
         std::ranges::all_of(type.shape, [](const Dim& d) { return d.known() && d.value() == 1; });
}

// Product with a constant matrix of bytes, [K, N] or (transposed) [N, K].
Result<bool> fuse_weight(Graph& graph, const Node& node, bool transposed, ValueId bias) {
  const std::optional<Dequantized> a = dequantized(graph, node.inputs[0]);
  const std::optional<DequantizedWeight> w = dequantized_weight(graph, node.inputs[1]);
  if (!a || !w) return false;
  const TypeInfo& rows = graph.value(a->bytes).type;
  if (!rows.has_rank || rows.rank() < 2) return false;
  const Tensor matrix = *graph.constant(w->bytes);
  if (matrix.rank() != 2) return false;
  const int column_axis = transposed ? 0 : 1;
  if (graph.constant(w->scale)->elements() != 1 && w->axis != column_axis) return false;
  const Dim n(matrix.dim(column_axis));
  if (bias != kNoValue && !is_columns(graph.value(bias).type, n)) return false;
  ValueId b = w->bytes;
  if (transposed) {
    const ValueId input[] = {w->bytes};
    TERN_ASSIGN_OR_RETURN(const NodeId turned,
                          graph.add_node(ops::Transpose{.perm = {1, 0}}, input, 1));
    b = graph.node(turned).outputs[0];
  }
  TERN_ASSIGN_OR_RETURN(const ByteConstants in, byte_constants(graph, a->parameters));
  std::vector<ValueId> inputs{a->bytes, in.scale, in.zero, b, w->scale, w->zero};
  if (bias != kNoValue) inputs.push_back(bias);
  if (bias == kNoValue && w->zero == kNoValue) inputs.pop_back();
  TERN_TRY(replace_expression(graph, node.outputs[0], ops::IntegerLinear{}, inputs));
  return true;
}

// Mul(Cast(MatMulInteger(...)), a_scale * b_scale)
Result<bool> fuse_scaled(Graph& graph, NodeId id) {
  const Node node = graph.node(id);
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const Node* cast = producer_of(graph, node.inputs[side]);
    if (cast == nullptr || !cast->op.is<ops::Cast>() || only_user(graph, node.inputs[side]) != id) {
      continue;
    }
    if (graph.value(node.inputs[side]).type.dtype != DType::kF32) continue;
    const ValueId sums = cast->inputs[0];
    const Node* product = producer_of(graph, sums);
    if (product == nullptr || !product->op.is<ops::MatMulInteger>()) continue;
    if (only_user(graph, sums) != graph.value(node.inputs[side]).producer) continue;
    const TypeInfo& a = graph.value(product->inputs[0]).type;
    const TypeInfo& b = graph.value(product->inputs[1]).type;
    if (!a.has_rank || a.rank() < 2 || !b.has_rank || b.rank() != 2) continue;
    const Dim n = b.shape[1];
    const ValueId a_zero = input_of(*product, 2);
    const ValueId b_zero = input_of(*product, 3);
    if (a_zero != kNoValue && !is_one(graph.value(a_zero).type)) continue;
    const auto per_column = [&](ValueId value) {
      const TypeInfo& type = graph.value(value).type;
      return (is_one(type) && type.rank() <= 1) || is_columns(type, n);
    };
    if (b_zero != kNoValue && !per_column(b_zero)) continue;
    // One factor of the scale is a single number.
    ValueId a_scale = kNoValue;
    ValueId b_scale = node.inputs[1 - side];
    if (const Node* scales = producer_of(graph, b_scale);
        scales != nullptr && scales->op.is<ops::Mul>()) {
      const std::size_t single = is_one(graph.value(scales->inputs[0]).type) ? 0 : 1;
      if (is_one(graph.value(scales->inputs[single]).type)) {
        a_scale = scales->inputs[single];
        b_scale = scales->inputs[1 - single];
      }
    }
    if (graph.value(b_scale).type.dtype != DType::kF32 || !per_column(b_scale)) continue;
    std::vector<ValueId> inputs{product->inputs[0], a_scale, a_zero, product->inputs[1], b_scale};
    if (b_zero != kNoValue) inputs.push_back(b_zero);
    if (a_scale == kNoValue) {
      TERN_ASSIGN_OR_RETURN(inputs[1], scalar_constant(graph, DType::kF32, 1.0));
    }
    TERN_TRY(replace_expression(graph, node.outputs[0], ops::IntegerLinear{}, inputs));
    return true;
  }
  return false;
}

// Add(IntegerLinear(...), bias)
Result<bool> add_bias(Graph& graph, NodeId id) {
  const Node node = graph.node(id);
  constexpr std::size_t kBias = 6;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const Node* product = producer_of(graph, node.inputs[side]);
    const ValueId bias = node.inputs[1 - side];
    if (product == nullptr || !product->op.is<ops::IntegerLinear>()) continue;
    const auto& op = *product->op.as<ops::IntegerLinear>();
    if (product->inputs.size() > kBias || op.activation != ops::Activation::kNone) continue;
    const TypeInfo& b = graph.value(product->inputs[3]).type;
    if (only_user(graph, node.inputs[side]) != id || !b.has_rank) continue;
    const TypeInfo& type = graph.value(bias).type;
    if (type.dtype != DType::kF32 || !is_columns(type, b.shape[1])) continue;
    std::vector<ValueId> inputs = product->inputs;
    inputs.resize(kBias, kNoValue);
    inputs.push_back(bias);
    TERN_TRY(replace_expression(graph, node.outputs[0], op, inputs));
    return true;
  }
  return false;
}

Result<bool> fuse_gemm(Graph& graph, const Node& node) {
  const auto& gemm = *node.op.as<ops::Gemm>();
  const ValueId bias = input_of(node, 2);
  if (gemm.transA || gemm.alpha != 1.0F || (bias != kNoValue && gemm.beta != 1.0F)) return false;
  return fuse_weight(graph, node, gemm.transB, bias);
}

// Clip of bytes behind the operator that can limit them itself.
Result<bool> fuse_limits(Graph& graph, NodeId id) {
  const Node node = graph.node(id);
  const Node* source = producer_of(graph, node.inputs[0]);
  if (source == nullptr || only_user(graph, node.inputs[0]) != id) return false;
  const auto* conv = source->op.as<ops::NhwcQLinearConv>();
  if (conv == nullptr) return false;
  const std::optional<double> lo = limit_of(graph, node, 1, static_cast<double>(conv->lo));
  const std::optional<double> hi = limit_of(graph, node, 2, static_cast<double>(conv->hi));
  if (!lo || !hi || *lo > *hi) return false;
  ops::NhwcQLinearConv limited = *conv;
  limited.lo = std::max(limited.lo, static_cast<std::int64_t>(*lo));
  limited.hi = std::min(limited.hi, static_cast<std::int64_t>(*hi));
  const std::vector<ValueId> inputs = source->inputs;
  TERN_TRY(replace_expression(graph, node.outputs[0], limited, inputs));
  return true;
}

Result<bool> rewrite(Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  if (node.op.is<ops::QuantizeLinear>()) return fuse_quantize(graph, id);
  if (node.op.is<ops::Mul>()) return fuse_scaled(graph, id);
  if (node.op.is<ops::Add>()) return add_bias(graph, id);
  if (node.op.is<ops::Clip>()) return fuse_limits(graph, id);
  return false;
}

// Products with constant matrices, unless what follows them makes bytes of them.
Result<bool> rewrite_product(Graph& graph, NodeId id) {
  const Node node = graph.node(id);
  if (node.op.is<ops::MatMul>()) return fuse_weight(graph, node, false, kNoValue);
  if (node.op.is<ops::Gemm>()) return fuse_gemm(graph, node);
  if (node.op.is<ops::Add>()) return add_bias(graph, id);
  return false;
}

}  // namespace

Result<bool> fuse_quantized(Graph& graph, const PassContext&) {
  TERN_ASSIGN_OR_RETURN(const bool fused, for_each_node(graph, rewrite));
  TERN_ASSIGN_OR_RETURN(const bool products, for_each_node(graph, rewrite_product));
  return fused || products;
}

}  // namespace tern::passes
