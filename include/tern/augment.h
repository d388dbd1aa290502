// Random changes of training images, so that a network sees another picture of the same thing in
// every epoch.
//
//   auto augment = tern::image_augmentation({.mirror = 0.5, .shift = 4});
//   if (!augment.ok()) return augment.status();
//   auto loader = tern::DataLoader::create(
//       images, {.shuffle = true, .seed = 1, .transform = *augment});
//
// What happens to a row depends on (seed, epoch, row) alone: the same with any number of threads
// and after a resume.
#pragma once

#include <cstdint>

#include "tern/dataset.h"
#include "tern/image.h"
#include "tern/status.h"

namespace tern {

struct AugmentOptions {
  /// Which field of the rows has the image: [1,C,H,W] or, with kNHWC, [1,H,W,C], of f32 or u8.
  std::size_t field = 0;
  ImageLayout layout = ImageLayout::kNCHW;
  /// How likely an image is mirrored left to right, 0 to 1.
  double mirror = 0;
  /// And top to bottom.
  double flip = 0;
  /// Moved by up to so many pixels down or up and as many right or left, all of these equally
  /// likely: the same as a random crop of an image with a border that wide.
  std::int64_t shift = 0;
  /// What comes in at the edges, in the values of the tensor.
  float fill = 0;
};

/// For DataLoaderOptions::transform. kInvalidArgument for options out of their range; the transform
/// itself fails for a field that is no image.
Result<RowTransform> image_augmentation(const AugmentOptions& options);

}  // namespace tern
