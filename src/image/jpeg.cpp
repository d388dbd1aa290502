// JPEG through libjpeg-turbo. The library reports errors by a function that must not return, hence
// setjmp: between it and the calls of the library stand no objects with destructors.
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>

// jpeglib.h wants size_t and FILE to be there.
#include <jerror.h>
#include <jpeglib.h>

#include "base/errors.h"
#include "image/codec.h"
#include "image/exif.h"

namespace tern::image {
namespace {

constexpr int kExifMarker = JPEG_APP0 + 1;
// A progressive image may come in any number of scans, each of which costs a walk over all of it.
constexpr int kMaxScans = 500;

struct ErrorHandler {
  jpeg_error_mgr base;  // first, so that the library's pointer to it is one to this
  std::jmp_buf jump;
  bool ends_early;
  char message[JMSG_LENGTH_MAX];
};

ErrorHandler& handler_of(j_common_ptr info) { return *reinterpret_cast<ErrorHandler*>(info->err); }

[[noreturn]] void on_error(j_common_ptr info) {
  ErrorHandler& handler = handler_of(info);
  info->err->format_message(info, handler.message);
  std::longjmp(handler.jump, 1);
}

void on_message(j_common_ptr info, int level) {
  const int code = info->err->msg_code;
  if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER)) {
    handler_of(info).ends_early = true;
  }
}

void no_output(j_common_ptr) {}

void on_progress(j_common_ptr info) {
  if (!info->is_decompressor) return;
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > kMaxScans) {
    ErrorHandler& handler = handler_of(info);
    std::snprintf(handler.message, sizeof(handler.message), "more than %d scans", kMaxScans);
    std::longjmp(handler.jump, 1);
  }
}

void set_up(ErrorHandler& handler) {
  std::memset(&handler, 0, sizeof(handler));
  jpeg_std_error(&handler.base);
  handler.base.error_exit = on_error;
  handler.base.emit_message = on_message;
  handler.base.output_message = no_output;
}

Status damaged(const ErrorHandler& handler) { return data_loss("JPEG: {}", handler.message); }

/// A decompressor for one image.
class Decompressor {
 public:
  explicit Decompressor(Bytes bytes) : bytes_(bytes) {
    std::memset(&info_, 0, sizeof(info_));
    std::memset(&progress_, 0, sizeof(progress_));
    set_up(handler_);
    info_.err = &handler_.base;
  }
  ~Decompressor() { jpeg_destroy_decompress(&info_); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  Status read_header() {
    if (setjmp(handler_.jump) != 0) return damaged(handler_);
    jpeg_create_decompress(&info_);
    progress_.progress_monitor = on_progress;
    info_.progress = &progress_;
    jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(bytes_.data()),
                 static_cast<unsigned long>(bytes_.size()));
    jpeg_save_markers(&info_, kExifMarker, 0xFFFF);
    jpeg_read_header(&info_, TRUE);
    return {};
  }

  /// Rows in the output colours chosen by decode(), given to `row`(pixels, y).
  template <class F>
  Status read_rows(J_COLOR_SPACE colors, F&& row) {
    if (setjmp(handler_.jump) != 0) return damaged(handler_);
    info_.out_color_space = colors;
    jpeg_start_decompress(&info_);
    while (info_.output_scanline < info_.output_height) {
      const JDIMENSION y = info_.output_scanline;
      JSAMPROW to = row(y);
      jpeg_read_scanlines(&info_, &to, 1);
    }
    jpeg_finish_decompress(&info_);
    if (handler_.ends_early) return data_loss("JPEG: the image data ends early");
    return {};
  }

  const jpeg_decompress_struct& info() const { return info_; }

 private:
  Bytes bytes_;
  jpeg_decompress_struct info_;
  jpeg_progress_mgr progress_;
  ErrorHandler handler_;
};

bool is_cmyk(const jpeg_decompress_struct& info) {
  return info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
}

int orientation_of(const jpeg_decompress_struct& info) {
  for (auto* marker = info.marker_list; marker != nullptr; marker = marker->next) {
    if (marker->marker != kExifMarker) continue;
    const int orientation =
        exif_orientation(std::as_bytes(std::span(marker->data, marker->data_length)));
    if (orientation != 1) return orientation;
  }
  return 1;
}

// Adobe's files, and with them all that one meets, store CMYK inverted: 255 is no ink.
void cmyk_to_rgb(const std::vector<unsigned char>& cmyk, std::uint8_t* rgb) {
  for (std::size_t i = 0; i + 3 < cmyk.size(); i += 4, rgb += 3) {
    for (std::size_t c = 0; c < 3; ++c) {
      rgb[c] = static_cast<std::uint8_t>((cmyk[i + c] * cmyk[i + 3] + 127) / 255);
    }
  }
}

/// A compressor for one image.
class Compressor {
 public:
  Compressor() {
    std::memset(&info_, 0, sizeof(info_));
    set_up(handler_);
    info_.err = &handler_.base;
  }
  ~Compressor() {
    jpeg_destroy_compress(&info_);
    std::free(data_);
  }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  Status run(const Image& image, int quality) {
    if (setjmp(handler_.jump) != 0) return resource_exhausted("JPEG: {}", handler_.message);
    jpeg_create_compress(&info_);
    jpeg_mem_dest(&info_, &data_, &size_);
    info_.image_width = static_cast<JDIMENSION>(image.width());
    info_.image_height = static_cast<JDIMENSION>(image.height());
    info_.input_components = image.channels();
    info_.in_color_space = image.format == PixelFormat::kGray ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&info_);
    jpeg_set_quality(&info_, quality, TRUE);
    jpeg_start_compress(&info_, TRUE);
    while (info_.next_scanline < info_.image_height) {
      JSAMPROW row = const_cast<std::uint8_t*>(image.row(info_.next_scanline));
      jpeg_write_scanlines(&info_, &row, 1);
    }
    jpeg_finish_compress(&info_);
    return {};
  }

  /// The file, after run().
  std::string_view bytes() const { return {reinterpret_cast<const char*>(data_), size_}; }

 private:
  jpeg_compress_struct info_;
  ErrorHandler handler_;
  unsigned char* data_ = nullptr;
  unsigned long size_ = 0;
};

}  // namespace

Result<ImageInfo> jpeg_info(Bytes bytes) {
  Decompressor jpeg(bytes);
  TERN_TRY(jpeg.read_header());
  const jpeg_decompress_struct& info = jpeg.info();
  return ImageInfo{
      .file = ImageFile::kJpeg,
      .height = info.image_height,
      .width = info.image_width,
      .format = info.jpeg_color_space == JCS_GRAYSCALE ? PixelFormat::kGray : PixelFormat::kRgb,
      .orientation = orientation_of(info)};
}

Status decode_jpeg(Bytes bytes, Image& image) {
  Decompressor jpeg(bytes);
  TERN_TRY(jpeg.read_header());
  if (image.format == PixelFormat::kGray) {
    return jpeg.read_rows(JCS_GRAYSCALE, [&](JDIMENSION y) { return image.mutable_row(y); });
  }
  if (!is_cmyk(jpeg.info())) {
    return jpeg.read_rows(JCS_RGB, [&](JDIMENSION y) { return image.mutable_row(y); });
  }
  std::vector<unsigned char> line(static_cast<std::size_t>(image.width()) * 4);
  const auto last = static_cast<JDIMENSION>(image.height() - 1);
  // A line is converted when the next one is asked for.
  TERN_TRY(jpeg.read_rows(JCS_CMYK, [&](JDIMENSION y) {
    if (y > 0) cmyk_to_rgb(line, image.mutable_row(y - 1));
    return line.data();
  }));
  cmyk_to_rgb(line, image.mutable_row(last));
  return {};
}

Result<std::string> encode_jpeg(const Image& image, int quality) {
  if (image.width() > JPEG_MAX_DIMENSION || image.height() > JPEG_MAX_DIMENSION) {
    return invalid_argument("JPEG: {} x {} pixels, at most {} a side are possible", image.width(),
                            image.height(), JPEG_MAX_DIMENSION);
  }
  Compressor jpeg;
  TERN_TRY(jpeg.run(image, quality));
  return std::string(jpeg.bytes());
}

}  // namespace tern::image
