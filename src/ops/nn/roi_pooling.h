// What MaxRoiPool and its gradient share: inference, and the cells of a region.
#pragma once

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"
#include "tern/ops/pool.h"

namespace tern::ops {

template <class Op>
Result<TypeInfo> infer_roi_pool(const Op& op, const TypeInfo& x, const TypeInfo& rois) {
  if (x.rank() != 4) return invalid_argument("X has rank {}, not 4", x.rank());
  if (rois.rank() != 2) return invalid_argument("rois have rank {}, not 2", rois.rank());
  if (rois.shape[1].known() && rois.shape[1].value() != 5) {
    return invalid_argument("a roi has {} numbers, not 5", rois.shape[1].value());
  }
  if (op.pooled_shape.size() != 2 || op.pooled_shape[0] < 1 || op.pooled_shape[1] < 1) {
    return invalid_argument("pooled_shape is not 2 numbers above 0");
  }
  TypeInfo y(x.dtype,
             std::vector<Dim>{rois.shape[0], x.shape[1], op.pooled_shape[0], op.pooled_shape[1]});
  TERN_TRY(check_limits(y.shape));
  return y;
}

/// body(y, x) for every element of Y with the offset of the first largest element of its cell in
/// X, negative where the cell is empty. Fails for a region of an image that is not there.
template <class Op, class Body>
Status for_each_roi_cell(const Op& op, const Tensor& x, const Tensor& rois, Body body) {
  const std::vector<double> in = read_f64(x);
  const FloatReader roi(rois);
  const std::int64_t images = x.dim(0), channels = x.dim(1);
  const std::int64_t size[] = {x.dim(2), x.dim(3)};
  const auto corner = [&](std::int64_t i) {
    // Far beyond every image, and exact in double.
    constexpr double kFar = 1e12;
    const double at = std::round(roi[i] * op.spatial_scale);
    return at == at ? static_cast<std::int64_t>(std::clamp(at, -kFar, kFar)) : 0;
  };
  std::int64_t y = 0;
  for (std::int64_t r = 0; r < rois.dim(0); ++r) {
    const double image = roi[5 * r];
    if (!(image >= 0 && image < static_cast<double>(images))) {
      return out_of_range("roi {} is of image {}, there are {}", r, image, images);
    }
    const std::int64_t begin[] = {corner(5 * r + 2), corner(5 * r + 1)};
    const std::int64_t end[] = {corner(5 * r + 4), corner(5 * r + 3)};
    const auto cell = [&](int axis, std::int64_t i) {
      const double extent =
          static_cast<double>(std::max<std::int64_t>(1, end[axis] - begin[axis] + 1)) /
          static_cast<double>(op.pooled_shape[static_cast<std::size_t>(axis)]);
      const auto from = static_cast<std::int64_t>(std::floor(static_cast<double>(i) * extent));
      const auto to = static_cast<std::int64_t>(std::ceil(static_cast<double>(i + 1) * extent));
      return std::pair(std::clamp<std::int64_t>(from + begin[axis], 0, size[axis]),
                       std::clamp<std::int64_t>(to + begin[axis], 0, size[axis]));
    };
    for (std::int64_t c = 0; c < channels; ++c) {
      const std::int64_t plane =
          (static_cast<std::int64_t>(image) * channels + c) * size[0] * size[1];
      for (std::int64_t i = 0; i < op.pooled_shape[0]; ++i) {
        const auto [top, bottom] = cell(0, i);
        for (std::int64_t j = 0; j < op.pooled_shape[1]; ++j) {
          const auto [left, right] = cell(1, j);
          std::int64_t best = -1;
          for (std::int64_t h = top; h < bottom; ++h) {
            for (std::int64_t w = left; w < right; ++w) {
              const std::int64_t at = plane + h * size[1] + w;
              if (best < 0 || in[static_cast<std::size_t>(at)] > in[static_cast<std::size_t>(best)])
                best = at;
            }
          }
          body(y++, best);
        }
      }
    }
  }
  return {};
}

}  // namespace tern::ops
