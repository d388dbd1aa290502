#include <algorithm>
#include <array>

#include "base/errors.h"
#include "base/glob.h"
#include "tern/functions.h"
#include "tern/trainable.h"

namespace tern {
namespace {

// Inputs that hold parameters, one bit each, of operators by their ONNX names.
struct ParameterInputs {
  std::string_view op;
  std::uint32_t inputs;
};
constexpr std::array kParameterInputs{
    ParameterInputs{"BatchNormalization", 0b110},
    ParameterInputs{"Conv", 0b110},
    ParameterInputs{"ConvTranspose", 0b110},
    ParameterInputs{"GRU", 0b1110},
    ParameterInputs{"Gather", 0b1},
    ParameterInputs{"Gemm", 0b111},
    ParameterInputs{"GroupNormalization", 0b110},
    ParameterInputs{"InstanceNormalization", 0b110},
    ParameterInputs{"LSTM", 0b1110},
    ParameterInputs{"LayerNormalization", 0b110},
    ParameterInputs{"MatMul", 0b11},
    ParameterInputs{"PRelu", 0b10},
    ParameterInputs{"RMSNormalization", 0b10},
    ParameterInputs{"RNN", 0b1110},
};
constexpr std::array<std::string_view, 4> kArithmetic{"Add", "Div", "Mul", "Sub"};
constexpr std::array<std::string_view, 8> kRearranging{
    "Cast", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze", "Expand"};

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

class ParameterFinder {
 public:
  explicit ParameterFinder(const Graph& graph)
      : graph_(graph), learnt_(graph.value_count()), found_(graph.value_count()) {}

  // Constants in parameters' places, in the order of their first use.
  std::vector<ValueId> run() {
    for (const NodeId id : graph_.nodes()) visit(graph_.node(id));
    return std::move(parameters_);
  }

 private:
  void visit(const Node& node) {
    bool learnt = std::ranges::any_of(node.inputs, [&](ValueId id) { return is_learnt(id); });
    const auto row = std::ranges::find(kParameterInputs, node.op.name(), &ParameterInputs::op);
    const std::uint32_t places = row == kParameterInputs.end() ? 0 : row->inputs;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (i < 32 && (places >> i & 1u) != 0) learnt = add(node.inputs[i]) || learnt;
    }
    if (contains(kArithmetic, node.op.name()) && node.inputs.size() == 2) {
      if (is_learnt(node.inputs[0])) add_operand(node.inputs[1], node.inputs[0]);
      if (is_learnt(node.inputs[1])) add_operand(node.inputs[0], node.inputs[1]);
    }
    if (!learnt) return;
    for (const ValueId output : node.outputs) {
      if (output != kNoValue) learnt_[static_cast<std::size_t>(output)] = true;
    }
  }

  bool is_learnt(ValueId id) const {
    return id != kNoValue && learnt_[static_cast<std::size_t>(id)];
  }

  // The constant that a value is, perhaps in another arrangement; kNoValue for anything else.
  ValueId constant_behind(ValueId id) const {
    while (id != kNoValue && graph_.value(id).kind == ValueKind::kResult) {
      const Node& producer = graph_.node(graph_.value(id).producer);
      if (!contains(kRearranging, producer.op.name()) || producer.inputs.empty()) return kNoValue;
      id = producer.inputs[0];
    }
    const Tensor* tensor = graph_.constant(id);
    return tensor != nullptr && is_floating(tensor->dtype()) ? id : kNoValue;
  }

  bool add(ValueId input) {
    if (input == kNoValue) return false;
    const ValueId id = constant_behind(input);
    if (id == kNoValue) return false;
    if (!found_[static_cast<std::size_t>(id)]) parameters_.push_back(id);
    found_[static_cast<std::size_t>(id)] = true;
    return true;
  }

  // A single number is part of a formula, unless it is the bias of a layer with one output.
  void add_operand(ValueId operand, ValueId other) {
    const ValueId id = constant_behind(operand);
    if (id == kNoValue) return;
    const NodeId producer = graph_.value(other).producer;
    const bool is_bias = producer != kNoNode && (graph_.node(producer).op.is<ops::MatMul>() ||
                                                 graph_.node(producer).op.is<ops::Conv>());
    if (graph_.constant(id)->elements() > 1 || is_bias) add(operand);
  }

  const Graph& graph_;
  std::vector<bool> learnt_;  // by ValueId: depends on a parameter
  std::vector<bool> found_;   // by ValueId
  std::vector<ValueId> parameters_;
};

// The statistics of normalisations that have become trainable.
void free_statistics(Graph& graph) {
  for (const NodeId id : graph.nodes()) {
    const Node& node = graph.node(id);
    if (!node.op.is<ops::BatchNormalization>() || node.inputs.size() < 5) continue;
    const auto is_trainable = [&](std::size_t i) {
      return graph.value(node.inputs[i]).kind == ValueKind::kVariable;
    };
    if (!is_trainable(1) && !is_trainable(2)) continue;
    const ValueId mean = node.inputs[3], variance = node.inputs[4];
    if (graph.constant(mean) == nullptr || graph.constant(variance) == nullptr) continue;
    graph.make_variable(mean);
    if (variance != mean) graph.make_variable(variance);
  }
}

}  // namespace

Result<std::vector<std::string>> make_trainable(Graph& graph, std::string_view pattern) {
  const std::vector<ValueId> parameters = ParameterFinder(graph).run();
  std::vector<std::string> names;
  for (const ValueId id : parameters) {
    if (!is_selected(pattern, graph.value(id).name)) continue;
    graph.make_variable(id);
    names.push_back(graph.value(id).name);
  }
  if (!names.empty()) {
    free_statistics(graph);
    return names;
  }
  std::string known;
  for (const ValueId id : parameters) {
    if (known.size() > 300) {
      known += ", ...";
      break;
    }
    known += (known.empty() ? "" : ", ") + graph.value(id).name;
  }
  return not_found("no parameter matches '{}'; there are: {}", pattern,
                   known.empty() ? "none" : known);
}

}  // namespace tern
