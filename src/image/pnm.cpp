// Portable bitmaps, graymaps and pixmaps, as text (P1, P2, P3) and raw (P4, P5, P6), one image a
// file: netpbm.sourceforge.net/doc/pbm.html, pgm.html, ppm.html. Bitmaps become gray.
#include <algorithm>

#include "base/errors.h"
#include "image/codec.h"

namespace tern::image {
namespace {

constexpr std::uint32_t kMaxNumber = 1U << 30;
constexpr std::uint32_t kMaxMaxval = 65535;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

/// Numbers in text, and the place behind the last one.
class Scanner {
 public:
  Scanner(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  Result<std::uint32_t> number() {
    skip_space();
    const std::size_t begin = at_;
    std::uint32_t value = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      value = value * 10 + static_cast<std::uint32_t>(text_[at_] - '0');
      if (value > kMaxNumber) return data_loss("a number above {}", kMaxNumber);
    }
    if (at_ == begin) return data_loss("no number at byte {}", at_);
    return value;
  }
  /// One digit, 0 or 1: those of a P1 need no space between them.
  Result<std::uint32_t> bit() {
    skip_space();
    if (at_ >= text_.size() || (text_[at_] != '0' && text_[at_] != '1')) {
      return data_loss("neither 0 nor 1 at byte {}", at_);
    }
    return static_cast<std::uint32_t>(text_[at_++] - '0');
  }
  /// The one space character between the header and raw pixels.
  Status one_space() {
    if (at_ >= text_.size() || !is_space(text_[at_])) return data_loss("the header ends early");
    ++at_;
    return {};
  }
  std::size_t at() const { return at_; }

 private:
  void skip_space() {
    while (at_ < text_.size() && (is_space(text_[at_]) || text_[at_] == '#')) {
      if (text_[at_] == '#') at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
      if (at_ < text_.size()) ++at_;
    }
  }

  std::string_view text_;
  std::size_t at_;
};

struct Header {
  char kind = '6';
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::uint32_t maxval = 1;
  std::size_t pixels_at = 0;

  bool raw() const { return kind >= '4'; }
  bool bitmap() const { return kind == '1' || kind == '4'; }
  std::int64_t channels() const { return kind == '3' || kind == '6' ? 3 : 1; }
  /// Bytes of a raw row.
  std::uint64_t stride() const {
    const auto samples = static_cast<std::uint64_t>(width * channels());
    return bitmap() ? (samples + 7) / 8 : samples * (maxval > 255 ? 2 : 1);
  }
};

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<Header> parse(Bytes bytes) {
  Header header{.kind = text_of(bytes)[1]};
  Scanner scanner(text_of(bytes), 2);
  TERN_ASSIGN_OR_RETURN(header.width, scanner.number());
  TERN_ASSIGN_OR_RETURN(header.height, scanner.number());
  if (!header.bitmap()) {
    TERN_ASSIGN_OR_RETURN(header.maxval, scanner.number());
    if (header.maxval < 1 || header.maxval > kMaxMaxval) {
      return data_loss("a largest value of {}", header.maxval);
    }
  }
  TERN_TRY(scanner.one_space());
  header.pixels_at = scanner.at();
  if (header.width < 1 || header.height < 1) {
    return data_loss("{} x {} pixels", header.width, header.height);
  }
  // Every sample takes at least a bit of a raw file, and a byte of text.
  const std::uint64_t left = bytes.size() - header.pixels_at;
  const std::uint64_t row =
      header.raw() ? header.stride() : static_cast<std::uint64_t>(header.width * header.channels());
  if (left / row < static_cast<std::uint64_t>(header.height)) {
    return data_loss("{} x {} pixels do not fit into {} bytes", header.width, header.height,
                     bytes.size());
  }
  return header;
}

Result<Header> parse_in_context(Bytes bytes) {
  Result<Header> header = parse(bytes);
  if (!header.ok()) return std::move(header).status().with_context("PNM");
  return header;
}

std::uint8_t scaled(std::uint32_t value, std::uint32_t maxval) {
  value = std::min(value, maxval);
  return static_cast<std::uint8_t>(maxval == 255 ? value : (value * 255 + maxval / 2) / maxval);
}

void read_raw_row(const Header& header, Bytes row, std::uint8_t* to, std::size_t samples) {
  const auto byte_at = [&](std::size_t i) { return std::to_integer<std::uint32_t>(row[i]); };
  for (std::size_t i = 0; i < samples; ++i) {
    if (header.bitmap()) {
      to[i] = (byte_at(i / 8) >> (7 - i % 8) & 1) != 0 ? 0 : 255;  // 1 is black
    } else if (header.maxval > 255) {
      to[i] = scaled(byte_at(2 * i) << 8 | byte_at(2 * i + 1), header.maxval);
    } else {
      to[i] = scaled(byte_at(i), header.maxval);
    }
  }
}

Status read_text_row(const Header& header, Scanner& scanner, std::uint8_t* to,
                     std::size_t samples) {
  for (std::size_t i = 0; i < samples; ++i) {
    if (header.bitmap()) {
      TERN_ASSIGN_OR_RETURN(const std::uint32_t bit, scanner.bit());
      to[i] = bit != 0 ? 0 : 255;
    } else {
      TERN_ASSIGN_OR_RETURN(const std::uint32_t value, scanner.number());
      to[i] = scaled(value, header.maxval);
    }
  }
  return {};
}

}  // namespace

Result<ImageInfo> pnm_info(Bytes bytes) {
  TERN_ASSIGN_OR_RETURN(const Header header, parse_in_context(bytes));
  return ImageInfo{.file = ImageFile::kPnm,
                   .height = header.height,
                   .width = header.width,
                   .format = header.channels() == 3 ? PixelFormat::kRgb : PixelFormat::kGray};
}

Status decode_pnm(Bytes bytes, Image& image) {
  TERN_ASSIGN_OR_RETURN(const Header header, parse_in_context(bytes));
  const auto samples = static_cast<std::size_t>(header.width * header.channels());
  Scanner scanner(text_of(bytes), header.pixels_at);
  for (std::int64_t y = 0; y < header.height; ++y) {
    if (header.raw()) {
      const auto stride = static_cast<std::size_t>(header.stride());
      const Bytes row =
          bytes.subspan(header.pixels_at + static_cast<std::size_t>(y) * stride, stride);
      read_raw_row(header, row, image.mutable_row(y), samples);
    } else if (Status s = read_text_row(header, scanner, image.mutable_row(y), samples); !s.ok()) {
      return std::move(s).with_context("PNM");
    }
  }
  return {};
}

}  // namespace tern::image
