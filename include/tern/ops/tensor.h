// Operators on the arrangement of elements: shapes, slices, gathers (onnx.ai/onnx/operators).
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// The elements of `data` under the shape of the second input (i64, rank 1): 0 copies the size from
/// the input unless `allowzero`, one -1 is computed.
struct Reshape {
  bool allowzero = false;
  static constexpr auto fields = std::tuple{Field{"allowzero", &Reshape::allowzero}};
};

/// The sizes of axes [start, end) of the input as i64; negative counts from the end.
struct Shape {
  std::optional<std::int64_t> end;
  std::int64_t start = 0;
  static constexpr auto fields =
      std::tuple{Field{"end", &Shape::end}, Field{"start", &Shape::start}};
};

/// Removes axes of size 1: those that the second input (i64) names, or all without it.
struct Squeeze {
  static constexpr auto fields = std::tuple{};
};

/// Axis i of the output is axis perm[i] of the input; empty perm reverses the axes.
struct Transpose {
  std::vector<std::int64_t> perm;
  static constexpr auto fields = std::tuple{Field{"perm", &Transpose::perm}};
};

/// Inserts axes of size 1 where the second input (i64, positions in the output) says.
struct Unsqueeze {
  static constexpr auto fields = std::tuple{};
};

}  // namespace tern::ops
