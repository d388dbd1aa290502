// What operators on square matrices ask of their input.
#pragma once

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/tensor/dims.h"

namespace tern::ops {

/// The side of the matrices in the last two axes of X. Fails for a rank below 2 and for sides that
/// surely differ.
inline Result<Dim> square_side(const TypeInfo& x) {
  const std::vector<Dim>& dims = x.shape;
  if (dims.size() < 2) return invalid_argument("X has rank {}, below 2", dims.size());
  Result<Dim> side = merge_dims(dims[dims.size() - 2], dims.back());
  if (!side.ok()) return std::move(side).status().with_context("rows and columns");
  return side;
}

}  // namespace tern::ops
