// What Resize and its gradient share: output sizes, and for every axis which input elements an
// output element is made of, with which weights.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/op_def.h"
#include "ops/reference.h"
#include "tern/ops/image.h"

namespace tern::ops {

/// The symbolic sizes of X resized by inputs [first, first + 3): roi, scales, sizes.
Result<std::vector<Dim>> resized_dims(const Resize& op, const InferContext& c,
                                      const std::vector<Dim>& x, std::size_t first);

/// One input element and its weight in an output element.
struct Tap {
  std::int64_t from = 0;
  double weight = 0;
};

/// An axis: the taps of each output element; none where it lies outside the region that is read.
struct AxisTaps {
  int axis = 0;
  std::vector<std::vector<Tap>> taps;
};

/// Whether every element is taken over as it is.
bool is_identity(const AxisTaps& axis);

/// What says how large the result is, null where it is left out: of scales and sizes there is one.
struct ResizeTargets {
  const Tensor* roi = nullptr;  ///< only tf_crop_and_resize reads it
  const Tensor* scales = nullptr;
  const Tensor* sizes = nullptr;
};

/// The axes of X of shape `x` that change; `out` is the resized shape. Fails for values that
/// inference could not see.
Result<std::vector<AxisTaps>> resize_taps(const Resize& op, const ResizeTargets& targets,
                                          const tern::Shape& x, const tern::Shape& out);

/// The same with the targets among the inputs: roi, scales and sizes from input `first` on.
Result<std::vector<AxisTaps>> resize_taps(const Resize& op, const ReferenceContext& c,
                                          const tern::Shape& x, const tern::Shape& out,
                                          std::size_t first);

}  // namespace tern::ops
