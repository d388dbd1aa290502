#include "ops/image/grid_sampling.h"

#include "base/errors.h"
#include "ops/tensor/dims.h"

namespace tern::ops {

Status check_grid(const TypeInfo& x, const TypeInfo& grid) {
  if (x.rank() < 3) return invalid_argument("X has rank {}, below 3", x.rank());
  if (grid.rank() != x.rank()) {
    return invalid_argument("the grid has rank {}, X has {}", grid.rank(), x.rank());
  }
  const Dim& coordinates = grid.shape.back();
  if (coordinates.known() && coordinates.value() != x.rank() - 2) {
    return invalid_argument("the grid has {} coordinates for {} spatial axes", coordinates.value(),
                            x.rank() - 2);
  }
  if (Result<Dim> batch = merge_dims(x.shape[0], grid.shape[0]); !batch.ok()) {
    return std::move(batch).status().with_context("batch of X and grid");
  }
  for (std::size_t i = 2; i < x.shape.size(); ++i) {
    if (same(x.shape[i], Dim(0))) return invalid_argument("axis {} of X has no element", i);
  }
  return {};
}

GridGeometry::GridGeometry(const tern::Shape& x, const tern::Shape& grid)
    : batch(x[0]),
      channels(x[1]),
      points(grid.elements(1, grid.rank() - 1)),
      pixels(x.elements(2, x.rank())),
      spatial(x.dims().subspan(2)),
      strides(spatial.strides()) {}

}  // namespace tern::ops
