// What a reader of one kind of image file offers to decode.cpp. The readers decode to the pixel
// format that info() names; converting, turning and the limits are decode.cpp's.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "tern/image.h"

namespace tern::image {

using Bytes = std::span<const std::byte>;

Result<ImageInfo> jpeg_info(Bytes bytes);
Result<ImageInfo> png_info(Bytes bytes);
Result<ImageInfo> webp_info(Bytes bytes);
Result<ImageInfo> bmp_info(Bytes bytes);
Result<ImageInfo> pnm_info(Bytes bytes);
Result<ImageInfo> tiff_info(Bytes bytes);
Result<ImageInfo> jpeg2000_info(Bytes bytes);

/// Fill `image`, which has the size and format of the info of the same bytes.
Status decode_jpeg(Bytes bytes, Image& image);
Status decode_png(Bytes bytes, Image& image);
Status decode_webp(Bytes bytes, Image& image);
Status decode_bmp(Bytes bytes, Image& image);
Status decode_pnm(Bytes bytes, Image& image);
Status decode_tiff(Bytes bytes, Image& image);
Status decode_jpeg2000(Bytes bytes, Image& image);

/// Gray or RGB.
Result<std::string> encode_jpeg(const Image& image, int quality);
/// Gray, RGB or RGBA.
Result<std::string> encode_png(const Image& image, int level);

}  // namespace tern::image
