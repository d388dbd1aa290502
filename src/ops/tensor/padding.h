// What Pad and PadGrad share: pads per axis, and which element a place of the output shows.
#pragma once

#include "graph/op_def.h"
#include "ops/reference.h"
#include "tern/ops/tensor.h"
#include "tern/thread_pool.h"

namespace tern::ops {

struct AxisPad {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// One AxisPad for every axis of a tensor of `rank`. `axes` null means all.
Result<std::vector<AxisPad>> axis_pads(std::span<const std::int64_t> pads,
                                       const std::vector<std::int64_t>* axes, int rank);

/// The symbolic sizes of padded data; fails for a size below 0, and for a mode that would read from
/// an empty axis.
Result<std::vector<Dim>> padded_dims(const std::vector<Dim>& data, std::span<const AxisPad> pads,
                                     PadMode mode);

/// Calls body(i, from) for every element of the padded tensor in order; `from` is the element of
/// data that it shows, -1 for the constant.
void for_each_padded(const tern::Shape& data, const tern::Shape& padded,
                     std::span<const AxisPad> pads, PadMode mode,
                     FunctionRef<void(std::int64_t i, std::int64_t from)> body);

}  // namespace tern::ops
