// PNG through libpng, with its long jumps kept in here: between setjmp and the calls of the library
// stand no objects with destructors.
#include <png.h>

#include <csetjmp>
#include <cstring>

#include "base/errors.h"
#include "image/codec.h"
#include "image/exif.h"

namespace tern::image {
namespace {

constexpr png_alloc_size_t kMaxChunkBytes = 8 << 20;
constexpr png_uint_32 kMaxChunks = 1000;
constexpr png_uint_32 kMaxSide = 0x7FFFFFFF;

/// What libpng is given to come back to.
struct Errors {
  std::jmp_buf jump;
  char message[200] = "";
};

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  auto* const errors = static_cast<Errors*>(png_get_error_ptr(png));
  std::strncpy(errors->message, message, sizeof(errors->message) - 1);
  std::longjmp(errors->jump, 1);
}

void on_warning(png_structp, png_const_charp) {}

class Reader {
 public:
  explicit Reader(Bytes bytes) : rest_(bytes) {}
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Up to the pixels.
  Status read_header() {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &errors_, on_error, on_warning);
    if (png_ == nullptr) return resource_exhausted("PNG: no memory");
    info_ = png_create_info_struct(png_);
    if (info_ == nullptr) return resource_exhausted("PNG: no memory");
    if (setjmp(errors_.jump) != 0) return data_loss("PNG: {}", errors_.message);
    png_set_user_limits(png_, kMaxSide, kMaxSide);
    png_set_chunk_malloc_max(png_, kMaxChunkBytes);
    png_set_chunk_cache_max(png_, kMaxChunks);
    png_set_read_fn(png_, this, [](png_structp png, png_bytep to, std::size_t size) {
      static_cast<Reader*>(png_get_io_ptr(png))->read(png, to, size);
    });
    png_read_info(png_, info_);
    return {};
  }

  ImageInfo info() const {
    const png_byte color = png_get_color_type(png_, info_);
    const bool transparent =
        (color & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png_, info_, PNG_INFO_tRNS) != 0;
    const bool colored = (color & PNG_COLOR_MASK_COLOR) != 0;
    ImageInfo info{.file = ImageFile::kPng,
                   .height = png_get_image_height(png_, info_),
                   .width = png_get_image_width(png_, info_)};
    info.format = transparent ? PixelFormat::kRgba
                  : colored   ? PixelFormat::kRgb
                              : PixelFormat::kGray;
    png_uint_32 size = 0;
    png_bytep exif = nullptr;
    if (png_get_eXIf_1(png_, info_, &size, &exif) != 0) {
      info.orientation = exif_orientation(std::as_bytes(std::span(exif, size)));
    }
    return info;
  }

  /// `rows` has the address of every row of the image, in the format of info().
  Status read_pixels(PixelFormat format, std::size_t row_bytes, png_bytepp rows) {
    if (setjmp(errors_.jump) != 0) return data_loss("PNG: {}", errors_.message);
    png_set_expand(png_);
    png_set_scale_16(png_);
    if (format != PixelFormat::kGray) png_set_gray_to_rgb(png_);
    if (format == PixelFormat::kRgba) png_set_add_alpha(png_, 0xFF, PNG_FILLER_AFTER);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    if (png_get_rowbytes(png_, info_) != row_bytes) return internal_error("PNG: the row size");
    png_read_image(png_, rows);
    png_read_end(png_, nullptr);
    return {};
  }

 private:
  void read(png_structp png, png_bytep to, std::size_t size) {
    if (size > rest_.size()) png_error(png, "the file ends early");
    std::memcpy(to, rest_.data(), size);
    rest_ = rest_.subspan(size);
  }

  Bytes rest_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  Errors errors_;
};

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  ~Writer() { png_destroy_write_struct(&png_, &info_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Status write(const Image& image, int level) {
    png_ = png_create_write_struct(PNG_LIBPNG_VER_STRING, &errors_, on_error, on_warning);
    if (png_ == nullptr) return resource_exhausted("PNG: no memory");
    info_ = png_create_info_struct(png_);
    if (info_ == nullptr) return resource_exhausted("PNG: no memory");
    if (setjmp(errors_.jump) != 0) return resource_exhausted("PNG: {}", errors_.message);
    png_set_write_fn(
        png_, &out_,
        [](png_structp png, png_bytep bytes, std::size_t size) {
          static_cast<std::string*>(png_get_io_ptr(png))
              ->append(reinterpret_cast<const char*>(bytes), size);
        },
        [](png_structp) {});
    const int color = image.format == PixelFormat::kGray  ? PNG_COLOR_TYPE_GRAY
                      : image.format == PixelFormat::kRgb ? PNG_COLOR_TYPE_RGB
                                                          : PNG_COLOR_TYPE_RGB_ALPHA;
    png_set_IHDR(png_, info_, static_cast<png_uint_32>(image.width()),
                 static_cast<png_uint_32>(image.height()), 8, color, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png_, level);
    png_write_info(png_, info_);
    for (std::int64_t y = 0; y < image.height(); ++y) png_write_row(png_, image.row(y));
    png_write_end(png_, nullptr);
    return {};
  }

 private:
  std::string& out_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  Errors errors_;
};

}  // namespace

Result<ImageInfo> png_info(Bytes bytes) {
  Reader reader(bytes);
  TERN_TRY(reader.read_header());
  return reader.info();
}

Status decode_png(Bytes bytes, Image& image) {
  Reader reader(bytes);
  TERN_TRY(reader.read_header());
  std::vector<png_bytep> rows;
  for (std::int64_t y = 0; y < image.height(); ++y) rows.push_back(image.mutable_row(y));
  const auto row_bytes = static_cast<std::size_t>(image.width() * image.channels());
  return reader.read_pixels(image.format, row_bytes, rows.data());
}

Result<std::string> encode_png(const Image& image, int level) {
  if (image.width() > PNG_USER_WIDTH_MAX || image.height() > PNG_USER_HEIGHT_MAX) {
    return invalid_argument("PNG: {} x {} pixels, at most {} a side are possible", image.width(),
                            image.height(), PNG_USER_WIDTH_MAX);
  }
  std::string out;
  Writer writer(out);
  TERN_TRY(writer.write(image, level));
  return out;
}

}  // namespace tern::image
