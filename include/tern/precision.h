// Precision: what a session computes matrix products and convolutions in.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tern {

enum class Precision : std::uint8_t {
  /// As the operators say: f32 models in f32.
  kF32,
  /// Products of f32 operands with both rounded to bfloat16 (8 significant bits) and summed in f32;
  /// all else stays f32. For inference: weights that change are multiplied in f32.
  kBF16,
};

/// "f32" or "bf16".
constexpr std::string_view to_string(Precision precision) {
  return precision == Precision::kBF16 ? "bf16" : "f32";
}

/// The precision of that name; nullopt for any other.
constexpr std::optional<Precision> parse_precision(std::string_view name) {
  if (name == "f32") return Precision::kF32;
  if (name == "bf16") return Precision::kBF16;
  return std::nullopt;
}

}  // namespace tern
