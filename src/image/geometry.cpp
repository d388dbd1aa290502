// Rectangles, mirroring, turning and fitting.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "image/check_image.h"

namespace tern {
namespace {

/// A side scaled and rounded, but at least 1.
std::int64_t scaled(std::int64_t side, double factor) {
  return std::max<std::int64_t>(1, std::llround(static_cast<double>(side) * factor));
}

}  // namespace

Result<Image> crop_image(const Image& image, std::int64_t top, std::int64_t left,
                         std::int64_t height, std::int64_t width) {
  TERN_TRY(image::check_image(image));
  if (height < 1 || width < 1) return invalid_argument("a crop of {} x {} pixels", width, height);
  if (top < 0 || left < 0 || height > image.height() - top || width > image.width() - left) {
    return out_of_range("a crop of {} x {} at ({}, {}) of an image of {} x {}", width, height, left,
                        top, image.width(), image.height());
  }
  TERN_ASSIGN_OR_RETURN(Image out, Image::create(height, width, image.format));
  const auto bytes = static_cast<std::size_t>(width * image.channels());
  for (std::int64_t y = 0; y < height; ++y) {
    std::memcpy(out.mutable_row(y), image.row(top + y) + left * image.channels(), bytes);
  }
  return out;
}

Result<Image> fit_image(const Image& image, std::int64_t height, std::int64_t width, ImageFit fit,
                        const ResizeOptions& options, std::uint8_t fill) {
  TERN_TRY(image::check_image(image));
  if (height < 1 || width < 1) return invalid_argument("an image of {} x {} pixels", width, height);
  if (fit == ImageFit::kStretch) return resize_image(image, height, width, options);
  const double by_height = static_cast<double>(height) / static_cast<double>(image.height());
  const double by_width = static_cast<double>(width) / static_cast<double>(image.width());
  if (fit == ImageFit::kCrop) {
    // The part of the image that has the wanted proportions is resized, nothing else.
    const double factor = std::max(by_height, by_width);
    const std::int64_t h = std::min(image.height(), scaled(height, 1 / factor));
    const std::int64_t w = std::min(image.width(), scaled(width, 1 / factor));
    TERN_ASSIGN_OR_RETURN(const Image part, crop_image(image, (image.height() - h) / 2,
                                                       (image.width() - w) / 2, h, w));
    return resize_image(part, height, width, options);
  }
  const double factor = std::min(by_height, by_width);
  const std::int64_t h = std::min(height, scaled(image.height(), factor));
  const std::int64_t w = std::min(width, scaled(image.width(), factor));
  TERN_ASSIGN_OR_RETURN(const Image small, resize_image(image, h, w, options));
  TERN_ASSIGN_OR_RETURN(Image out, Image::create(height, width, image.format));
  std::memset(out.mutable_row(0), fill, out.pixels.bytes());
  const std::int64_t top = (height - h) / 2, left = (width - w) / 2;
  for (std::int64_t y = 0; y < h; ++y) {
    std::memcpy(out.mutable_row(top + y) + left * out.channels(), small.row(y),
                static_cast<std::size_t>(w * out.channels()));
  }
  return out;
}

Result<Image> mirror_image(const Image& image) { return orient_image(image, 2); }

Result<Image> orient_image(const Image& image, int orientation) {
  TERN_TRY(image::check_image(image));
  if (orientation < 1 || orientation > 8) {
    return invalid_argument("orientation {}; 1 to 8 are possible", orientation);
  }
  if (orientation == 1) return image;
  // Stored rows are columns of the upright image from 5 on. Exif 2.32, tag 0x0112: where row 0 and
  // column 0 of the stored image are.
  const bool transposed = orientation >= 5;
  const bool from_bottom =
      orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  const bool from_right =
      orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  const std::int64_t height = transposed ? image.width() : image.height();
  const std::int64_t width = transposed ? image.height() : image.width();
  TERN_ASSIGN_OR_RETURN(Image out, Image::create(height, width, image.format));
  const auto channels = static_cast<std::size_t>(image.channels());
  for (std::int64_t y = 0; y < height; ++y) {
    std::uint8_t* to = out.mutable_row(y);
    for (std::int64_t x = 0; x < width; ++x, to += channels) {
      const std::int64_t v = from_bottom ? height - 1 - y : y;
      const std::int64_t u = from_right ? width - 1 - x : x;
      const std::uint8_t* from =
          transposed ? image.row(u) + v * image.channels() : image.row(v) + u * image.channels();
      std::copy_n(from, channels, to);
    }
  }
  return out;
}

}  // namespace tern
