#include <algorithm>

#include "base/errors.h"
#include "base/file.h"
#include "base/strings.h"
#include "image/codec.h"

namespace tern {
namespace {

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 30;
constexpr std::array<std::string_view, 14> kExtensions{".jpg",  ".jpeg", ".png", ".webp", ".bmp",
                                                       ".pbm",  ".pgm",  ".ppm", ".pnm",  ".tif",
                                                       ".tiff", ".jp2",  ".j2k", ".j2c"};

Status check_limits(const ImageInfo& info, const DecodeOptions& options) {
  if (info.height < 1 || info.width < 1) {
    return data_loss("{} image of {} x {} pixels", to_string(info.file), info.width, info.height);
  }
  if (info.height > options.max_side || info.width > options.max_side ||
      info.height > options.max_pixels / info.width) {
    return resource_exhausted("{} image of {} x {} pixels, the limits are {} a side and {} in all",
                              to_string(info.file), info.width, info.height, options.max_side,
                              options.max_pixels);
  }
  return {};
}

Status decode(ImageFile file, std::span<const std::byte> bytes, Image& image) {
  switch (file) {
    case ImageFile::kJpeg: return image::decode_jpeg(bytes, image);
    case ImageFile::kPng: return image::decode_png(bytes, image);
    case ImageFile::kWebp: return image::decode_webp(bytes, image);
    case ImageFile::kBmp: return image::decode_bmp(bytes, image);
    case ImageFile::kPnm: return image::decode_pnm(bytes, image);
    case ImageFile::kTiff: return image::decode_tiff(bytes, image);
    case ImageFile::kJpeg2000: return image::decode_jpeg2000(bytes, image);
  }
  return internal_error("image file {}", static_cast<int>(file));
}

}  // namespace

std::optional<ImageFile> image_file_of(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("\xFF\xD8\xFF")) return ImageFile::kJpeg;
  if (text.starts_with("\x89PNG\r\n\x1A\n")) return ImageFile::kPng;
  if (text.size() >= 12 && text.starts_with("RIFF") && text.substr(8, 4) == "WEBP") {
    return ImageFile::kWebp;
  }
  if (text.starts_with("BM")) return ImageFile::kBmp;
  if (text.size() >= 3 && text[0] == 'P' && text[1] >= '1' && text[1] <= '6' &&
      (text[2] == '#' || std::string_view(" \t\r\n").find(text[2]) != std::string_view::npos)) {
    return ImageFile::kPnm;
  }
  if (text.starts_with(std::string_view("II*\0", 4)) ||
      text.starts_with(std::string_view("MM\0*", 4))) {
    return ImageFile::kTiff;
  }
  if (text.starts_with(std::string_view("\0\0\0\x0CjP  \r\n\x87\n", 12)) ||
      text.starts_with("\xFF\x4F\xFF\x51")) {
    return ImageFile::kJpeg2000;
  }
  return std::nullopt;
}

bool has_image_extension(std::string_view path) {
  return std::ranges::find(kExtensions, to_lower(file_extension(path))) != kExtensions.end();
}

Result<ImageInfo> image_info(std::span<const std::byte> bytes) {
  const std::optional<ImageFile> file = image_file_of(bytes);
  if (!file) return data_loss("no JPEG, PNG, WebP, BMP, PNM, TIFF or JPEG 2000 image");
  switch (*file) {
    case ImageFile::kJpeg: return image::jpeg_info(bytes);
    case ImageFile::kPng: return image::png_info(bytes);
    case ImageFile::kWebp: return image::webp_info(bytes);
    case ImageFile::kBmp: return image::bmp_info(bytes);
    case ImageFile::kPnm: return image::pnm_info(bytes);
    case ImageFile::kTiff: return image::tiff_info(bytes);
    case ImageFile::kJpeg2000: return image::jpeg2000_info(bytes);
  }
  return internal_error("image file {}", static_cast<int>(*file));
}

Result<Image> decode_image(std::span<const std::byte> bytes, const DecodeOptions& options) {
  TERN_ASSIGN_OR_RETURN(const ImageInfo info, image_info(bytes));
  TERN_TRY(check_limits(info, options));
  TERN_ASSIGN_OR_RETURN(Image image, Image::create(info.height, info.width, info.format));
  TERN_TRY(decode(info.file, bytes, image));
  if (options.format && *options.format != image.format) {
    TERN_ASSIGN_OR_RETURN(image, convert_image(image, *options.format));
  }
  if (options.upright && info.orientation != 1) return orient_image(image, info.orientation);
  return image;
}

Result<Image> read_image(const std::string& path, const DecodeOptions& options) {
  TERN_ASSIGN_OR_RETURN(const std::string content, read_file(path, kMaxFileBytes));
  Result<Image> image = decode_image(std::as_bytes(std::span<const char>(content)), options);
  if (!image.ok()) return std::move(image).status().with_context(path);
  return image;
}

Result<std::string> encode_image(const Image& image, ImageFile file, const EncodeOptions& options) {
  if (file == ImageFile::kJpeg) {
    if (options.jpeg_quality < 1 || options.jpeg_quality > 100) {
      return invalid_argument("JPEG quality {}; 1 to 100 are possible", options.jpeg_quality);
    }
    if (image.format == PixelFormat::kRgba) {
      return invalid_argument("a JPEG file has no alpha: convert the image to rgb");
    }
  } else if (file == ImageFile::kPng) {
    if (options.png_level < 0 || options.png_level > 9) {
      return invalid_argument("PNG level {}; 0 to 9 are possible", options.png_level);
    }
  } else {
    return unimplemented("writing {} files; PNG and JPEG are possible", to_string(file));
  }
  Image stored = image;
  if (image.format == PixelFormat::kBgr) {
    TERN_ASSIGN_OR_RETURN(stored, convert_image(image, PixelFormat::kRgb));
  }
  return file == ImageFile::kJpeg ? image::encode_jpeg(stored, options.jpeg_quality)
                                  : image::encode_png(stored, options.png_level);
}

Status write_image(const std::string& path, const Image& image, const EncodeOptions& options) {
  const std::string extension = to_lower(file_extension(path));
  const bool png = extension == ".png";
  if (!png && extension != ".jpg" && extension != ".jpeg") {
    return invalid_argument("{}: images are written as .png, .jpg or .jpeg", path);
  }
  Result<std::string> bytes =
      encode_image(image, png ? ImageFile::kPng : ImageFile::kJpeg, options);
  if (!bytes.ok()) return std::move(bytes).status().with_context(path);
  return write_file_atomically(path, *bytes);
}

}  // namespace tern
