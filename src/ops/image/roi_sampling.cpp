#include "ops/image/roi_sampling.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "ops/tensor/dims.h"

namespace tern::ops {
namespace {

constexpr double kMostPoints = 1 << 20;

Status check_attributes(const RoiAlign& op) {
  if (op.output_height < 1 || op.output_width < 1) {
    return invalid_argument("an output of {} x {}", op.output_height, op.output_width);
  }
  if (op.sampling_ratio < 0 || op.sampling_ratio > 1024) {
    return invalid_argument("sampling_ratio {} is not in [0, 1024]", op.sampling_ratio);
  }
  return {};
}

RoiPoint point_at(double y, double x, std::int64_t height, std::int64_t width) {
  RoiPoint point;
  const bool inside =
      y >= -1 && y <= static_cast<double>(height) && x >= -1 && x <= static_cast<double>(width);
  if (!inside) return point;
  struct Between {
    std::int64_t low, high;
    double part;
  };
  const auto between = [](double at, std::int64_t size) -> Between {
    at = std::max(at, 0.0);
    const auto low = static_cast<std::int64_t>(at);
    if (low >= size - 1) return {size - 1, size - 1, 0};
    return {low, low + 1, at - static_cast<double>(low)};
  };
  const Between v = between(y, height);
  const Between h = between(x, width);
  point.pixel = {v.low * width + h.low, v.low * width + h.high, v.high * width + h.low,
                 v.high * width + h.high};
  point.weight = {(1 - v.part) * (1 - h.part), (1 - v.part) * h.part, v.part * (1 - h.part),
                  v.part * h.part};
  return point;
}

}  // namespace

Result<TypeInfo> infer_roi_align(const RoiAlign& op, const TypeInfo& x, const TypeInfo& rois,
                                 const TypeInfo& batch_indices) {
  TERN_TRY(check_attributes(op));
  if (x.rank() != 4) return invalid_argument("X has rank {}, not 4", x.rank());
  if (rois.rank() != 2 || batch_indices.rank() != 1) {
    return invalid_argument("rois have rank {} and batch_indices rank {}, not 2 and 1", rois.rank(),
                            batch_indices.rank());
  }
  if (rois.shape[1].known() && rois.shape[1].value() != 4) {
    return invalid_argument("rois have {} numbers, not 4", rois.shape[1].value());
  }
  for (const std::size_t axis : {2, 3}) {
    if (same(x.shape[axis], Dim(0))) return invalid_argument("axis {} of X has no element", axis);
  }
  Result<Dim> regions = merge_dims(rois.shape[0], batch_indices.shape[0]);
  if (!regions.ok()) return regions.status().with_context("rois and batch_indices");
  std::vector<Dim> out{*regions, x.shape[1], Dim(op.output_height), Dim(op.output_width)};
  TERN_TRY(check_limits(out));
  return TypeInfo(x.dtype, std::move(out));
}

Result<RoiCells> RoiCells::make(const RoiAlign& op, std::array<double, 4> roi, std::int64_t height,
                                std::int64_t width) {
  const bool shifted = op.coordinate_transformation_mode == RoiCoordinates::kHalfPixel;
  for (double& bound : roi) bound = bound * op.spatial_scale - (shifted ? 0.5 : 0.0);
  RoiCells cells;
  cells.height_ = height;
  cells.width_ = width;
  cells.left_ = roi[0];
  cells.top_ = roi[1];
  double roi_width = roi[2] - roi[0];
  double roi_height = roi[3] - roi[1];
  if (!shifted) {
    roi_width = std::max(roi_width, 1.0);
    roi_height = std::max(roi_height, 1.0);
  }
  cells.cell_height_ = roi_height / static_cast<double>(op.output_height);
  cells.cell_width_ = roi_width / static_cast<double>(op.output_width);
  if (op.sampling_ratio > 0) {
    cells.rows_ = cells.columns_ = op.sampling_ratio;
    return cells;
  }
  const double rows = std::ceil(cells.cell_height_);
  const double columns = std::ceil(cells.cell_width_);
  if (!(std::abs(rows) * std::abs(columns) <= kMostPoints && std::abs(rows) <= kMostPoints &&
        std::abs(columns) <= kMostPoints)) {
    return invalid_argument("a region of {} x {} pixels is too large", roi_height, roi_width);
  }
  cells.rows_ = std::max<std::int64_t>(0, static_cast<std::int64_t>(rows));
  cells.columns_ = std::max<std::int64_t>(0, static_cast<std::int64_t>(columns));
  return cells;
}

std::vector<RoiPoint> RoiCells::points(std::int64_t row, std::int64_t column) const {
  std::vector<RoiPoint> points;
  for (std::int64_t i = 0; i < rows_; ++i) {
    const double y =
        top_ + cell_height_ * (static_cast<double>(row) +
                               (static_cast<double>(i) + 0.5) / static_cast<double>(rows_));
    for (std::int64_t j = 0; j < columns_; ++j) {
      const double x =
          left_ + cell_width_ * (static_cast<double>(column) +
                                 (static_cast<double>(j) + 0.5) / static_cast<double>(columns_));
      points.push_back(point_at(y, x, height_, width_));
    }
  }
  return points;
}

Result<RoiPlace> roi_place(const RoiAlign& op, const tern::Shape& x, const Tensor& rois,
                           const Tensor& batch_indices, std::int64_t r) {
  const std::int64_t image = IntReader(batch_indices)[r];
  if (image < 0 || image >= x[0]) {
    return out_of_range("region {}: image {} is outside [0, {})", r, image, x[0]);
  }
  const FloatReader numbers(rois);
  const std::array<double, 4> roi{numbers[4 * r], numbers[4 * r + 1], numbers[4 * r + 2],
                                  numbers[4 * r + 3]};
  Result<RoiCells> cells = RoiCells::make(op, roi, x[2], x[3]);
  if (!cells.ok()) return cells.status().with_context(fmt::format("region {}", r));
  return RoiPlace{.cells = *cells, .image = image};
}

}  // namespace tern::ops
