// Image files from outside: an error with a message, or an image of the size that its header says,
// within the limits.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "tern/image.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Small limits: the work for an image grows with its pixels, not with the bytes of its file.
  const tern::DecodeOptions options{
      .format = std::nullopt, .max_side = 4096, .max_pixels = 1 << 18};
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto image = tern::decode_image(bytes, options);
  if (!image.ok()) {
    TERN_CHECK(!image.status().message().empty());
    return 0;
  }
  const auto info = tern::image_info(bytes);
  TERN_CHECK(info.ok() && info->format == image->format);
  TERN_CHECK(info->height * info->width == image->height() * image->width());
  TERN_CHECK(image->height() * image->width() <= options.max_pixels);
  const auto copy = image->pixels.clone();
  TERN_CHECK(copy.ok() && tern::identical(*copy, image->pixels));
  return 0;
}
