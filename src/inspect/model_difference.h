// How far the outputs of a model are from those of the one it was made from.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "inspect/samples.h"

namespace tern::inspect {

/// One output, over all samples.
struct OutputDifference {
  std::string name;
  double max_abs = 0;       ///< the largest |other - exact|
  double cosine = 1;        ///< the smallest of the samples
  double same_largest = 1;  ///< share of the rows with the same largest element
};

/// Runs both on every sample. Their outputs must agree in number, order, dtype and shape;
/// outputs that hold no floating numbers are left out.
Result<std::vector<OutputDifference>> compare_models(Session& exact, Session& other,
                                                     std::span<const Sample> samples);

}  // namespace tern::inspect
