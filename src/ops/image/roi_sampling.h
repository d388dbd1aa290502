// What RoiAlign and its gradient share: inference and the points of every cell.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "graph/op_def.h"
#include "ops/reference.h"
#include "tern/ops/image.h"

namespace tern::ops {

/// Output type of RoiAlign(x, rois, batch_indices).
Result<TypeInfo> infer_roi_align(const RoiAlign& op, const TypeInfo& x, const TypeInfo& rois,
                                 const TypeInfo& batch_indices);

/// Four pixels of a channel with the weights of bilinear interpolation; all weights are 0 for a
/// point outside the image.
struct RoiPoint {
  std::array<std::int64_t, 4> pixel{};
  std::array<double, 4> weight{};
};

/// One region on an image of height x width.
class RoiCells {
 public:
  /// `roi` is x1, y1, x2, y2 in the units of spatial_scale. Fails for a region that would take more
  /// than 2^20 points a cell.
  static Result<RoiCells> make(const RoiAlign& op, std::array<double, 4> roi, std::int64_t height,
                               std::int64_t width);

  /// The points of cell (row, column).
  std::vector<RoiPoint> points(std::int64_t row, std::int64_t column) const;

 private:
  std::int64_t height_ = 1, width_ = 1;
  double top_ = 0, left_ = 0;
  double cell_height_ = 1, cell_width_ = 1;
  std::int64_t rows_ = 1, columns_ = 1;  // points in a cell
};

/// The cells of region `r`, and the image it lies in.
struct RoiPlace {
  RoiCells cells;
  std::int64_t image = 0;
};
Result<RoiPlace> roi_place(const RoiAlign& op, const tern::Shape& x, const Tensor& rois,
                           const Tensor& batch_indices, std::int64_t r);

}  // namespace tern::ops
