#include "ops/image/block_columns.h"

#include "base/checked_math.h"
#include "base/errors.h"
#include "ops/tensor/dims.h"

namespace tern::ops {

Result<std::int64_t> block_taps(std::span<const std::int64_t> block) {
  constexpr std::int64_t kMost = std::int64_t{1} << 31;
  for (const std::int64_t size : block) {
    if (size < 1 || size > kMost) return invalid_argument("block_shape holds {}", size);
  }
  const std::optional<std::int64_t> taps = checked_product(block);
  if (!taps || *taps > kMost) return invalid_argument("a block of more than {} pixels", kMost);
  return *taps;
}

Result<std::vector<Dim>> column_dims(WindowSpec spec, const std::vector<Dim>& image,
                                     const std::vector<std::int64_t>* block) {
  std::vector<Dim> out{image[0], Dim(), Dim()};
  if (block == nullptr) return out;
  if (block->size() + 2 != image.size()) {
    return invalid_argument("block_shape has {} entries for {} spatial axes", block->size(),
                            image.size() - 2);
  }
  TERN_ASSIGN_OR_RETURN(const std::int64_t taps, block_taps(*block));
  if (image[1].known()) {
    const std::optional<std::int64_t> rows = checked_mul(image[1].value(), taps);
    if (!rows) return invalid_argument("{} channels of {} pixels", image[1].value(), taps);
    out[1] = Dim(*rows);
  }
  spec.kernel = *block;
  TERN_ASSIGN_OR_RETURN(std::vector<WindowAxis> axes, window_axes(spec, block->size()));
  TERN_ASSIGN_OR_RETURN(const std::vector<Dim> windows,
                        window_output(spec, std::span(image).subspan(2), axes));
  std::optional<std::int64_t> count = 1;
  for (const Dim& size : windows) {
    if (!size.known()) return out;
    count = checked_mul(*count, size.value());
    if (!count) return invalid_argument("too many blocks");
  }
  out[2] = Dim(*count);
  return out;
}

}  // namespace tern::ops
