// TIFF (revision 6.0), its first image: gray, RGB and palettes of 8 or 16 bits (gray and palettes
// also of 1 and 4), in strips, not compressed or packed by PackBits; of either byte order.
#include <algorithm>
#include <array>
#include <optional>

#include "base/errors.h"
#include "image/codec.h"

namespace tern::image {
namespace {

enum Tag : std::uint16_t {
  kWidth = 256,
  kHeight = 257,
  kBitsPerSample = 258,
  kCompression = 259,
  kPhotometric = 262,
  kStripOffsets = 273,
  kOrientation = 274,
  kSamplesPerPixel = 277,
  kRowsPerStrip = 278,
  kStripByteCounts = 279,
  kPlanarConfiguration = 284,
  kColorMap = 320,
  kTileWidth = 322,
};
constexpr std::array<std::uint32_t, 13> kTags{
    kWidth,        kHeight,          kBitsPerSample,       kCompression,
    kPhotometric,  kStripOffsets,    kOrientation,         kSamplesPerPixel,
    kRowsPerStrip, kStripByteCounts, kPlanarConfiguration, kColorMap,
    kTileWidth};
constexpr std::uint32_t kWhiteIsZero = 0, kBlackIsZero = 1, kRgb = 2, kPalette = 3;
constexpr std::uint32_t kUncompressed = 1, kPackBits = 32773;

std::uint32_t byte_at(Bytes bytes, std::size_t i) {
  return std::to_integer<std::uint32_t>(bytes[i]);
}

/// Reads of numbers in the file's byte order.
class Reader {
 public:
  Reader(Bytes bytes, bool big_endian) : bytes_(bytes), big_(big_endian) {}

  Result<std::uint32_t> at(std::uint64_t offset, std::size_t size) const {
    if (offset > bytes_.size() || bytes_.size() - offset < size) {
      return data_loss("{} bytes at {} lie beyond the end", size, offset);
    }
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const auto from = static_cast<std::size_t>(offset) + (big_ ? i : size - 1 - i);
      value = value << 8 | byte_at(bytes_, from);
    }
    return value;
  }
  bool big_endian() const { return big_; }

 private:
  Bytes bytes_;
  bool big_;
};

/// An entry of the image's directory: `count` numbers of `size` bytes.
struct Entry {
  std::size_t size = 0;
  std::uint32_t count = 0;
  std::uint64_t values_at = 0;
};

class Directory {
 public:
  static Result<Directory> read(const Reader& reader) {
    Directory directory(reader);
    TERN_ASSIGN_OR_RETURN(const std::uint64_t first, reader.at(4, 4));
    TERN_ASSIGN_OR_RETURN(const std::uint32_t count, reader.at(first, 2));
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint64_t entry = first + 2 + std::uint64_t{12} * i;
      TERN_ASSIGN_OR_RETURN(const std::uint32_t tag, reader.at(entry, 2));
      TERN_ASSIGN_OR_RETURN(const std::uint32_t type, reader.at(entry + 2, 2));
      TERN_ASSIGN_OR_RETURN(const std::uint32_t values, reader.at(entry + 4, 4));
      // BYTE, SHORT and LONG; other types hold nothing that matters here. Entries that nobody asks
      // for, or that repeat one, are not kept: every strip looks through those that are.
      const std::size_t size = type == 1 ? 1 : type == 3 ? 2 : type == 4 ? 4 : 0;
      const bool wanted = std::ranges::find(kTags, tag) != kTags.end();
      if (size == 0 || !wanted || directory.find(static_cast<Tag>(tag)) != nullptr) continue;
      std::uint64_t at = entry + 8;
      if (std::uint64_t{values} * size > 4) {
        TERN_ASSIGN_OR_RETURN(at, reader.at(entry + 8, 4));
      }
      directory.entries_.emplace_back(static_cast<std::uint16_t>(tag), Entry{size, values, at});
    }
    return directory;
  }

  std::uint32_t count(Tag tag) const {
    const Entry* entry = find(tag);
    return entry == nullptr ? 0 : entry->count;
  }
  Result<std::uint32_t> value(Tag tag, std::uint32_t i,
                              std::optional<std::uint32_t> otherwise = {}) const {
    const Entry* entry = find(tag);
    if (entry == nullptr || i >= entry->count) {
      if (otherwise) return *otherwise;
      return data_loss("tag {} lacks its value {}", static_cast<int>(tag), i);
    }
    return reader_.at(entry->values_at + std::uint64_t{i} * entry->size, entry->size);
  }

 private:
  explicit Directory(const Reader& reader) : reader_(reader) {}
  const Entry* find(Tag tag) const {
    for (const auto& [name, entry] : entries_) {
      if (name == tag) return &entry;
    }
    return nullptr;
  }

  Reader reader_;
  std::vector<std::pair<std::uint16_t, Entry>> entries_;
};

struct Header {
  Directory directory;
  bool big_endian = false;
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::uint32_t bits = 8;
  std::uint32_t samples = 1;  // of a pixel
  std::uint32_t photometric = kBlackIsZero;
  std::uint32_t compression = kUncompressed;
  std::int64_t rows_per_strip = 0;
  int orientation = 1;

  bool gray() const { return photometric == kWhiteIsZero || photometric == kBlackIsZero; }
  /// Bytes of a row, unpacked.
  std::uint64_t stride() const {
    return (static_cast<std::uint64_t>(width) * samples * bits + 7) / 8;
  }
};

Status check_kind(const Header& h) {
  const Directory& d = h.directory;
  if (d.count(kTileWidth) > 0) return unimplemented("tiles");
  TERN_ASSIGN_OR_RETURN(const std::uint32_t planes, d.value(kPlanarConfiguration, 0, 1));
  if (planes != 1 && h.samples > 1) return unimplemented("separate planes");
  if (h.compression != kUncompressed && h.compression != kPackBits) {
    return unimplemented("compression {}", h.compression);
  }
  for (std::uint32_t i = 1; i < std::min(h.samples, d.count(kBitsPerSample)); ++i) {
    TERN_ASSIGN_OR_RETURN(const std::uint32_t bits, d.value(kBitsPerSample, i));
    if (bits != h.bits) return unimplemented("samples of {} and {} bits", h.bits, bits);
  }
  const bool small = h.photometric != kRgb && h.samples == 1 && (h.bits == 1 || h.bits == 4);
  if (h.bits != 8 && h.bits != 16 && !small) {
    return unimplemented("{} samples of {} bits", h.samples, h.bits);
  }
  const bool known = (h.gray() && h.samples <= 2) ||
                     (h.photometric == kRgb && h.samples >= 3 && h.samples <= 4) ||
                     (h.photometric == kPalette && h.samples == 1 && h.bits <= 8);
  if (!known || h.samples == 0) {
    return unimplemented("photometric interpretation {} of {} samples", h.photometric, h.samples);
  }
  return {};
}

Result<Header> parse(Bytes bytes) {
  const bool big = byte_at(bytes, 0) == 'M';
  TERN_ASSIGN_OR_RETURN(Directory directory, Directory::read(Reader(bytes, big)));
  Header h{.directory = std::move(directory), .big_endian = big};
  const Directory& d = h.directory;
  TERN_ASSIGN_OR_RETURN(h.width, d.value(kWidth, 0));
  TERN_ASSIGN_OR_RETURN(h.height, d.value(kHeight, 0));
  TERN_ASSIGN_OR_RETURN(h.bits, d.value(kBitsPerSample, 0, 1));
  TERN_ASSIGN_OR_RETURN(h.samples, d.value(kSamplesPerPixel, 0, 1));
  TERN_ASSIGN_OR_RETURN(h.photometric, d.value(kPhotometric, 0));
  TERN_ASSIGN_OR_RETURN(h.compression, d.value(kCompression, 0, kUncompressed));
  TERN_ASSIGN_OR_RETURN(h.rows_per_strip, d.value(kRowsPerStrip, 0, 0xffffffffU));
  TERN_ASSIGN_OR_RETURN(const std::uint32_t orientation, d.value(kOrientation, 0, 1));
  h.orientation = orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
  if (h.width < 1 || h.height < 1 || h.rows_per_strip < 1) {
    return data_loss("{} x {} pixels in strips of {} rows", h.width, h.height, h.rows_per_strip);
  }
  h.rows_per_strip = std::min(h.rows_per_strip, h.height);
  TERN_TRY(check_kind(h));
  const std::int64_t strips = (h.height + h.rows_per_strip - 1) / h.rows_per_strip;
  if (d.count(kStripOffsets) < strips || d.count(kStripByteCounts) < strips) {
    return data_loss("fewer than {} strips", strips);
  }
  // PackBits makes at most 128 bytes of two; so much for sizes that cannot be true.
  if (static_cast<std::uint64_t>(bytes.size()) * 64 / h.stride() <
      static_cast<std::uint64_t>(h.height)) {
    return data_loss("{} x {} pixels do not fit into {} bytes", h.width, h.height, bytes.size());
  }
  return h;
}

Result<Header> parse_in_context(Bytes bytes) {
  Result<Header> header = parse(bytes);
  if (!header.ok()) return std::move(header).status().with_context("TIFF");
  return header;
}

/// The bytes of a strip, `wanted` of them, unpacked.
Result<std::vector<std::byte>> unpack_bits(Bytes packed, std::size_t wanted) {
  std::vector<std::byte> out;
  for (std::size_t i = 0; i < packed.size() && out.size() < wanted;) {
    const auto code = static_cast<std::int8_t>(byte_at(packed, i++));
    if (code >= 0) {
      const std::size_t count = static_cast<std::size_t>(code) + 1;
      if (packed.size() - i < count) return data_loss("a strip ends early");
      out.insert(out.end(), packed.begin() + static_cast<std::ptrdiff_t>(i),
                 packed.begin() + static_cast<std::ptrdiff_t>(i + count));
      i += count;
    } else if (code != -128) {
      if (i == packed.size()) return data_loss("a strip ends early");
      out.insert(out.end(), static_cast<std::size_t>(1 - code), packed[i++]);
    }
  }
  if (out.size() < wanted) return data_loss("a strip ends early");
  return out;
}

/// Sample i of a row as 0 to 255, or as an index.
std::uint32_t sample_at(const Header& h, Bytes row, std::size_t i) {
  if (h.bits == 16) return byte_at(row, 2 * i + (h.big_endian ? 0 : 1));
  if (h.bits == 8) return byte_at(row, i);
  const std::size_t per_byte = 8 / h.bits;
  const std::size_t shift = (per_byte - 1 - i % per_byte) * h.bits;
  return byte_at(row, i / per_byte) >> shift & ((1U << h.bits) - 1);
}

void read_row(const Header& h, std::span<const std::array<std::uint8_t, 3>> palette, Bytes row,
              std::uint8_t* to) {
  for (std::size_t x = 0; x < static_cast<std::size_t>(h.width); ++x) {
    if (h.photometric == kPalette) {
      const auto& color = palette[sample_at(h, row, x)];
      to = std::copy(color.begin(), color.end(), to);
    } else if (h.gray()) {
      const std::uint32_t most = h.bits >= 8 ? 255 : (1U << h.bits) - 1;
      const std::uint32_t value = sample_at(h, row, x * h.samples) * 255 / most;
      *to++ = static_cast<std::uint8_t>(h.photometric == kWhiteIsZero ? 255 - value : value);
    } else {
      for (std::size_t c = 0; c < h.samples; ++c) {
        *to++ = static_cast<std::uint8_t>(sample_at(h, row, x * h.samples + c));
      }
    }
  }
}

Result<std::vector<std::array<std::uint8_t, 3>>> read_palette(const Header& h) {
  std::vector<std::array<std::uint8_t, 3>> palette;
  if (h.photometric != kPalette) return palette;
  const std::uint32_t size = 1U << h.bits;
  palette.resize(size);
  for (std::uint32_t i = 0; i < size; ++i) {
    for (std::uint32_t c = 0; c < 3; ++c) {
      TERN_ASSIGN_OR_RETURN(const std::uint32_t value, h.directory.value(kColorMap, c * size + i));
      palette[i][c] = static_cast<std::uint8_t>(value >> 8);
    }
  }
  return palette;
}

Status decode(Bytes bytes, Image& image) {
  TERN_ASSIGN_OR_RETURN(const Header h, parse(bytes));
  TERN_ASSIGN_OR_RETURN(const auto palette, read_palette(h));
  const auto stride = static_cast<std::size_t>(h.stride());
  std::uint32_t strip = 0;
  for (std::int64_t y = 0; y < h.height; y += h.rows_per_strip, ++strip) {
    const std::int64_t rows = std::min(h.rows_per_strip, h.height - y);
    const std::size_t wanted = static_cast<std::size_t>(rows) * stride;
    TERN_ASSIGN_OR_RETURN(const std::uint32_t offset, h.directory.value(kStripOffsets, strip));
    TERN_ASSIGN_OR_RETURN(const std::uint32_t size, h.directory.value(kStripByteCounts, strip));
    if (offset > bytes.size() || bytes.size() - offset < size) {
      return data_loss("strip {} lies beyond the end", strip);
    }
    Bytes content = bytes.subspan(offset, size);
    std::vector<std::byte> unpacked;
    if (h.compression == kPackBits) {
      TERN_ASSIGN_OR_RETURN(unpacked, unpack_bits(content, wanted));
      content = unpacked;
    }
    if (content.size() < wanted) return data_loss("strip {} ends early", strip);
    for (std::int64_t i = 0; i < rows; ++i) {
      read_row(h, palette, content.subspan(static_cast<std::size_t>(i) * stride, stride),
               image.mutable_row(y + i));
    }
  }
  return {};
}

}  // namespace

Result<ImageInfo> tiff_info(Bytes bytes) {
  TERN_ASSIGN_OR_RETURN(const Header h, parse_in_context(bytes));
  PixelFormat format = h.samples == 4 ? PixelFormat::kRgba : PixelFormat::kRgb;
  if (h.gray()) format = PixelFormat::kGray;
  return ImageInfo{.file = ImageFile::kTiff,
                   .height = h.height,
                   .width = h.width,
                   .format = format,
                   .orientation = h.orientation};
}

Status decode_tiff(Bytes bytes, Image& image) {
  Status status = decode(bytes, image);
  return status.ok() ? std::move(status) : std::move(status).with_context("TIFF");
}

}  // namespace tern::image
