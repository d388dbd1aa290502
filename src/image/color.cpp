// From one pixel format to another.
#include "image/check_image.h"

namespace tern {
namespace {

// 0.299, 0.587 and 0.114 in units of 2^-16; their sum is 2^16.
std::uint8_t gray_of(unsigned r, unsigned g, unsigned b) {
  return static_cast<std::uint8_t>((r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16);
}

/// Where red, green and blue stand in a pixel.
struct Places {
  std::size_t r, g, b;
};
Places places_in(PixelFormat format) {
  if (format == PixelFormat::kGray) return {0, 0, 0};
  if (format == PixelFormat::kBgr) return {2, 1, 0};
  return {0, 1, 2};
}

}  // namespace

Result<Image> convert_image(const Image& image, PixelFormat format) {
  TERN_TRY(image::check_image(image));
  if (image.format == format) return image;
  TERN_ASSIGN_OR_RETURN(Image out, Image::create(image.height(), image.width(), format));
  const auto step_in = static_cast<std::size_t>(image.channels());
  const auto step_out = static_cast<std::size_t>(out.channels());
  const Places in_at = places_in(image.format), out_at = places_in(format);
  const std::int64_t pixels = image.height() * image.width();
  const std::uint8_t* from = image.row(0);
  std::uint8_t* to = out.mutable_row(0);
  for (std::int64_t i = 0; i < pixels; ++i, from += step_in, to += step_out) {
    const std::uint8_t r = from[in_at.r], g = from[in_at.g], b = from[in_at.b];
    if (format == PixelFormat::kGray) {
      to[0] = gray_of(r, g, b);
      continue;
    }
    to[out_at.r] = r;
    to[out_at.g] = g;
    to[out_at.b] = b;
    if (format == PixelFormat::kRgba) to[3] = 255;
  }
  return out;
}

}  // namespace tern
