#include "ops/evaluate.h"

#include "base/errors.h"
#include "graph/body_graph.h"
#include "graph/op_def.h"
#include "ops/expand.h"

namespace tern {
namespace {

// The bodies of a node as graphs of their own, with the values around them that they use.
class EvaluatedBodies final : public BodyRunner {
 public:
  explicit EvaluatedBodies(RandomKey random) : random_(random) {}

  void add(Graph graph, std::vector<Tensor> captured) {
    bodies_.push_back({std::move(graph), std::move(captured)});
  }

  Result<std::vector<Tensor>> run(std::size_t body, std::span<const Tensor> arguments) override {
    std::vector<Tensor> inputs(arguments.begin(), arguments.end());
    const std::vector<Tensor>& captured = bodies_[body].captured;
    inputs.insert(inputs.end(), captured.begin(), captured.end());
    return evaluate(bodies_[body].graph, inputs, random_);
  }
  const TypeInfo& result_type(std::size_t body, std::size_t i) const override {
    const Graph& graph = bodies_[body].graph;
    return graph.value(graph.outputs()[i]).type;
  }

 private:
  struct Body {
    Graph graph;
    std::vector<Tensor> captured;
  };
  std::vector<Body> bodies_;
  RandomKey random_;
};

// The values of a graph while its nodes run; one is dropped after its last use.
class Evaluation {
 public:
  Evaluation(const Graph& graph, RandomKey random)
      : graph_(graph),
        random_(random),
        values_(graph.value_count()),
        uses_left_(graph.value_count()) {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const ValueData& value = graph.value(static_cast<ValueId>(i));
      uses_left_[i] = value.users.size();
      if (value.kind == ValueKind::kConstant || value.kind == ValueKind::kVariable) {
        values_[i] = value.tensor;
      }
    }
    // The main region's results are outputs; what bodies use stays.
    for (std::size_t i = 0; i < graph.region_count(); ++i) {
      for (const ValueId result : graph.region(static_cast<RegionId>(i)).results) {
        ++uses_left_[static_cast<std::size_t>(result)];
      }
    }
  }

  void feed(ValueId id, Tensor value) { values_[static_cast<std::size_t>(id)] = std::move(value); }
  const Tensor& at(ValueId id) const { return values_[static_cast<std::size_t>(id)]; }

  Status run(NodeId id) {
    const Node& node = graph_.node(id);
    std::vector<const Tensor*> inputs;
    for (const ValueId input : node.inputs) {
      inputs.push_back(input == kNoValue ? nullptr : &at(input));
    }
    RandomKey random = random_;
    random.node = random_.node * 0x9e3779b97f4a7c15u + static_cast<std::uint64_t>(id);
    TERN_ASSIGN_OR_RETURN(std::vector<Tensor> outputs,
                          node.regions.empty()
                              ? evaluate_op(node.op, inputs, node.outputs.size(), random)
                              : run_control_flow(node, inputs, random));
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const ValueId output = node.outputs[i];
      if (output != kNoValue && uses_left_[static_cast<std::size_t>(output)] > 0) {
        feed(output, std::move(outputs[i]));
      }
    }
    for (const ValueId input : node.inputs) {
      if (input != kNoValue && --uses_left_[static_cast<std::size_t>(input)] == 0) feed(input, {});
    }
    return {};
  }

 private:
  Result<std::vector<Tensor>> run_control_flow(const Node& node,
                                               std::span<const Tensor* const> inputs,
                                               RandomKey random) const {
    EvaluatedBodies bodies(random);
    for (const RegionId region : node.regions) {
      TERN_ASSIGN_OR_RETURN(BodyGraph body, extract_body(graph_, region));
      std::vector<Tensor> captured;
      for (const ValueId capture : body.captures) captured.push_back(at(capture));
      bodies.add(std::move(body.graph), std::move(captured));
    }
    std::vector<Tensor> outputs(node.outputs.size());
    std::vector<Tensor*> out;
    for (Tensor& output : outputs) out.push_back(&output);
    ReferenceContext context(inputs, out, random, &bodies);
    node.op.def().reference(node.op.attributes(), context);
    TERN_TRY(context.status());
    return outputs;
  }

  const Graph& graph_;
  RandomKey random_;
  std::vector<Tensor> values_;
  std::vector<std::size_t> uses_left_;
};

}  // namespace

Result<std::vector<Tensor>> evaluate_expansion(const Op& op, std::span<const Tensor* const> inputs,
                                               std::size_t outputs, RandomKey random) {
  Graph graph;
  GraphBuilder builder(graph);
  std::vector<Value> values;
  for (const Tensor* input : inputs) {
    values.push_back(input == nullptr ? Value() : builder.constant(*input));
  }
  ExpandContext context(builder, std::move(values), outputs);
  op.def().expand(op.attributes(), context);
  TERN_TRY(builder.status());
  std::vector<ValueId> results;
  for (const Value& value : context.results()) {
    if (!value.present()) return unimplemented("{} does not expand to all outputs", op.name());
    results.push_back(value.id());
  }
  graph.set_outputs(std::move(results));
  return evaluate(graph, {}, random);
}

Result<std::vector<Tensor>> evaluate_op(const Op& op, std::span<const Tensor* const> inputs,
                                        std::size_t outputs, RandomKey random) {
  if (op.def().reference == nullptr && op.def().expand != nullptr) {
    return evaluate_expansion(op, inputs, outputs, random);
  }
  return run_reference(op, inputs, outputs, random);
}

Result<std::vector<Tensor>> evaluate(const Graph& graph, std::span<const Tensor> inputs,
                                     RandomKey random) {
  if (inputs.size() != graph.inputs().size()) {
    return invalid_argument("graph {} has {} inputs, {} were given", graph.name,
                            graph.inputs().size(), inputs.size());
  }
  Evaluation evaluation(graph, random);
  for (std::size_t i = 0; i < inputs.size(); ++i) evaluation.feed(graph.inputs()[i], inputs[i]);
  for (const NodeId id : graph.nodes()) {
    if (Status s = evaluation.run(id); !s.ok()) {
      const Node& node = graph.node(id);
      return std::move(s).with_context(fmt::format("node {} ({})", node.name, node.op.name()));
    }
  }
  std::vector<Tensor> outputs;
  for (const ValueId output : graph.outputs()) outputs.push_back(evaluation.at(output));
  return outputs;
}

}  // namespace tern
