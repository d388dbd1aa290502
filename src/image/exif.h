// The orientation in EXIF data (Exif 2.32, chapter 4.6: a TIFF file without an image).
#pragma once

#include <cstddef>
#include <span>

namespace tern::image {

/// 1 to 8; 1 also for data that is damaged or does not say. `tiff` begins with "II" or "MM"; a
/// leading "Exif\0\0" is skipped.
int exif_orientation(std::span<const std::byte> tiff);

}  // namespace tern::image
