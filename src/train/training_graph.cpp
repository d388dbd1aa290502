#include "train/training_graph.h"

#include <algorithm>

#include "base/errors.h"
#include "graph/verify.h"
#include "tern/trainable.h"

namespace tern::train {
namespace {

// A scalar of the model's first output and the target, made by a function of the user's.
Result<Value> add_scalar(GraphBuilder& b, const BatchFunction& function, Value target,
                         std::string_view what) {
  if (!function) return invalid_argument("no {} is given", what);
  if (b.graph().outputs().empty()) return invalid_argument("the model has no output");
  const Value output(&b, b.graph().outputs()[0]);
  const Value result = function(output, target);
  if (!b.status().ok()) return b.status().with_context(what);
  if (!result.present() || result.builder() != &b) {
    return invalid_argument("{}: the function gives no value of the graph", what);
  }
  const TypeInfo& type = result.type();
  const bool single = std::ranges::all_of(
      type.shape, [](const Dim& dim) { return dim.known() && dim.value() == 1; });
  if (!is_floating(type.dtype) || !type.has_rank || !single) {
    return invalid_argument("{}: the result is not a single floating number", what);
  }
  return result;
}

// The model in training mode with its loss as the output, and what `add_step` does with that.
Result<Graph> learning_graph(const Graph& model, const TypeInfo& target,
                             const TrainerOptions& options,
                             const std::function<void(Value loss)>& add_step) {
  Graph graph = model;
  TERN_TRY(use_training_mode(graph));
  GraphBuilder b(graph);
  const Value t = b.input("target", target);
  TERN_ASSIGN_OR_RETURN(const Value loss, add_scalar(b, options.loss, t, "loss"));
  add_step(loss);
  TERN_TRY(b.status());
  graph.set_outputs({loss.id()});
  TERN_TRY(graph.sort());
  TERN_TRY(verify(graph));
  return graph;
}

}  // namespace

TypeInfo batch_type(const DataField& field) {
  std::vector<Dim> dims{Dim()};
  dims.insert(dims.end(), field.shape.begin(), field.shape.end());
  return {field.dtype, std::move(dims)};
}

Result<Graph> make_training_graph(const Graph& model, const TypeInfo& target,
                                  const TrainerOptions& options) {
  if (options.optimizer == nullptr) return invalid_argument("no optimiser is given");
  return learning_graph(model, target, options, [&](Value loss) {
    minimize(loss, *options.optimizer,
             {.max_gradient_norm = options.max_gradient_norm,
              .max_gradient_value = options.max_gradient_value,
              .l1 = options.l1,
              .accumulate = options.accumulate,
              .average_decay = options.average_decay});
  });
}

Result<Graph> make_accumulating_graph(const Graph& model, const TypeInfo& target,
                                      const TrainerOptions& options) {
  return learning_graph(model, target, options, accumulate_gradients);
}

Result<Graph> make_evaluation_graph(const Graph& model, const TypeInfo& target,
                                    const TrainerOptions& options) {
  Graph graph = model;
  GraphBuilder b(graph);
  const Value t = b.input("target", target);
  TERN_ASSIGN_OR_RETURN(const Value loss, add_scalar(b, options.loss, t, "loss"));
  std::vector<ValueId> outputs{loss.id()};
  for (const Metric& metric : options.metrics) {
    TERN_ASSIGN_OR_RETURN(const Value value, add_scalar(b, metric.compute, t, metric.name));
    outputs.push_back(value.id());
  }
  graph.set_outputs(std::move(outputs));
  TERN_TRY(verify(graph));
  return graph;
}

}  // namespace tern::train
