// What Col2Im and Im2Col share: the blocks of an image as columns.
#pragma once

#include "graph/op_def.h"
#include "ops/nn/window.h"
#include "ops/reference.h"

namespace tern::ops {

/// The window attributes of Col2Im or Im2Col, for a block of `block`.
template <class Op>
WindowSpec block_spec(const Op& op, std::span<const std::int64_t> block) {
  return {.kernel = block, .strides = op.strides, .dilations = op.dilations, .pads = op.pads};
}

/// The sizes of columns [N, C * taps, L] for an image of `dims` [N, C, spatial...]; sizes that are
/// not known stay so. `block` is null while it is not known.
Result<std::vector<Dim>> column_dims(WindowSpec spec, const std::vector<Dim>& image,
                                     const std::vector<std::int64_t>* block);

/// The product; fails for a size below 1 or a product above 2^31.
Result<std::int64_t> block_taps(std::span<const std::int64_t> block);

}  // namespace tern::ops
