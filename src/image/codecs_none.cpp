// Stands in for jpeg.cpp, jpeg2000.cpp, png.cpp and webp.cpp in a build without their libraries.
#include "base/errors.h"
#include "image/codec.h"

namespace tern::image {
namespace {

Status off(ImageFile file) {
  return unimplemented("{} files: tern was built with TERN_WITH_IMAGE=OFF", to_string(file));
}

}  // namespace

Result<ImageInfo> jpeg_info(Bytes) { return off(ImageFile::kJpeg); }
Result<ImageInfo> png_info(Bytes) { return off(ImageFile::kPng); }
Result<ImageInfo> webp_info(Bytes) { return off(ImageFile::kWebp); }
Result<ImageInfo> jpeg2000_info(Bytes) { return off(ImageFile::kJpeg2000); }
Status decode_jpeg(Bytes, Image&) { return off(ImageFile::kJpeg); }
Status decode_png(Bytes, Image&) { return off(ImageFile::kPng); }
Status decode_webp(Bytes, Image&) { return off(ImageFile::kWebp); }
Status decode_jpeg2000(Bytes, Image&) { return off(ImageFile::kJpeg2000); }
Result<std::string> encode_jpeg(const Image&, int) { return off(ImageFile::kJpeg); }
Result<std::string> encode_png(const Image&, int) { return off(ImageFile::kPng); }

}  // namespace tern::image
