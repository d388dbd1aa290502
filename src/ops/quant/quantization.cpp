#include "ops/quant/quantization.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "ops/axes.h"
#include "ops/elementwise.h"
#include "tensor/float_bits.h"

namespace tern::ops {
namespace {

// "Surely more than one number", as far as sizes are known.
bool is_single(const std::vector<Dim>& shape) {
  return std::ranges::all_of(shape, [](const Dim& d) { return d.known() && d.value() == 1; });
}

Status check_blocks(const TypeInfo& x, const TypeInfo& scale, int axis, std::int64_t block_size) {
  if (scale.rank() != x.rank()) {
    return invalid_argument("the scale of blocks has rank {}, x has {}", scale.rank(), x.rank());
  }
  for (int i = 0; i < x.rank(); ++i) {
    const Dim& size = x.shape[static_cast<std::size_t>(i)];
    const Dim& scales = scale.shape[static_cast<std::size_t>(i)];
    if (!size.known() || !scales.known()) continue;
    const std::int64_t needed =
        i != axis ? size.value() : size.value() / block_size + (size.value() % block_size != 0);
    if (scales.value() != needed) {
      return invalid_argument("the scale has {} entries on axis {}, blocks of {} need {}",
                              scales.value(), i, block_size, needed);
    }
  }
  return {};
}

}  // namespace

Status check_scales(const TypeInfo& x, const TypeInfo& scale, const TypeInfo& zero_point,
                    std::int64_t axis, std::int64_t block_size) {
  if (block_size < 0) return invalid_argument("block_size is {}", block_size);
  // One scale and one zero point may be a scalar and a vector of one.
  const auto is_one = [](const TypeInfo& t) { return t.rank() == 0 || is_single(t.shape); };
  if (zero_point.dtype != DType::kUndefined && !(is_one(zero_point) && is_one(scale))) {
    TERN_TRY(check_same_shape("the zero point", zero_point, "the scale", scale));
  }
  if (block_size > 0) {
    TERN_ASSIGN_OR_RETURN(const int along, normalize_axis(axis, x.rank()));
    return check_blocks(x, scale, along, block_size);
  }
  if (scale.rank() == 0 || is_single(scale.shape)) return {};
  if (scale.rank() != 1) return invalid_argument("the scale has rank {}, above 1", scale.rank());
  const Dim& scales = scale.shape[0];
  if (!scales.known()) return {};
  TERN_ASSIGN_OR_RETURN(const int along, normalize_axis(axis, x.rank()));
  const Dim& size = x.shape[static_cast<std::size_t>(along)];
  if (size.known() && size.value() != scales.value()) {
    return invalid_argument("the scale has {} entries, axis {} has {}", scales.value(), along,
                            size.value());
  }
  return {};
}

ScaleIndex::ScaleIndex(const tern::Shape& x, const tern::Shape& scale, std::int64_t axis,
                       std::int64_t block_size)
    : single_(block_size == 0 && scale.elements() == 1), block_(block_size) {
  if (single_) return;
  const int along = *normalize_axis(axis, x.rank());
  const AxisSplit s = split_at(x, along);
  inner_ = s.inner;
  size_ = s.size;
  if (block_ > 0) blocks_ = scale[along];
}

QuantizedWriter::QuantizedWriter(Tensor& out, bool saturate)
    : data_(out.mutable_raw()),
      dtype_(out.dtype()),
      saturate_(saturate),
      store_int_(store_i64(out.dtype())),
      store_float_(store_f64(out.dtype())) {
  const int bits = bit_width(dtype_);
  high_ = std::ldexp(1.0, is_signed_integer(dtype_) ? bits - 1 : bits) - 1;
  if (is_signed_integer(dtype_)) low_ = -high_ - 1;
}

void QuantizedWriter::limit(std::int64_t lo, std::int64_t hi) {
  low_ = std::clamp(static_cast<double>(lo), low_, high_);
  high_ = std::clamp(static_cast<double>(hi), low_, high_);
}

void QuantizedWriter::set(std::int64_t i, double quotient, double zero_point) const {
  if (is_integer(dtype_)) {
    const double rounded = std::isnan(quotient) ? 0 : std::nearbyint(quotient);
    const double limited = std::clamp(rounded + zero_point, low_, high_);
    store_int_(data_, i, static_cast<std::int64_t>(limited));
  } else if (bit_width(dtype_) == 8) {
    static_cast<std::uint8_t*>(data_)[i] =
        narrow_float_bits(dtype_, static_cast<float>(quotient + zero_point), saturate_);
  } else {
    store_float_(data_, i, quotient + zero_point);
  }
}

double single_value(const ReferenceContext& c, std::size_t i, double otherwise) {
  return c.has(i) ? FloatReader(c.in(i))[0] : otherwise;
}

}  // namespace tern::ops
