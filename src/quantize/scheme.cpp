#include "quantize/scheme.h"

#include "base/errors.h"
#include "passes/rewrite.h"

namespace tern::quant {

Status Scheme::prepare(const Graph&, std::span<const Layer>, std::span<const std::vector<Tensor>>) {
  return {};
}

Status Scheme::apply(Graph& graph, std::span<const Layer> layers) {
  for (const Layer& layer : layers) {
    GraphBuilder builder(graph);
    Result<Value> value = quantised(builder, layer);
    if (!value.ok()) return std::move(value).status().with_context(name_of(graph, layer.node));
    TERN_TRY(builder.status());
    passes::move_uses(graph, layer.output, value->id());
    graph.remove_node(layer.node);
  }
  return graph.sort();
}

std::unique_ptr<Scheme> make_scheme(const QuantizeOptions& options) {
  switch (options.scheme) {
    case QuantizeScheme::kStatic: return make_static_scheme(options);
    case QuantizeScheme::kDynamic: return make_dynamic_scheme(options);
    case QuantizeScheme::kInt4: return make_nibble_scheme(options);
    case QuantizeScheme::kF16:
    case QuantizeScheme::kBF16: return make_half_scheme(options);
  }
  return nullptr;
}

}  // namespace tern::quant
