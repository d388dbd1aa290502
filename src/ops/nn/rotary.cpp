#include "ops/nn/rotary.h"

#include "ops/tensor/dims.h"

namespace tern::ops {
namespace {

// The number of entries of a head, as far as it is known.
Result<Dim> head_size(const RotaryAttributes& a, const TypeInfo& x) {
  if (x.rank() == 4) return x.shape[3];
  if (x.rank() != 3) return invalid_argument("X has rank {}, not 3 or 4", x.rank());
  if (a.num_heads < 1) return invalid_argument("num_heads is {} for X of rank 3", a.num_heads);
  const Dim& hidden = x.shape[2];
  if (!hidden.known()) return Dim();
  if (hidden.value() % a.num_heads != 0) {
    return invalid_argument("{} entries cannot be split into {} heads", hidden.value(),
                            a.num_heads);
  }
  return Dim(hidden.value() / a.num_heads);
}

Status check_size(std::string_view what, const Dim& have, const Dim& wanted) {
  if (!have.known() || !wanted.known() || have.value() == wanted.value()) return {};
  return invalid_argument("{} is {}, not {}", what, have.value(), wanted.value());
}

}  // namespace

Status check_rotary(const RotaryAttributes& a, const TypeInfo& x, std::string_view cache_name,
                    const TypeInfo& cache, const TypeInfo& position_ids) {
  TERN_ASSIGN_OR_RETURN(const Dim size, head_size(a, x));
  const Dim rotated = a.rotary_dim == 0 ? size : Dim(a.rotary_dim);
  if (a.rotary_dim < 0 || (rotated.known() && (rotated.value() % 2 != 0 ||
                                               (size.known() && rotated.value() > size.value())))) {
    return invalid_argument("{} entries of a head of {} cannot be rotated in pairs",
                            a.rotary_dim == 0 ? rotated.value() : a.rotary_dim, size.value());
  }
  const bool by_position = position_ids.dtype != DType::kUndefined;
  if (cache.rank() != (by_position ? 2 : 3)) {
    return invalid_argument("{} has rank {}, not {}", cache_name, cache.rank(),
                            by_position ? 2 : 3);
  }
  const Dim& length = x.shape[x.rank() == 4 ? 2 : 1];
  const Dim pairs = rotated.known() ? Dim(rotated.value() / 2) : Dim();
  TERN_TRY(check_size(fmt::format("the last axis of {}", cache_name), cache.shape.back(), pairs));
  if (by_position) {
    if (position_ids.rank() != 2) {
      return invalid_argument("position_ids has rank {}, not 2", position_ids.rank());
    }
    TERN_TRY(check_size("axis 0 of position_ids", position_ids.shape[0], x.shape[0]));
    return check_size("axis 1 of position_ids", position_ids.shape[1], length);
  }
  TERN_TRY(check_size(fmt::format("axis 0 of {}", cache_name), cache.shape[0], x.shape[0]));
  return check_size(fmt::format("axis 1 of {}", cache_name), cache.shape[1], length);
}

RotarySizes RotarySizes::of(const RotaryAttributes& a, const tern::Shape& x) {
  const bool packed = x.rank() == 3;
  RotarySizes s{.batch = x[0],
                .heads = packed ? a.num_heads : x[1],
                .length = packed ? x[1] : x[2],
                .packed = packed,
                .interleaved = a.interleaved};
  s.size = packed ? x[2] / a.num_heads : x[3];
  s.pairs = (a.rotary_dim == 0 ? s.size : a.rotary_dim) / 2;
  return s;
}

Result<std::vector<std::int64_t>> rotary_rows(const RotarySizes& sizes, const Tensor* position_ids,
                                              std::int64_t positions) {
  if (position_ids == nullptr) {
    std::vector<std::int64_t> rows(static_cast<std::size_t>(sizes.batch * sizes.length));
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(i);
    return rows;
  }
  std::vector<std::int64_t> rows = int_list(*position_ids);
  for (const std::int64_t row : rows) {
    if (row < 0 || row >= positions) {
      return out_of_range("position {} is outside the {} of the caches", row, positions);
    }
  }
  return rows;
}

}  // namespace tern::ops
