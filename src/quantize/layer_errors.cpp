#include "quantize/layer_errors.h"

#include <cmath>

#include "base/errors.h"
#include "tern/functions.h"

namespace tern::quant {
namespace {

Value sum_of_squares(GraphBuilder& b, Value x) {
  return b.op(ops::ReduceSumSquare{.keepdims = false}, {x});
}

}  // namespace

Result<std::vector<LayerError>> layer_errors(const Graph& model, std::span<const Layer> layers,
                                             std::span<const std::vector<Tensor>> samples,
                                             Scheme& scheme, const SessionOptions& options) {
  Graph graph = model;
  GraphBuilder b(graph);
  std::vector<ValueId> sums;  // per layer: of the squares of the difference, and of the result
  for (const Layer& layer : layers) {
    Result<Value> value = scheme.quantised(b, layer);
    if (!value.ok()) return std::move(value).status().with_context(name_of(graph, layer.node));
    const Value exact(&b, layer.output);
    sums.push_back(sum_of_squares(b, *value - exact).id());
    sums.push_back(sum_of_squares(b, exact).id());
  }
  TERN_TRY(b.status());
  graph.set_outputs(sums);
  TERN_TRY(graph.sort());
  TERN_ASSIGN_OR_RETURN(Session session, Session::create(std::move(graph), options));
  std::vector<double> totals(sums.size(), 0.0);
  for (const std::vector<Tensor>& sample : samples) {
    TERN_ASSIGN_OR_RETURN(const std::vector<Tensor> results, session.run(sample));
    for (std::size_t i = 0; i < totals.size(); ++i) {
      totals[i] += double{results[i].span<float>()[0]};
    }
  }
  std::vector<LayerError> errors;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const double all = totals[2 * i + 1];
    const double error = all > 0 ? std::sqrt(totals[2 * i] / all) : 0.0;
    errors.push_back({.node = name_of(model, layers[i].node),
                      .op = std::string(model.node(layers[i].node).op.name()),
                      .error = error});
  }
  return errors;
}

}  // namespace tern::quant
