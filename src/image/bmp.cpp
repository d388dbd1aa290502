// Windows bitmaps, uncompressed: 1, 4 and 8 bits with a palette, 16, 24 and 32 bits, the colours of
// 16 and 32 also by masks. Layout as Microsoft documents BITMAPFILEHEADER, BITMAPCOREHEADER,
// BITMAPINFOHEADER and BITMAPV5HEADER.
#include <algorithm>
#include <array>
#include <bit>

#include "base/errors.h"
#include "base/little_endian.h"
#include "image/codec.h"

namespace tern::image {
namespace {

constexpr std::size_t kFileHeader = 14;
constexpr std::uint32_t kCoreHeader = 12;
constexpr std::uint32_t kInfoHeader = 40;
constexpr std::uint32_t kRgb = 0;        // biCompression
constexpr std::uint32_t kBitFields = 3;  // masks for red, green and blue
constexpr std::uint32_t kAlphaBitFields = 6;
constexpr std::uint32_t kMaxHeader = 4096;

/// The bits of one colour in a pixel.
struct Mask {
  std::uint32_t bits = 0;

  /// 0 to 255; a colour without bits is 0.
  std::uint8_t of(std::uint32_t pixel) const {
    if (bits == 0) return 0;
    const std::uint32_t most = bits >> std::countr_zero(bits);
    const std::uint32_t value = (pixel & bits) >> std::countr_zero(bits);
    return static_cast<std::uint8_t>((std::uint64_t{value} * 255 + most / 2) / most);
  }
};

struct Header {
  std::int64_t width = 0;
  std::int64_t height = 0;
  bool top_down = false;
  unsigned bits = 0;
  std::array<Mask, 4> masks;  // red, green, blue, alpha; of 16 and 32 bits
  std::size_t palette_at = 0;
  std::size_t palette_entry = 4;  // bytes
  std::size_t palette_size = 0;
  std::size_t pixels_at = 0;

  bool has_alpha() const { return masks[3].bits != 0; }
};

Status read_masks(ByteReader& reader, const Bytes bytes, std::uint32_t header_size,
                  std::uint32_t compression, Header& header) {
  if (compression == kRgb) {
    if (header.bits == 16) header.masks = {{{0x7C00}, {0x03E0}, {0x001F}, {0}}};
    if (header.bits == 32) header.masks = {{{0xFF0000}, {0x00FF00}, {0x0000FF}, {0}}};
    return {};
  }
  // The masks stand behind the 40 bytes, whether they count as part of the header or not.
  reader = ByteReader(bytes.subspan(kFileHeader + kInfoHeader));
  const std::size_t count = compression == kAlphaBitFields || header_size >= 56 ? 4 : 3;
  for (std::size_t i = 0; i < count; ++i) {
    TERN_ASSIGN_OR_RETURN(header.masks[i].bits, reader.read<std::uint32_t>());
    const std::uint32_t bits = header.masks[i].bits;
    const bool one_run = bits == 0 || std::has_single_bit((bits >> std::countr_zero(bits)) + 1ULL);
    if (!one_run) return data_loss("colour mask {:#010x}", bits);
  }
  return {};
}

Result<Header> parse(Bytes bytes) {
  ByteReader reader(bytes);
  Header header;
  TERN_TRY(reader.skip(10));
  TERN_ASSIGN_OR_RETURN(header.pixels_at, reader.read<std::uint32_t>());
  TERN_ASSIGN_OR_RETURN(const auto size, reader.read<std::uint32_t>());
  std::uint32_t compression = kRgb, colors = 0;
  if (size == kCoreHeader) {
    TERN_ASSIGN_OR_RETURN(header.width, reader.read<std::uint16_t>());
    TERN_ASSIGN_OR_RETURN(header.height, reader.read<std::uint16_t>());
    TERN_TRY(reader.skip(2));
    TERN_ASSIGN_OR_RETURN(header.bits, reader.read<std::uint16_t>());
    header.palette_entry = 3;
  } else if (size >= kInfoHeader && size <= kMaxHeader) {
    TERN_ASSIGN_OR_RETURN(header.width, reader.read<std::int32_t>());
    TERN_ASSIGN_OR_RETURN(header.height, reader.read<std::int32_t>());
    TERN_TRY(reader.skip(2));
    TERN_ASSIGN_OR_RETURN(header.bits, reader.read<std::uint16_t>());
    TERN_ASSIGN_OR_RETURN(compression, reader.read<std::uint32_t>());
    TERN_TRY(reader.skip(12));
    TERN_ASSIGN_OR_RETURN(colors, reader.read<std::uint32_t>());
    TERN_TRY(reader.skip(4));
  } else {
    return data_loss("header of {} bytes", size);
  }
  header.top_down = header.height < 0;
  if (header.top_down) header.height = -header.height;
  if (header.width < 1 || header.height < 1) {
    return data_loss("{} x {} pixels", header.width, header.height);
  }

  const bool masked = compression == kBitFields || compression == kAlphaBitFields;
  const bool direct = header.bits == 16 || header.bits == 24 || header.bits == 32;
  const bool indexed = header.bits == 1 || header.bits == 4 || header.bits == 8;
  if (!direct && !indexed) return data_loss("{} bits a pixel", header.bits);
  if (compression != kRgb && !(masked && (header.bits == 16 || header.bits == 32))) {
    return unimplemented("compression {} of {} bits", compression, header.bits);
  }
  if (direct && header.bits != 24) {
    TERN_TRY(read_masks(reader, bytes, size, compression, header));
  }
  if (indexed) {
    const std::size_t most = std::size_t{1} << header.bits;
    header.palette_at = kFileHeader + size;
    header.palette_size = colors == 0 ? most : std::min<std::size_t>(colors, most);
    if (header.palette_at + header.palette_size * header.palette_entry > bytes.size()) {
      return data_loss("the palette ends early");
    }
  }
  return header;
}

/// Bytes of a row: a multiple of four.
std::uint64_t stride_of(const Header& header) {
  return (static_cast<std::uint64_t>(header.width) * header.bits + 31) / 32 * 4;
}

std::uint8_t byte_at(Bytes bytes, std::size_t i) { return std::to_integer<std::uint8_t>(bytes[i]); }

void read_indexed_row(const Header& header, Bytes bytes, Bytes row, std::uint8_t* to) {
  const std::size_t per_byte = 8 / header.bits;
  const unsigned mask = (1U << header.bits) - 1;
  for (std::size_t x = 0; x < static_cast<std::size_t>(header.width); ++x, to += 3) {
    const std::size_t shift = (per_byte - 1 - x % per_byte) * header.bits;
    const std::size_t index = byte_at(row, x / per_byte) >> shift & mask;
    // An index beyond the palette is black, as in other readers.
    if (index >= header.palette_size) {
      std::fill_n(to, 3, std::uint8_t{0});
      continue;
    }
    const std::size_t at = header.palette_at + index * header.palette_entry;
    for (std::size_t c = 0; c < 3; ++c) to[c] = byte_at(bytes, at + 2 - c);
  }
}

void read_direct_row(const Header& header, Bytes row, std::uint8_t* to) {
  const std::size_t width = header.bits / 8;
  const std::size_t channels = header.has_alpha() ? 4 : 3;
  for (std::size_t x = 0; x < static_cast<std::size_t>(header.width); ++x, to += channels) {
    std::uint32_t pixel = 0;
    for (std::size_t i = 0; i < width; ++i) {
      pixel |= std::uint32_t{byte_at(row, x * width + i)} << 8 * i;
    }
    if (width == 3) {
      for (std::size_t c = 0; c < 3; ++c) to[c] = static_cast<std::uint8_t>(pixel >> (16 - 8 * c));
    } else {
      for (std::size_t c = 0; c < channels; ++c) to[c] = header.masks[c].of(pixel);
    }
  }
}

Result<Header> parse_in_context(Bytes bytes) {
  Result<Header> header = parse(bytes);
  if (!header.ok()) return std::move(header).status().with_context("BMP");
  return header;
}

}  // namespace

Result<ImageInfo> bmp_info(Bytes bytes) {
  TERN_ASSIGN_OR_RETURN(const Header header, parse_in_context(bytes));
  // Here, because info() comes before any memory is taken for the pixels.
  const std::uint64_t rows = static_cast<std::uint64_t>(header.height);
  if (header.pixels_at > bytes.size() ||
      (bytes.size() - header.pixels_at) / stride_of(header) < rows) {
    return data_loss("BMP: {} x {} pixels of {} bits do not fit into {} bytes", header.width,
                     header.height, header.bits, bytes.size());
  }
  return ImageInfo{.file = ImageFile::kBmp,
                   .height = header.height,
                   .width = header.width,
                   .format = header.has_alpha() ? PixelFormat::kRgba : PixelFormat::kRgb};
}

Status decode_bmp(Bytes bytes, Image& image) {
  TERN_ASSIGN_OR_RETURN(const Header header, parse_in_context(bytes));
  const auto stride = static_cast<std::size_t>(stride_of(header));
  for (std::int64_t i = 0; i < header.height; ++i) {
    const Bytes row =
        bytes.subspan(header.pixels_at + static_cast<std::size_t>(i) * stride, stride);
    std::uint8_t* const to = image.mutable_row(header.top_down ? i : header.height - 1 - i);
    if (header.bits <= 8) {
      read_indexed_row(header, bytes, row, to);
    } else {
      read_direct_row(header, row, to);
    }
  }
  return {};
}

}  // namespace tern::image
