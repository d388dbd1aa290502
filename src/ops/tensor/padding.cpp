#include "ops/tensor/padding.h"

#include <algorithm>

#include "base/errors.h"
#include "ops/axes.h"
#include "ops/broadcast.h"

namespace tern::ops {
namespace {

// The place on an axis of `size` that stands for place `at`, which may lie outside; -1: none.
std::int64_t source(std::int64_t at, std::int64_t size, PadMode mode) {
  if (at >= 0 && at < size) return at;
  switch (mode) {
    case PadMode::kConstant: return -1;
    case PadMode::kEdge: return at < 0 ? 0 : size - 1;
    case PadMode::kWrap: return ((at % size) + size) % size;
    case PadMode::kReflect: {
      // Mirrored at both ends without repeating them: the pattern repeats every 2 (size - 1).
      if (size == 1) return 0;
      const std::int64_t period = 2 * (size - 1);
      const std::int64_t phase = ((at % period) + period) % period;
      return phase < size ? phase : period - phase;
    }
  }
  return -1;
}

Result<Dim> padded_dim(const Dim& dim, const AxisPad& pad, PadMode mode) {
  if (pad.begin == 0 && pad.end == 0) return dim;
  if (!dim.known()) return Dim();
  const std::int64_t size = dim.value() + pad.begin + pad.end;
  if (size < 0) {
    return invalid_argument("pads {} and {} on an axis of {}", pad.begin, pad.end, dim.value());
  }
  if (mode != PadMode::kConstant && dim.value() == 0 && size > 0) {
    return invalid_argument("an empty axis can be padded with a constant only");
  }
  return Dim(size);
}

}  // namespace

Result<std::vector<AxisPad>> axis_pads(std::span<const std::int64_t> pads,
                                       const std::vector<std::int64_t>* axes, int rank) {
  const std::size_t count = axes != nullptr ? axes->size() : static_cast<std::size_t>(rank);
  if (pads.size() != 2 * count) {
    return invalid_argument("pads has {} entries for {} axes", pads.size(), count);
  }
  std::vector<AxisPad> all(static_cast<std::size_t>(rank));
  if (axes != nullptr) {
    if (Result<std::vector<int>> distinct = normalize_axes(*axes, rank); !distinct.ok()) {
      return distinct.status();
    }
  }
  // Far beyond any tensor, so that no later sum with a size can overflow.
  constexpr std::int64_t kMaxPad = std::int64_t{1} << 61;
  for (const std::int64_t pad : pads) {
    if (pad < -kMaxPad || pad > kMaxPad) return invalid_argument("a pad of {}", pad);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const int axis = axes != nullptr ? *normalize_axis((*axes)[i], rank) : static_cast<int>(i);
    all[static_cast<std::size_t>(axis)] = {pads[i], pads[count + i]};
  }
  return all;
}

Result<std::vector<Dim>> padded_dims(const std::vector<Dim>& data, std::span<const AxisPad> pads,
                                     PadMode mode) {
  std::vector<Dim> out;
  for (std::size_t i = 0; i < data.size(); ++i) {
    Result<Dim> dim = padded_dim(data[i], pads[i], mode);
    if (!dim.ok()) return std::move(dim).status().with_context(fmt::format("axis {}", i));
    out.push_back(*dim);
  }
  return out;
}

void for_each_padded(const tern::Shape& data, const tern::Shape& padded,
                     std::span<const AxisPad> pads, PadMode mode,
                     FunctionRef<void(std::int64_t, std::int64_t)> body) {
  const tern::Shape from_strides = data.strides();
  const tern::Shape to_strides = padded.strides();
  for (std::int64_t i = 0, n = padded.elements(); i < n; ++i) {
    std::int64_t from = 0;
    for (int axis = 0; axis < data.rank() && from >= 0; ++axis) {
      const std::int64_t at =
          i / to_strides[axis] % padded[axis] - pads[static_cast<std::size_t>(axis)].begin;
      const std::int64_t place = source(at, data[axis], mode);
      from = place < 0 ? -1 : from + place * from_strides[axis];
    }
    body(i, from);
  }
}

}  // namespace tern::ops
