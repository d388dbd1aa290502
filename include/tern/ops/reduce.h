// Reductions over axes (onnx.ai/onnx/operators). Axes are the second input: absent or empty means
// all axes, or none with noop_with_empty_axes.
#pragma once

#include "tern/op.h"

namespace tern::ops {

struct ReduceSum {
  bool keepdims = true;
  bool noop_with_empty_axes = false;
  static constexpr auto fields =
      std::tuple{Field{"keepdims", &ReduceSum::keepdims},
                 Field{"noop_with_empty_axes", &ReduceSum::noop_with_empty_axes}};
};

/// tern domain. Sums X over the axes along which `like` was broadcast to X's shape, so that the
/// result has like's shape: the gradient of broadcasting. Only the shape of `like` is read.
struct SumToLike {
  static constexpr auto fields = std::tuple{};
};

}  // namespace tern::ops
