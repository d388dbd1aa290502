// An Einsum equation, parsed: which label each axis of each operand has.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "graph/op_def.h"

namespace tern::ops {

/// Labels are numbers from 0; axes under an ellipsis have labels of their own, counted from the
/// last axis so that they align as broadcasting does.
using Labels = std::vector<int>;

struct EinsumEquation {
  std::vector<Labels> operands;
  Labels output;
  int labels = 0;  // how many there are

  /// For operands of these ranks. Fails for a malformed equation, naming the place.
  static Result<EinsumEquation> parse(std::string_view equation, std::span<const int> ranks);

  /// The size of every label, from the operands' shapes: sizes that are known must agree, or be 1.
  Result<std::vector<Dim>> sizes(std::span<const TypeInfo> operand_types) const;
};

}  // namespace tern::ops
