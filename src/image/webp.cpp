// WebP through libwebp.
#include <webp/decode.h>

#include <cstring>

#include "base/errors.h"
#include "base/little_endian.h"
#include "image/codec.h"
#include "image/exif.h"

namespace tern::image {
namespace {

constexpr std::size_t kRiffHeader = 12;

const std::uint8_t* data_of(Bytes bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

/// From the chunk EXIF of the RIFF container: four letters, the size, the data padded to even.
int orientation_of(Bytes bytes) {
  ByteReader reader(bytes.subspan(std::min(kRiffHeader, bytes.size())));
  while (reader.remaining() >= 8) {
    const auto name = reader.read_string(4);
    const auto size = reader.read<std::uint32_t>();
    if (!name.ok() || !size.ok()) break;
    if (*name == "EXIF") {
      const auto exif = reader.read_bytes(*size);
      return exif.ok() ? exif_orientation(*exif) : 1;
    }
    if (!reader.skip(std::size_t{*size} + *size % 2).ok()) break;
  }
  return 1;
}

}  // namespace

Result<ImageInfo> webp_info(Bytes bytes) {
  WebPBitstreamFeatures features;
  const VP8StatusCode code = WebPGetFeatures(data_of(bytes), bytes.size(), &features);
  if (code == VP8_STATUS_NOT_ENOUGH_DATA) return data_loss("WebP: the file ends early");
  if (code != VP8_STATUS_OK) return data_loss("WebP: damaged header");
  if (features.has_animation != 0) return unimplemented("WebP: animations");
  return ImageInfo{.file = ImageFile::kWebp,
                   .height = features.height,
                   .width = features.width,
                   .format = features.has_alpha != 0 ? PixelFormat::kRgba : PixelFormat::kRgb,
                   .orientation = orientation_of(bytes)};
}

Status decode_webp(Bytes bytes, Image& image) {
  const auto stride = static_cast<int>(image.width() * image.channels());
  const std::size_t size = image.pixels.bytes();
  const auto decode = image.format == PixelFormat::kRgba ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  if (decode(data_of(bytes), bytes.size(), image.mutable_row(0), size, stride) == nullptr) {
    return data_loss("WebP: damaged image data");
  }
  return {};
}

}  // namespace tern::image
