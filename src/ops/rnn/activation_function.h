// The activation functions that recurrent layers name by strings.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tern/status.h"

namespace tern::ops {

enum class GateFunction : std::uint8_t {
  kAffine,
  kElu,
  kHardSigmoid,
  kLeakyRelu,
  kRelu,
  kScaledTanh,
  kSigmoid,
  kSoftplus,
  kSoftsign,
  kTanh,
  kThresholdedRelu,
};

/// One activation with its parameters; the argument is clipped first.
struct GateActivation {
  GateFunction function = GateFunction::kTanh;
  double alpha = 0;
  double beta = 0;
  double clip = std::numeric_limits<double>::infinity();

  double operator()(double x) const;
  /// The derivative at x, which is 0 where the clipping bites.
  double slope(double x) const;
};

/// The activations of a layer: `count` per direction, named by `names` or, when that is empty, the
/// defaults (f, then g ...) for every direction. Parameters are taken from the lists in order by
/// the functions that have them. Fails for an unknown name or a wrong number of names.
Result<std::vector<GateActivation>> gate_activations(std::span<const std::string> names,
                                                     std::span<const GateFunction> defaults,
                                                     std::int64_t directions,
                                                     std::span<const float> alphas,
                                                     std::span<const float> betas,
                                                     std::optional<float> clip);

}  // namespace tern::ops
