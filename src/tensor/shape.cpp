#include "tern/shape.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/check.h"
#include "base/errors.h"

namespace tern {

Shape::Shape(std::span<const std::int64_t> dims) {
  TERN_CHECK(dims.size() <= kMaxRank, "rank {} is above {}", dims.size(), kMaxRank);
  std::copy(dims.begin(), dims.end(), dims_.begin());
  rank_ = static_cast<int>(dims.size());
}

Result<Shape> Shape::from(std::span<const std::int64_t> dims) {
  if (dims.size() > kMaxRank) {
    return invalid_argument("rank {} is above the limit of {}", dims.size(), kMaxRank);
  }
  constexpr std::int64_t kMaxElements = std::int64_t{1} << 62;
  // A zero anywhere makes the tensor empty, but the other sizes must still be sane: strides are
  // products of them.
  std::int64_t product = 1;
  for (const std::int64_t dim : dims) {
    if (dim < 0) return invalid_argument("shape [{}] has a negative size", fmt::join(dims, ","));
    if (dim != 0 && product > kMaxElements / dim) {
      return invalid_argument("shape [{}] has more than 2^62 elements", fmt::join(dims, ","));
    }
    product *= std::max<std::int64_t>(dim, 1);
  }
  return Shape(dims);
}

void Shape::push_back(std::int64_t dim) {
  TERN_CHECK(rank_ < kMaxRank, "rank is above {}", kMaxRank);
  dims_[static_cast<std::size_t>(rank_++)] = dim;
}

std::int64_t Shape::elements(int first, int last) const {
  std::int64_t n = 1;
  for (int axis = first; axis < last; ++axis) n *= (*this)[axis];
  return n;
}

Shape Shape::strides() const {
  Shape strides = *this;
  std::int64_t stride = 1;
  for (int axis = rank_ - 1; axis >= 0; --axis) {
    strides[axis] = stride;
    stride *= (*this)[axis];
  }
  return strides;
}

std::string Shape::to_string() const { return fmt::format("[{}]", fmt::join(dims(), ",")); }

bool operator==(const Shape& a, const Shape& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace tern
