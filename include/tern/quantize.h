// Quantisation of trained models: smaller numbers in place of f32.
//
//   tern::Result<tern::Graph> net = tern::load_model("net.onnx");
//   std::vector<std::vector<tern::Tensor>> samples = ...;        // inputs of typical runs
//   auto small = tern::quantize(*net, samples, {});              // 8 bits, ranges from the samples
//   if (small.ok()) tern::save_model(small->graph, "net.int8.onnx");
//
// The result is a graph of ONNX's operators (MatMulNBits of com.microsoft for 4 bits): it runs here
// and elsewhere.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tern/graph.h"
#include "tern/session.h"
#include "tern/status.h"
#include "tern/tensor.h"

namespace tern {

enum class QuantizeScheme : std::uint8_t {
  /// Convolutions and products on bytes: weights i8, activations u8 in ranges that samples show, as
  /// pairs of QuantizeLinear and DequantizeLinear (QDQ).
  kStatic,
  /// Products (MatMul, Gemm) on bytes: weights i8, activations u8 in the range of the moment.
  kDynamic,
  /// Weights of products in 4 bits, in blocks with a scale each; activations stay f32.
  kInt4,
  kF16,   ///< weights stored in f16, computed in f32
  kBF16,  ///< weights stored in bf16, computed in f32
};

/// How the range of an activation follows from the values that samples show.
enum class Calibration : std::uint8_t {
  kMinMax,      ///< all of them
  kPercentile,  ///< without the outermost, half of them at each end
  kEntropy,     ///< the one that loses least information (S. Migacz, 8-bit Inference with TensorRT,
                ///< GTC 2017)
};

struct QuantizeOptions {
  QuantizeScheme scheme = QuantizeScheme::kStatic;
  Calibration calibration = Calibration::kMinMax;
  /// Of kPercentile: percent of the values that the range covers, above 50 and at most 100.
  double percentile = 99.99;
  /// One scale per output channel of a weight instead of one per weight.
  bool per_channel = true;
  /// Of kInt4: weights along K that share a scale; a power of two from 16 to 256.
  std::int64_t block_size = 32;
  /// Layers to leave as they are: names of nodes, patterns with * and ?, divided by commas.
  std::string keep;
  /// Layers whose LayerError::error is above this stay as they are. 0 means no limit.
  double max_error = 0;
  /// Of the sessions that run the samples.
  SessionOptions session;
};

/// What quantising one layer alone, its inputs exact, does to its result.
struct LayerError {
  std::string node;
  std::string op;
  double error = 0;   ///< root of sum((quantised - exact)^2) / sum(exact^2) over all samples
  bool kept = false;  ///< stayed as it was, for max_error
};

struct QuantizedModel {
  Graph graph;
  /// The largest error first; empty without samples.
  std::vector<LayerError> layers;
};

/// A copy of the model, simplified (tern/simplify.h) and quantised. Every sample holds the inputs
/// of one run in the order of the graph's inputs. Layers are Conv, MatMul and Gemm with constant
/// f32 weights in the main region.
///   kInvalidArgument: options out of range, kStatic without samples, samples that do not fit the
///   inputs, a weight or an activation that is not finite. kFailedPrecondition: the model has no
///   layer that the scheme could change.
Result<QuantizedModel> quantize(const Graph& model, std::span<const std::vector<Tensor>> samples,
                                const QuantizeOptions& options = {});

}  // namespace tern
