// Multidirectional broadcasting (ONNX docs/Broadcasting.md), for inference and reference kernels.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "tern/graph.h"
#include "tern/shape.h"
#include "tern/thread_pool.h"

namespace tern {

/// The common symbolic shape of two; sizes that cannot be decided yet are anonymous. Fails when two
/// known sizes differ and neither is 1.
Result<std::vector<Dim>> broadcast_dims(std::span<const Dim> a, std::span<const Dim> b);

/// broadcast_dims over all present inputs of an InferContext.
Result<std::vector<Dim>> broadcast_all(std::span<const TypeInfo> inputs);

/// The common concrete shape; shapes must be compatible (inference has checked them).
Shape broadcast_shapes(const Shape& a, const Shape& b);

/// Strides in elements with which a tensor of `shape` is read at every index of `out`: 0 along
/// broadcast axes. `shape` must broadcast to `out`.
Shape broadcast_strides(const Shape& shape, const Shape& out);

/// Calls body(i, offset_a) for every element i of `out` in row-major order, with the offset of the
/// element of a tensor read with `strides`.
void for_each_offset(const Shape& out, const Shape& strides,
                     FunctionRef<void(std::int64_t i, std::int64_t offset)> body);

/// The same with two operands.
void for_each_offset(const Shape& out, const Shape& strides_a, const Shape& strides_b,
                     FunctionRef<void(std::int64_t i, std::int64_t a, std::int64_t b)> body);

}  // namespace tern
