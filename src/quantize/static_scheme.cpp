// QDQ: every activation that a layer reads or makes goes through QuantizeLinear and
// DequantizeLinear, with the range that samples show; so do activations between layers that are
// cheap on bytes. Weights and biases are constants behind a DequantizeLinear.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/errors.h"
#include "passes/rewrite.h"
#include "quantize/calibration.h"
#include "quantize/scheme.h"
#include "quantize/weights.h"
#include "tern/functions.h"
#include "tern/ops/pool.h"
#include "tern/ops/quant.h"

namespace tern::quant {
namespace {

// Results are elements of the first input, unchanged: they keep its scale.
bool moves_elements(const Op& op) {
  return op.is<ops::MaxPool>() || op.is<ops::Flatten>() || op.is<ops::Reshape>() ||
         op.is<ops::Squeeze>() || op.is<ops::Transpose>() || op.is<ops::Unsqueeze>();
}

// Between layers these are worth running on bytes, once all they read is bytes.
bool joins_bytes(const Op& op) {
  return op.is<ops::Add>() || op.is<ops::AveragePool>() || op.is<ops::Concat>() ||
         op.is<ops::GlobalAveragePool>();
}

std::size_t index(ValueId id) { return static_cast<std::size_t>(id); }

// Which activations become bytes, and which of them share the scale of another.
class Activations {
 public:
  Activations(const Graph& graph, std::span<const Layer> layers)
      : graph_(graph), chosen_(graph.value_count(), false), source_(graph.value_count(), kNoValue) {
    for (const Layer& layer : layers) {
      choose(layer.input);
      choose(end_of_layer(graph, layer.output));
    }
    for (const NodeId id : graph.nodes()) visit(graph.node(id));
  }

  /// All of them, in order.
  std::vector<ValueId> all() const {
    std::vector<ValueId> values;
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
      if (chosen_[i]) values.push_back(static_cast<ValueId>(i));
    }
    return values;
  }
  /// The one whose scale `value` has.
  ValueId scale_of(ValueId value) const {
    while (source_[index(value)] != kNoValue) value = source_[index(value)];
    return value;
  }

 private:
  // What nothing but the caller reads stays as it is.
  void choose(ValueId value) {
    chosen_[index(value)] = chosen_[index(value)] || !graph_.value(value).users.empty();
  }

  void visit(const Node& node) {
    if (node.outputs[0] == kNoValue) return;
    if (graph_.value(node.outputs[0]).type.dtype != DType::kF32) return;
    if (moves_elements(node.op) && chosen_[index(node.inputs[0])]) {
      choose(node.outputs[0]);
      source_[index(node.outputs[0])] = node.inputs[0];
    } else if (joins_bytes(node.op) && std::ranges::all_of(node.inputs, [&](ValueId input) {
                 return input != kNoValue && chosen_[index(input)];
               })) {
      choose(end_of_layer(graph_, node.outputs[0]));
    }
  }

  const Graph& graph_;
  std::vector<bool> chosen_;
  std::vector<ValueId> source_;
};

class StaticScheme : public Scheme {
 public:
  explicit StaticScheme(const QuantizeOptions& options) : options_(options) {}

  Status prepare(const Graph& graph, std::span<const Layer> layers,
                 std::span<const std::vector<Tensor>> samples) override {
    const Activations activations(graph, layers);
    activations_ = activations.all();
    std::vector<ValueId> measured;
    for (const ValueId value : activations_) {
      if (activations.scale_of(value) == value) measured.push_back(value);
    }
    TERN_ASSIGN_OR_RETURN(const std::vector<Range> ranges,
                          calibrate(graph, measured, samples, options_));
    scales_.clear();
    for (std::size_t i = 0; i < measured.size(); ++i) {
      scales_[measured[i]] = byte_scale(ranges[i]);
    }
    for (const ValueId value : activations_) scales_[value] = scales_[activations.scale_of(value)];
    return {};
  }

  Result<Value> quantised(GraphBuilder& b, const Layer& layer) override {
    const Node node = b.graph().node(layer.node);
    TERN_ASSIGN_OR_RETURN(const ByteWeight weight, bytes_of(b.graph(), layer));
    std::vector<Value> inputs{through_bytes(b, layer.input), weight_of(b, layer, weight)};
    if (layer.bias != kNoValue) inputs.emplace_back(&b, layer.bias);
    return b.op(node.op, inputs);
  }

  Status apply(Graph& graph, std::span<const Layer> layers) override {
    GraphBuilder b(graph);
    for (const Layer& layer : layers) {
      const Result<ByteWeight> weight = bytes_of(graph, layer);
      if (!weight.ok()) return weight.status().with_context(name_of(graph, layer.node));
      graph.set_input(layer.node, 1, weight_of(b, layer, *weight).id());
      if (layer.bias == kNoValue) continue;
      graph.set_input(layer.node, 2, bias_of(b, layer, weight->scales).id());
    }
    for (const ValueId value : activations_) {
      const std::vector<NodeId> users = graph.value(value).users;
      const Value bytes = through_bytes(b, value);
      TERN_TRY(b.status());
      redirect_uses(graph, users, value, bytes.id());
    }
    TERN_TRY(b.status());
    return graph.sort();
  }

 private:
  Value through_bytes(GraphBuilder& b, ValueId value) const {
    const std::string name = b.graph().value(value).name;
    const ByteScale& bytes = scales_.at(value);
    const Value scale = b.constant(Tensor::scalar(bytes.scale), name + ".scale");
    const Value zero = b.constant(Tensor::scalar(bytes.zero), name + ".zero");
    const Value q = b.op(ops::QuantizeLinear{}, {Value(&b, value), scale, zero});
    return b.op(ops::DequantizeLinear{}, {q, scale, zero});
  }

  Result<ByteWeight> bytes_of(const Graph& graph, const Layer& layer) const {
    return to_bytes(*graph.constant(layer.weight), layer.channel_axis, options_.per_channel);
  }

  static Value weight_of(GraphBuilder& b, const Layer& layer, const ByteWeight& weight) {
    const std::string name = b.graph().value(layer.weight).name;
    const Value scales = b.constant(weight.scales, name + ".scale");
    return b.op(ops::DequantizeLinear{.axis = layer.channel_axis},
                {b.constant(weight.values, name + ".i8"), scales,
                 b.constant(weight.zeros, name + ".zero")});
  }

  // In steps of input scale times weight scale as i32, which is how integer kernels add it; itself
  // where it does not fit.
  Value bias_of(GraphBuilder& b, const Layer& layer, const Tensor& weight_scales) const {
    const Graph& graph = b.graph();
    const Tensor bias = *graph.constant(layer.bias);
    const auto w_scales = weight_scales.span<float>();
    const float x_scale = scales_.at(layer.input).scale;
    std::vector<std::int32_t> steps;
    std::vector<float> scales;
    for (const float value : bias.span<float>()) {
      const float scale = x_scale * w_scales[w_scales.size() == 1 ? 0 : scales.size()];
      const double step = std::nearbyint(double{value} / double{scale});
      constexpr double kMost = 1 << 30;  // leaves room for the products
      if (!(std::abs(step) <= kMost)) return Value(&b, layer.bias);
      steps.push_back(static_cast<std::int32_t>(step));
      scales.push_back(scale);
    }
    const std::string name = graph.value(layer.bias).name;
    return b.op(ops::DequantizeLinear{.axis = 0},
                {b.constant(Tensor::vector<std::int32_t>(steps), name + ".i32"),
                 b.constant(Tensor::vector<float>(scales), name + ".scale")});
  }

  QuantizeOptions options_;
  std::vector<ValueId> activations_;
  std::map<ValueId, ByteScale> scales_;
};

}  // namespace

std::unique_ptr<Scheme> make_static_scheme(const QuantizeOptions& options) {
  return std::make_unique<StaticScheme>(options);
}

}  // namespace tern::quant
