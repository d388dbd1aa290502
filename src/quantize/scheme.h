// What a way of quantising must be able to do.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "quantize/layers.h"
#include "tern/graph_builder.h"
#include "tern/quantize.h"

namespace tern::quant {

class Scheme {
 public:
  virtual ~Scheme() = default;

  /// Looks at the model and the samples before anything else is asked.
  virtual Status prepare(const Graph& graph, std::span<const Layer> layers,
                         std::span<const std::vector<Tensor>> samples);

  /// Adds what the quantised layer makes of the layer's input, beside the layer.
  virtual Result<Value> quantised(GraphBuilder& builder, const Layer& layer) = 0;

  /// Quantises the graph; by default every layer's result becomes that of quantised().
  virtual Status apply(Graph& graph, std::span<const Layer> layers);
};

/// For a scheme of options that quantize() has checked.
std::unique_ptr<Scheme> make_scheme(const QuantizeOptions& options);

std::unique_ptr<Scheme> make_static_scheme(const QuantizeOptions& options);
std::unique_ptr<Scheme> make_dynamic_scheme(const QuantizeOptions& options);
std::unique_ptr<Scheme> make_nibble_scheme(const QuantizeOptions& options);
std::unique_ptr<Scheme> make_half_scheme(const QuantizeOptions& options);

}  // namespace tern::quant
