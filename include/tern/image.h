// Images: decoding and encoding files, resizing, cropping, colours, and the way to tensors and
// back.
//
//   auto cat = tern::read_image("cat.jpg");                        // u8 [H,W,3], upright
//   if (!cat.ok()) return cat.status();
//   auto small = tern::fit_image(*cat, 224, 224, tern::ImageFit::kCrop);
//   auto x = tern::to_tensor(*small, {.mean = {0.485F, 0.456F, 0.406F},
//                                     .std = {0.229F, 0.224F, 0.225F}});   // f32 [1,3,224,224]
//
// Functions only read their arguments and may be called from many threads at a time. Reading and
// writing files other than BMP, PNM and TIFF needs a build with TERN_WITH_IMAGE=ON; without it
// those functions return kUnimplemented, the others work.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tern/status.h"
#include "tern/tensor.h"

namespace tern {

enum class PixelFormat : std::uint8_t { kGray, kRgb, kBgr, kRgba };

/// Bytes of a pixel: 1, 3, 3 or 4.
int channels_of(PixelFormat format);
/// "gray", "rgb", "bgr", "rgba"
std::string_view to_string(PixelFormat format);

/// A handle: copies share the pixels.
struct Image {
  Tensor pixels;  ///< u8 [height, width, channels]
  PixelFormat format = PixelFormat::kRgb;

  /// With indeterminate pixels. kInvalidArgument for sizes below 1, kResourceExhausted when the
  /// memory cannot be had.
  static Result<Image> create(std::int64_t height, std::int64_t width, PixelFormat format);

  std::int64_t height() const { return pixels.dim(0); }
  std::int64_t width() const { return pixels.dim(1); }
  int channels() const { return channels_of(format); }
  /// channels() bytes per pixel, the rows behind each other from the top.
  const std::uint8_t* row(std::int64_t y) const {
    return pixels.data<std::uint8_t>() + y * width() * channels();
  }
  std::uint8_t* mutable_row(std::int64_t y) {
    return pixels.mutable_data<std::uint8_t>() + y * width() * channels();
  }
};

// --- Files

enum class ImageFile : std::uint8_t { kJpeg, kPng, kWebp, kBmp, kPnm, kTiff, kJpeg2000 };
/// "JPEG", "PNG", "WebP", "BMP", "PNM", "TIFF", "JPEG 2000"
std::string_view to_string(ImageFile file);

struct ImageInfo {
  ImageFile file = ImageFile::kJpeg;
  std::int64_t height = 0;  ///< as stored, before the orientation is applied
  std::int64_t width = 0;
  PixelFormat format = PixelFormat::kRgb;  ///< that holds everything stored
  int orientation = 1;                     ///< EXIF's, 1 to 8; 1 is upright
};

struct DecodeOptions {
  /// What to convert to; unset: what the file holds. Alpha is dropped, not blended.
  std::optional<PixelFormat> format = PixelFormat::kRgb;
  /// Turn and mirror the image as its EXIF orientation says.
  bool upright = true;
  /// Larger images are refused, before memory is taken.
  std::int64_t max_side = 65'535;
  std::int64_t max_pixels = 100'000'000;
};

/// The kind of file, from its first bytes; nullopt when it is none of those known.
std::optional<ImageFile> image_file_of(std::span<const std::byte> bytes);
/// Whether a name ends in .jpg, .jpeg, .png, .webp, .bmp, .pbm, .pgm, .ppm, .pnm, .tif, .tiff,
/// .jp2, .j2k or .j2c, in any case.
bool has_image_extension(std::string_view path);

/// Reads the header only.
Result<ImageInfo> image_info(std::span<const std::byte> bytes);
/// JPEG (also progressive, gray and CMYK), PNG, WebP without animation, uncompressed BMP, PNM, TIFF
/// in strips that are not compressed or packed by PackBits, and JPEG 2000 (gray, RGB and sYCC,
/// with or without alpha, .jp2 files and bare codestreams). Channels of 16 bits become 8.
/// kDataLoss for bytes that are no image or end early, kUnimplemented for kinds not read,
/// kResourceExhausted beyond a limit.
Result<Image> decode_image(std::span<const std::byte> bytes, const DecodeOptions& options = {});
/// decode_image of a file; messages begin with the path.
Result<Image> read_image(const std::string& path, const DecodeOptions& options = {});

struct EncodeOptions {
  int jpeg_quality = 90;  ///< 1 to 100
  int png_level = 6;      ///< 0 (fast) to 9 (small)
};

/// The bytes of a JPEG (no alpha) or PNG file; kUnimplemented for the other kinds.
Result<std::string> encode_image(const Image& image, ImageFile file,
                                 const EncodeOptions& options = {});
/// Writes .png, .jpg or .jpeg, by the name; replaces a file in one step.
Status write_image(const std::string& path, const Image& image, const EncodeOptions& options = {});

// --- Pixels

/// Gray is 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601); new alpha is 255.
Result<Image> convert_image(const Image& image, PixelFormat format);

enum class ResizeFilter : std::uint8_t { kNearest, kBox, kBilinear, kBicubic };

struct ResizeOptions {
  ResizeFilter filter = ResizeFilter::kBilinear;
  /// When an image gets smaller the filter gets wider, so that every pixel counts (as Pillow and
  /// torchvision do). Off: bilinear reads four pixels whatever the scale (as OpenCV does).
  bool antialias = true;
};

Result<Image> resize_image(const Image& image, std::int64_t height, std::int64_t width,
                           const ResizeOptions& options = {});

/// The pixels of a rectangle. kOutOfRange unless all of it lies in the image.
Result<Image> crop_image(const Image& image, std::int64_t top, std::int64_t left,
                         std::int64_t height, std::int64_t width);

enum class ImageFit : std::uint8_t {
  kStretch,  ///< both sides by their own factor
  kCrop,     ///< the larger factor, then the middle is cut out
  kPad,      ///< the smaller factor, then borders of `fill` around it
};

/// An image of that size. `fill` is the value of every channel of a border.
Result<Image> fit_image(const Image& image, std::int64_t height, std::int64_t width, ImageFit fit,
                        const ResizeOptions& options = {}, std::uint8_t fill = 114);

/// Mirrored left to right.
Result<Image> mirror_image(const Image& image);
/// Turned and mirrored so that an image stored with this EXIF orientation (1 to 8) is upright.
Result<Image> orient_image(const Image& image, int orientation);

// --- Tensors

enum class ImageLayout : std::uint8_t { kNCHW, kNHWC };

struct ImageTensorOptions {
  DType dtype = DType::kF32;  ///< kF32 or kU8; bytes are copied as they are
  ImageLayout layout = ImageLayout::kNCHW;
  /// f32 is (pixel * scale - mean[c]) / std[c]; one number for all channels, one per channel, or
  /// none (0 and 1).
  float scale = 1.0F / 255;
  std::vector<float> mean;
  std::vector<float> std;
};

/// The shape to_tensor() gives: [1,C,H,W] or [1,H,W,C].
Shape tensor_shape(const Image& image, const ImageTensorOptions& options);
Result<Tensor> to_tensor(const Image& image, const ImageTensorOptions& options = {});
/// The same into the caller's tensor, of that dtype and as many elements: one row of a batch.
Status write_tensor(const Image& image, const ImageTensorOptions& options, Tensor& out);
/// The way back: [1,C,H,W] or [C,H,W] (kNHWC: [1,H,W,C] or [H,W,C]) to the nearest bytes, clamped
/// to 0 to 255. 1 channel is gray, 3 are `format`, 4 are kRgba.
Result<Image> to_image(const Tensor& tensor, const ImageTensorOptions& options = {},
                       PixelFormat format = PixelFormat::kRgb);

}  // namespace tern
