#include <algorithm>
#include <cstring>

#include "base/errors.h"
#include "base/random.h"
#include "tern/augment.h"

namespace tern {
namespace {

constexpr std::uint64_t kAugmentStream = 0x6175676d656e74;  // "augment"
constexpr std::int64_t kMaxShift = 1 << 20;

/// What happens to one image.
struct Change {
  bool mirror = false;
  bool flip = false;
  std::int64_t down = 0;
  std::int64_t right = 0;

  bool none() const { return !mirror && !flip && down == 0 && right == 0; }
};

Change draw(const AugmentOptions& options, const RowKey& key) {
  RandomStream random(key.seed,
                      derive_stream({kAugmentStream, static_cast<std::uint64_t>(key.epoch),
                                     static_cast<std::uint64_t>(key.row)}));
  // All are drawn, so that switching one on does not change the others.
  Change change;
  change.mirror = random.uniform_double() < options.mirror;
  change.flip = random.uniform_double() < options.flip;
  const auto places = static_cast<std::uint64_t>(2 * options.shift + 1);
  change.down = static_cast<std::int64_t>(random.below(places)) - options.shift;
  change.right = static_cast<std::int64_t>(random.below(places)) - options.shift;
  return change;
}

/// Planes of pixels that lie behind each other: C planes of one number per pixel, or one of C.
struct Planes {
  std::int64_t count = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t numbers = 0;  // per pixel
};

Result<Planes> planes_of(const Tensor& image, ImageLayout layout) {
  const bool known = image.dtype() == DType::kF32 || image.dtype() == DType::kU8;
  if (!known || image.rank() != 4 || image.dim(0) != 1) {
    return invalid_argument("augmentation of {}{}: an image is f32 or u8 [1,C,H,W] or [1,H,W,C]",
                            to_string(image.dtype()), image.shape().to_string());
  }
  if (layout == ImageLayout::kNCHW) return Planes{image.dim(1), image.dim(2), image.dim(3), 1};
  return Planes{1, image.dim(1), image.dim(2), image.dim(3)};
}

template <class T>
void apply(const Change& change, const Planes& planes, T fill, T* pixels) {
  const std::int64_t row_size = planes.width * planes.numbers;
  const std::int64_t plane_size = planes.height * row_size;
  const auto numbers = static_cast<std::size_t>(planes.numbers);
  std::vector<T> source(static_cast<std::size_t>(plane_size));
  for (std::int64_t p = 0; p < planes.count; ++p, pixels += plane_size) {
    std::copy_n(pixels, plane_size, source.begin());
    std::fill_n(pixels, plane_size, fill);
    for (std::int64_t y = 0; y < planes.height; ++y) {
      const std::int64_t moved = y - change.down;
      if (moved < 0 || moved >= planes.height) continue;
      const std::int64_t v = change.flip ? planes.height - 1 - moved : moved;
      const T* const from = source.data() + v * row_size;
      for (std::int64_t x = 0; x < planes.width; ++x) {
        const std::int64_t across = x - change.right;
        if (across < 0 || across >= planes.width) continue;
        const std::int64_t u = change.mirror ? planes.width - 1 - across : across;
        std::copy_n(from + u * planes.numbers, numbers, pixels + y * row_size + x * planes.numbers);
      }
    }
  }
}

Status augment(const AugmentOptions& options, const RowKey& key, std::span<Tensor> row) {
  if (options.field >= row.size()) {
    return invalid_argument("augmentation of field {} of {}", options.field, row.size());
  }
  Tensor& image = row[options.field];
  TERN_ASSIGN_OR_RETURN(const Planes planes, planes_of(image, options.layout));
  const Change change = draw(options, key);
  if (change.none()) return {};
  if (image.dtype() == DType::kF32) {
    apply(change, planes, options.fill, image.mutable_data<float>());
  } else {
    const float fill = std::clamp(options.fill, 0.0F, 255.0F);
    apply(change, planes, static_cast<std::uint8_t>(fill), image.mutable_data<std::uint8_t>());
  }
  return {};
}

}  // namespace

Result<RowTransform> image_augmentation(const AugmentOptions& options) {
  for (const double chance : {options.mirror, options.flip}) {
    if (!(chance >= 0 && chance <= 1)) {
      return invalid_argument("mirroring with probability {}; 0 to 1 is possible", chance);
    }
  }
  if (options.shift < 0 || options.shift > kMaxShift) {
    return invalid_argument("a shift of {} pixels; 0 to {} are possible", options.shift, kMaxShift);
  }
  return RowTransform(
      [options](const RowKey& key, std::span<Tensor> row) { return augment(options, key, row); });
}

}  // namespace tern
