// Weights in fewer bits, activations in f32: four bits in blocks, and sixteen.
#include "base/errors.h"
#include "passes/rewrite.h"
#include "quantize/scheme.h"
#include "quantize/weights.h"
#include "tern/functions.h"
#include "tern/ops/microsoft.h"

namespace tern::quant {
namespace {

class NibbleScheme : public Scheme {
 public:
  explicit NibbleScheme(const QuantizeOptions& options) : block_size_(options.block_size) {}

  Result<Value> quantised(GraphBuilder& b, const Layer& layer) override {
    const Graph& graph = b.graph();
    const Tensor& w = *graph.constant(layer.weight);
    const bool transposed = layer.channel_axis == 0;
    const std::string name = graph.value(layer.weight).name;
    TERN_ASSIGN_OR_RETURN(NibbleWeight weight, to_nibbles(w, transposed, block_size_));
    const ops::MatMulNBits op{.K = w.dim(transposed ? 1 : 0),
                              .N = w.dim(transposed ? 0 : 1),
                              .bits = 4,
                              .block_size = block_size_};
    std::vector<Value> inputs{Value(&b, layer.input),
                              b.constant(std::move(weight.values), name + ".i4"),
                              b.constant(std::move(weight.scales), name + ".scale")};
    if (layer.bias != kNoValue) {
      inputs.resize(5);  // no zero points, no order of blocks
      inputs.emplace_back(&b, layer.bias);
    }
    return b.op(op, inputs);
  }

 private:
  std::int64_t block_size_;
};

class HalfScheme : public Scheme {
 public:
  explicit HalfScheme(const QuantizeOptions& options)
      : type_(options.scheme == QuantizeScheme::kF16 ? DType::kF16 : DType::kBF16) {}

  Result<Value> quantised(GraphBuilder& b, const Layer& layer) override {
    TERN_ASSIGN_OR_RETURN(const Value weight, stored(b, layer.weight));
    const Node node = b.graph().node(layer.node);
    std::vector<Value> inputs;
    for (const ValueId input : node.inputs) {
      inputs.push_back(input == kNoValue ? Value() : Value(&b, input));
    }
    inputs[1] = weight;
    return b.op(node.op, inputs);
  }

  // Layers keep their operators: it is their weights that change, and other large constants, such
  // as tables of embeddings, with them.
  Status apply(Graph& graph, std::span<const Layer> layers) override {
    std::vector<bool> wanted(graph.value_count(), false);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      wanted[i] = is_large(graph, static_cast<ValueId>(i));
    for (const Layer& layer : find_layers(graph, "")) wanted[index(layer.weight)] = false;
    for (const Layer& layer : layers) wanted[index(layer.weight)] = true;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (!wanted[i]) continue;
      const auto constant = static_cast<ValueId>(i);
      const std::vector<NodeId> users = graph.value(constant).users;
      GraphBuilder b(graph);
      TERN_ASSIGN_OR_RETURN(const Value value, stored(b, constant));
      redirect_uses(graph, users, constant, value.id());
    }
    return graph.sort();
  }

 private:
  static std::size_t index(ValueId id) { return static_cast<std::size_t>(id); }

  static bool is_large(const Graph& graph, ValueId id) {
    constexpr std::size_t kLargeBytes = 1024;
    const Tensor* tensor = graph.constant(id);
    return tensor != nullptr && tensor->dtype() == DType::kF32 && tensor->bytes() >= kLargeBytes;
  }

  // The constant as it comes back from its storage; itself where the type has no such numbers.
  Result<Value> stored(GraphBuilder& b, ValueId constant) const {
    const std::string name = b.graph().value(constant).name;
    TERN_ASSIGN_OR_RETURN(Tensor half, to_half(*b.graph().constant(constant), type_));
    if (!half.defined()) return Value(&b, constant);
    return cast(b.constant(std::move(half), fmt::format("{}.{}", name, to_string(type_))),
                DType::kF32);
  }

  DType type_;
};

}  // namespace

std::unique_ptr<Scheme> make_nibble_scheme(const QuantizeOptions& options) {
  return std::make_unique<NibbleScheme>(options);
}

std::unique_ptr<Scheme> make_half_scheme(const QuantizeOptions& options) {
  return std::make_unique<HalfScheme>(options);
}

}  // namespace tern::quant
