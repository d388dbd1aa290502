// JPEG 2000 through libopenjp2, whose headers are checked first (jpeg2000_header.h).
#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "base/errors.h"
#include "base/strings.h"
#include "image/codec.h"
#include "image/jpeg2000_header.h"

namespace tern::image {
namespace {

constexpr OPJ_SIZE_T kStreamBuffer = 64 << 10;

/// What libopenjp2 reads from.
struct Source {
  Bytes bytes;
  std::size_t at = 0;
};

OPJ_SIZE_T read(void* buffer, OPJ_SIZE_T count, void* user) {
  auto& source = *static_cast<Source*>(user);
  const std::size_t taken = std::min<std::size_t>(count, source.bytes.size() - source.at);
  if (taken == 0) return static_cast<OPJ_SIZE_T>(-1);
  std::memcpy(buffer, source.bytes.data() + source.at, taken);
  source.at += taken;
  return taken;
}

OPJ_OFF_T skip(OPJ_OFF_T count, void* user) {
  auto& source = *static_cast<Source*>(user);
  if (count < 0 || static_cast<std::uint64_t>(count) > source.bytes.size() - source.at) return -1;
  source.at += static_cast<std::size_t>(count);
  return count;
}

OPJ_BOOL seek(OPJ_OFF_T to, void* user) {
  auto& source = *static_cast<Source*>(user);
  if (to < 0 || static_cast<std::uint64_t>(to) > source.bytes.size()) return OPJ_FALSE;
  source.at = static_cast<std::size_t>(to);
  return OPJ_TRUE;
}

void ignore(const char*, void*) {}

/// The first message is the cause.
void note(const char* message, void* user) {
  auto& text = *static_cast<std::string*>(user);
  if (text.empty()) text = trim(message);
}

using Stream = std::unique_ptr<opj_stream_t, decltype(&opj_stream_destroy)>;
using Codec = std::unique_ptr<opj_codec_t, decltype(&opj_destroy_codec)>;
using Picture = std::unique_ptr<opj_image_t, decltype(&opj_image_destroy)>;

Result<Picture> decode(Bytes bytes, bool boxed) {
  Source source{.bytes = bytes};
  std::string message;
  const Stream stream(opj_stream_create(kStreamBuffer, OPJ_TRUE), opj_stream_destroy);
  const Codec codec(opj_create_decompress(boxed ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K),
                    opj_destroy_codec);
  if (stream == nullptr || codec == nullptr) return resource_exhausted("JPEG 2000: no memory");
  opj_stream_set_read_function(stream.get(), read);
  opj_stream_set_skip_function(stream.get(), skip);
  opj_stream_set_seek_function(stream.get(), seek);
  opj_stream_set_user_data(stream.get(), &source, nullptr);
  opj_stream_set_user_data_length(stream.get(), bytes.size());
  opj_set_info_handler(codec.get(), ignore, nullptr);
  opj_set_warning_handler(codec.get(), ignore, nullptr);
  opj_set_error_handler(codec.get(), note, &message);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  opj_image_t* image = nullptr;
  const bool done = opj_setup_decoder(codec.get(), &parameters) == OPJ_TRUE &&
                    opj_decoder_set_strict_mode(codec.get(), OPJ_TRUE) == OPJ_TRUE &&
                    opj_read_header(stream.get(), codec.get(), &image) == OPJ_TRUE &&
                    opj_decode(codec.get(), stream.get(), image) == OPJ_TRUE &&
                    opj_end_decompress(codec.get(), stream.get()) == OPJ_TRUE;
  Picture picture(image, opj_image_destroy);
  if (!done || picture == nullptr) {
    return data_loss("JPEG 2000: {}", message.empty() ? "damaged image data" : message);
  }
  return picture;
}

/// One component at the image's own pixels, as 8 bits.
class Samples {
 public:
  Samples(const opj_image_t& image, const opj_image_comp_t& part)
      : image_(image),
        part_(part),
        lowest_(part.sgnd != 0 ? -(std::int64_t{1} << (part.prec - 1)) : 0),
        highest_((std::int64_t{1} << part.prec) - 1) {}

  int at(std::int64_t x, std::int64_t y) const {
    const std::int64_t column = position(x, image_.x0, part_.dx, part_.x0, part_.w);
    const std::int64_t row = position(y, image_.y0, part_.dy, part_.y0, part_.h);
    const std::int64_t value = std::clamp<std::int64_t>(
        part_.data[row * static_cast<std::int64_t>(part_.w) + column] - lowest_, 0, highest_);
    return static_cast<int>((value * 255 + highest_ / 2) / highest_);
  }

 private:
  // Where a subsampled component has its sample for a pixel.
  static std::int64_t position(std::int64_t pixel, std::int64_t origin, std::int64_t step,
                               std::int64_t first, std::int64_t count) {
    return std::clamp<std::int64_t>((origin + pixel) / step - first, 0, count - 1);
  }

  const opj_image_t& image_;
  const opj_image_comp_t& part_;
  const std::int64_t lowest_;
  const std::int64_t highest_;
};

/// Full-range YCbCr of ITU-R BT.601, as sYCC (IEC 61966-2-1 amendment 1) has it.
void ycc_to_rgb(std::uint8_t* pixel) {
  const double y = pixel[0], b = pixel[1] - 128.0, r = pixel[2] - 128.0;
  const auto byte = [](double v) {
    return static_cast<std::uint8_t>(std::clamp(v + 0.5, 0.0, 255.0));
  };
  pixel[0] = byte(y + 1.402 * r);
  pixel[1] = byte(y - 0.344136 * b - 0.714136 * r);
  pixel[2] = byte(y + 1.772 * b);
}

Status check_parts(const opj_image_t& picture, const Jpeg2000Header& header) {
  const bool same = picture.numcomps == static_cast<OPJ_UINT32>(header.components) &&
                    picture.x1 - picture.x0 == static_cast<OPJ_UINT32>(header.width) &&
                    picture.y1 - picture.y0 == static_cast<OPJ_UINT32>(header.height);
  if (!same) return data_loss("JPEG 2000: headers disagree");
  for (OPJ_UINT32 i = 0; i < picture.numcomps; ++i) {
    const opj_image_comp_t& part = picture.comps[i];
    if (part.data == nullptr || part.w == 0 || part.h == 0 || part.prec < 1 || part.prec > 16) {
      return data_loss("JPEG 2000: component {} is missing", i);
    }
  }
  return {};
}

}  // namespace

Result<ImageInfo> jpeg2000_info(Bytes bytes) {
  TERN_ASSIGN_OR_RETURN(const Jpeg2000Header header, read_jpeg2000_header(bytes));
  const PixelFormat format = header.components == 1   ? PixelFormat::kGray
                             : header.components == 3 ? PixelFormat::kRgb
                                                      : PixelFormat::kRgba;
  return ImageInfo{.file = ImageFile::kJpeg2000,
                   .height = header.height,
                   .width = header.width,
                   .format = format};
}

Status decode_jpeg2000(Bytes bytes, Image& image) {
  TERN_ASSIGN_OR_RETURN(const Jpeg2000Header header, read_jpeg2000_header(bytes));
  TERN_TRY(check_jpeg2000_structure(bytes, header));
  TERN_ASSIGN_OR_RETURN(const Picture picture, decode(bytes, header.boxed));
  TERN_TRY(check_parts(*picture, header));
  std::vector<Samples> parts;
  const auto add = [&](OPJ_UINT32 part) { parts.emplace_back(*picture, picture->comps[part]); };
  if (header.components == 2) {  // gray and alpha
    for (const OPJ_UINT32 part : {0, 0, 0, 1}) add(part);
  } else {
    for (OPJ_UINT32 part = 0; part < picture->numcomps; ++part) add(part);
  }
  const bool subsampled = header.components >= 3 && picture->comps[1].dx > 1;
  const bool ycc =
      header.components >= 3 && (header.colors == Jpeg2000Colors::kYcc ||
                                 (header.colors == Jpeg2000Colors::kUnspecified && subsampled));
  for (std::int64_t y = 0; y < image.height(); ++y) {
    std::uint8_t* pixel = image.mutable_row(y);
    for (std::int64_t x = 0; x < image.width(); ++x, pixel += image.channels()) {
      for (std::size_t c = 0; c < parts.size(); ++c) {
        pixel[c] = static_cast<std::uint8_t>(parts[c].at(x, y));
      }
      if (ycc) ycc_to_rgb(pixel);
    }
  }
  return {};
}

}  // namespace tern::image
