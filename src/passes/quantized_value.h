// How a value of a graph is quantised, as far as it is known when the graph is rewritten.
#pragma once

#include <optional>

#include "passes/rewrite.h"

namespace tern::passes {

/// One scale and one zero point, both constant.
struct ByteParameters {
  float scale = 1.0F;
  std::int64_t zero = 0;
  DType dtype = DType::kU8;
  friend bool operator==(const ByteParameters&, const ByteParameters&) = default;
  std::int64_t lowest() const { return dtype == DType::kI8 ? -128 : 0; }
  std::int64_t highest() const { return dtype == DType::kI8 ? 127 : 255; }
  /// The number that stands for `value`.
  std::int64_t quantized(double value) const;
};

/// What a value is the DequantizeLinear of.
struct Dequantized {
  ValueId bytes = kNoValue;
  ByteParameters parameters;
};

/// Bytes with one f32 scale; nullopt for anything else.
std::optional<Dequantized> dequantized(const Graph& graph, ValueId id);

/// The parameters of a QuantizeLinear of f32 to bytes with one scale.
std::optional<ByteParameters> quantizing(const Graph& graph, const Node& node);

/// A constant matrix or filter of bytes with one scale, or one per index of an axis.
struct DequantizedWeight {
  ValueId bytes = kNoValue;
  ValueId scale = kNoValue;  ///< rank 0, or one entry per index of `axis`
  ValueId zero = kNoValue;   ///< likewise; kNoValue where it is left out
  int axis = 0;              ///< of a scale of rank 1
};
std::optional<DequantizedWeight> dequantized_weight(const Graph& graph, ValueId id);

/// Scale and zero point as constants of rank 0.
struct ByteConstants {
  ValueId scale = kNoValue;
  ValueId zero = kNoValue;
};
Result<ByteConstants> byte_constants(Graph& graph, const ByteParameters& parameters);

}  // namespace tern::passes
