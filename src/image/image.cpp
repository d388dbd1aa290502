#include "tern/image.h"

#include <algorithm>

#include "base/check.h"
#include "base/errors.h"

namespace tern {

int channels_of(PixelFormat format) {
  switch (format) {
    case PixelFormat::kGray: return 1;
    case PixelFormat::kRgb:
    case PixelFormat::kBgr: return 3;
    case PixelFormat::kRgba: return 4;
  }
  TERN_CHECK(false, "pixel format {}", static_cast<int>(format));
}

std::string_view to_string(PixelFormat format) {
  constexpr std::array<std::string_view, 4> kNames{"gray", "rgb", "bgr", "rgba"};
  return kNames[static_cast<std::size_t>(format)];
}

std::string_view to_string(ImageFile file) {
  constexpr std::array<std::string_view, 7> kNames{"JPEG", "PNG",  "WebP",     "BMP",
                                                   "PNM",  "TIFF", "JPEG 2000"};
  return kNames[static_cast<std::size_t>(file)];
}

Result<Image> Image::create(std::int64_t height, std::int64_t width, PixelFormat format) {
  if (height < 1 || width < 1) return invalid_argument("an image of {} x {} pixels", width, height);
  const std::array<std::int64_t, 3> dims{height, width, channels_of(format)};
  TERN_ASSIGN_OR_RETURN(const Shape shape, Shape::from(dims));
  Image image{.format = format};
  TERN_ASSIGN_OR_RETURN(image.pixels, Tensor::uninitialized(DType::kU8, shape));
  return image;
}

}  // namespace tern
