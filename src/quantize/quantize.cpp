#include "tern/quantize.h"

#include <algorithm>
#include <bit>

#include "base/errors.h"
#include "quantize/layer_errors.h"
#include "quantize/scheme.h"
#include "tern/simplify.h"

namespace tern {
namespace {

using quant::Layer;

Status check(const QuantizeOptions& options, std::size_t samples) {
  if (!(options.percentile > 50.0 && options.percentile <= 100.0)) {
    return invalid_argument("percentile is {}, it must be above 50 and at most 100",
                            options.percentile);
  }
  const std::int64_t block = options.block_size;
  if (block < 16 || block > 256 || !std::has_single_bit(static_cast<std::uint64_t>(block))) {
    return invalid_argument("block_size is {}, it must be a power of two from 16 to 256", block);
  }
  if (!(options.max_error >= 0.0)) {
    return invalid_argument("max_error is {}, it must not be negative", options.max_error);
  }
  if (samples == 0 && options.scheme == QuantizeScheme::kStatic) {
    return invalid_argument(
        "static quantisation needs samples, which show the activations' ranges");
  }
  if (samples == 0 && options.max_error > 0.0) {
    return invalid_argument("max_error needs samples, which show the layers' errors");
  }
  return {};
}

std::vector<Layer> layers_for(const Graph& graph, const QuantizeOptions& options) {
  std::vector<Layer> layers = quant::find_layers(graph, options.keep);
  const bool products_only =
      options.scheme == QuantizeScheme::kDynamic || options.scheme == QuantizeScheme::kInt4;
  if (products_only) {
    std::erase_if(layers, [&](const Layer& layer) { return !is_product(graph, layer); });
  }
  return layers;
}

// Marks what is above the limit, and takes it out of the layers.
bool leave_out(std::vector<LayerError>& errors, std::vector<Layer>& layers, double limit) {
  std::vector<Layer> rest;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    errors[i].kept = errors[i].error > limit;
    if (!errors[i].kept) rest.push_back(layers[i]);
  }
  const bool changed = rest.size() < layers.size();
  layers = std::move(rest);
  return changed;
}

}  // namespace

Result<QuantizedModel> quantize(const Graph& model, std::span<const std::vector<Tensor>> samples,
                                const QuantizeOptions& options) {
  TERN_TRY(check(options, samples.size()));
  QuantizedModel result{.graph = model, .layers = {}};
  Graph& graph = result.graph;
  TERN_TRY(simplify(graph));
  std::vector<Layer> layers = layers_for(graph, options);
  if (layers.empty()) {
    return failed_precondition(
        "the model has no layer to quantise: no {} with constant f32 weights",
        options.scheme == QuantizeScheme::kDynamic || options.scheme == QuantizeScheme::kInt4
            ? "MatMul or Gemm"
            : "Conv, MatMul or Gemm");
  }
  const std::unique_ptr<quant::Scheme> scheme = quant::make_scheme(options);
  TERN_TRY(scheme->prepare(graph, layers, samples));
  if (!samples.empty()) {
    TERN_ASSIGN_OR_RETURN(result.layers,
                          layer_errors(graph, layers, samples, *scheme, options.session));
    if (options.max_error > 0.0 && leave_out(result.layers, layers, options.max_error)) {
      TERN_TRY(scheme->prepare(graph, layers, samples));
    }
    std::ranges::stable_sort(result.layers, std::ranges::greater(), &LayerError::error);
  }
  TERN_TRY(scheme->apply(graph, layers));
  graph.drop_unused_constants();
  return result;
}

}  // namespace tern
