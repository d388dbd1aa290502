#include "ops/quant/quantized_product.h"

#include "base/errors.h"
#include "ops/broadcast.h"

namespace tern::ops {
namespace {

// A vector along the rows stands on the last axis but one.
template <class List>
void align(List& shape, int rank, MatrixSide side) {
  if (shape.size() == 1 && rank >= 2 && side == MatrixSide::kRows) shape.push_back(1);
}

}  // namespace

Status check_matrix_scales(std::string_view name, const TypeInfo& matrix, const TypeInfo& scale,
                           MatrixSide side) {
  if (scale.dtype == DType::kUndefined) return {};
  std::vector<Dim> aligned = scale.shape;
  // One number, which may be written as a vector.
  if (aligned.size() == 1 && same(aligned[0], Dim(1))) return {};
  align(aligned, matrix.rank(), side);
  const auto refuse = [&](std::size_t axis) {
    return invalid_argument("{} does not fit its matrix on axis {}", name, axis);
  };
  if (aligned.size() > matrix.shape.size()) return refuse(0);
  const std::size_t lead = matrix.shape.size() - aligned.size();
  for (std::size_t i = 0; i < aligned.size(); ++i) {
    const Dim& size = matrix.shape[lead + i];
    const Dim& have = aligned[i];
    if (!have.known() || have.value() == 1 || !size.known()) continue;
    if (have.value() != size.value()) return refuse(lead + i);
  }
  return {};
}

std::vector<double> spread_scales(const tern::Shape& shape, const Tensor* scale, MatrixSide side,
                                  double otherwise) {
  std::vector<double> spread(static_cast<std::size_t>(shape.elements()), otherwise);
  if (scale == nullptr) return spread;
  tern::Shape aligned = scale->elements() == 1 ? tern::Shape() : scale->shape();
  align(aligned, shape.rank(), side);
  const FloatReader values(*scale);
  for_each_offset(shape, broadcast_strides(aligned, shape), [&](std::int64_t i, std::int64_t from) {
    spread[static_cast<std::size_t>(i)] = values[from];
  });
  return spread;
}

std::vector<double> centered(const Tensor& x, const Tensor* zero_point, MatrixSide side) {
  std::vector<double> values = read_f64(x);
  const std::vector<double> zeros = spread_scales(x.shape(), zero_point, side, 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] -= zeros[i];
  return values;
}

Status check_channel_scales(std::string_view name, const TypeInfo& w, const TypeInfo& scale) {
  if (scale.dtype == DType::kUndefined || scale.rank() == 0) return {};
  if (scale.rank() != 1) return invalid_argument("{} has rank {}, above 1", name, scale.rank());
  const Dim& have = scale.shape[0];
  const Dim& channels = w.shape[0];
  if (have.known() && channels.known() && have.value() != 1 && have.value() != channels.value()) {
    return invalid_argument("{} has {} entries for {} output channels", name, have.value(),
                            channels.value());
  }
  return {};
}

std::vector<double> convolve_centered(const Convolution& conv, const Tensor& x,
                                      const Tensor* x_zero_point, const Tensor& w,
                                      const Tensor* w_zero_point) {
  std::vector<double> in = read_f64(x);
  std::vector<double> weight = read_f64(w);
  if (x_zero_point != nullptr) {
    const double zero = FloatReader(*x_zero_point)[0];
    for (double& value : in) value -= zero;
  }
  if (w_zero_point != nullptr && !weight.empty()) {
    const std::vector<double> zeros = read_f64(*w_zero_point);
    const std::size_t per_channel = weight.size() / static_cast<std::size_t>(w.dim(0));
    for (std::size_t i = 0; i < weight.size(); ++i) {
      weight[i] -= zeros.size() == 1 ? zeros[0] : zeros[i / per_channel];
    }
  }
  std::vector<double> out(
      static_cast<std::size_t>(conv.batch * conv.y.channels * conv.grid.windows()));
  conv.for_each_product(
      [&](std::size_t ix, std::size_t iw, std::size_t iy) { out[iy] += in[ix] * weight[iw]; });
  return out;
}

}  // namespace tern::ops
