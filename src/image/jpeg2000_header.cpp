#include "image/jpeg2000_header.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>

#include "base/errors.h"

namespace tern::image {
namespace {

constexpr std::uint32_t kStartOfCodestream = 0xFF4F, kSize = 0xFF51, kCodingDefault = 0xFF52,
                        kCodingComponent = 0xFF53, kStartOfTilePart = 0xFF90, kStartOfData = 0xFF93,
                        kEndOfCodestream = 0xFFD9;
constexpr int kMostComponents = 4;
constexpr std::uint32_t kMostBits = 16;
constexpr std::uint32_t kMostLevels = 32;

// A tile has at least 64 x 64 pixels, a code block 16 x 16 samples, on average and beyond these
// numbers that any image may have.
constexpr std::uint64_t kFreeTiles = 64;
constexpr std::uint64_t kPixelsPerTile = 64 * 64;
constexpr double kFreeBlocks = 1 << 16;
constexpr double kSamplesPerBlock = 16 * 16;
constexpr double kMostPackets = 1 << 26;

// Any small picture may be blank; pictures of something have at least a bit for 500 samples.
constexpr double kFreeSamples = 1 << 24;
constexpr double kSamplesPerByte = 4096;

/// Big-endian numbers; beyond the end there are none.
class Numbers {
 public:
  explicit Numbers(Bytes bytes) : bytes_(bytes) {}

  std::optional<std::uint64_t> at(std::uint64_t offset, std::size_t size) const {
    if (offset > bytes_.size() || bytes_.size() - offset < size) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value =
          value << 8 | std::to_integer<std::uint64_t>(bytes_[static_cast<std::size_t>(offset) + i]);
    }
    return value;
  }
  /// 0 beyond the end, for what has been checked to lie before it.
  std::uint64_t value(std::uint64_t offset, std::size_t size) const {
    return at(offset, size).value_or(0);
  }
  std::uint64_t size() const { return bytes_.size(); }

 private:
  Bytes bytes_;
};

Status ends_early() { return data_loss("JPEG 2000: the file ends early"); }

struct Box {
  std::uint32_t kind = 0;
  std::uint64_t begin = 0;  // of its content
  std::uint64_t end = 0;
};

constexpr std::uint32_t kind_of(std::string_view name) {
  std::uint32_t kind = 0;
  for (const char c : name) kind = kind << 8 | static_cast<unsigned char>(c);
  return kind;
}

/// The box at `offset` of a space that ends at `end`.
Result<Box> read_box(const Numbers& numbers, std::uint64_t offset, std::uint64_t end) {
  const auto size = numbers.at(offset, 4);
  const auto kind = numbers.at(offset + 4, 4);
  if (!size || !kind) return ends_early();
  Box box{.kind = static_cast<std::uint32_t>(*kind), .begin = offset + 8, .end = offset + *size};
  if (*size == 0) {
    box.end = end;
  } else if (*size == 1) {
    const auto large = numbers.at(offset + 8, 8);
    if (!large) return ends_early();
    box.begin = offset + 16;
    if (*large < 16 || *large > end - offset) {
      return data_loss("JPEG 2000: a box of {} bytes at {}", *large, offset);
    }
    box.end = offset + *large;
  }
  if (box.end < box.begin || box.end > end) {
    return data_loss("JPEG 2000: a box of {} bytes at {}", *size, offset);
  }
  return box;
}

Jpeg2000Colors colors_of(std::uint64_t enumerated) {
  switch (enumerated) {
    case 16: return Jpeg2000Colors::kRgb;
    case 17: return Jpeg2000Colors::kGray;
    case 18: return Jpeg2000Colors::kYcc;
    default: return Jpeg2000Colors::kOther;
  }
}

/// The boxes in "jp2h".
Status read_image_boxes(const Numbers& numbers, const Box& outer, Jpeg2000Header& header) {
  bool has_colors = false;
  for (std::uint64_t at = outer.begin; at < outer.end;) {
    TERN_ASSIGN_OR_RETURN(const Box box, read_box(numbers, at, outer.end));
    if (box.kind == kind_of("pclr")) return unimplemented("JPEG 2000: palettes");
    if (box.kind == kind_of("colr") && !has_colors && box.end - box.begin >= 3) {
      has_colors = true;  // the first counts
      const bool enumerated = numbers.value(box.begin, 1) == 1 && box.end - box.begin >= 7;
      if (enumerated) header.colors = colors_of(numbers.value(box.begin + 3, 4));
    }
    at = box.end;
  }
  return {};
}

/// Finds the codestream in a .jp2 file.
Status read_boxes(const Numbers& numbers, Jpeg2000Header& header) {
  for (std::uint64_t at = 0; at < numbers.size();) {
    TERN_ASSIGN_OR_RETURN(const Box box, read_box(numbers, at, numbers.size()));
    if (box.kind == kind_of("jp2h")) TERN_TRY(read_image_boxes(numbers, box, header));
    if (box.kind == kind_of("jp2c")) {
      header.codestream = static_cast<std::size_t>(box.begin);
      return {};
    }
    at = box.end;
  }
  return data_loss("JPEG 2000: the file has no codestream");
}

/// The segment SIZ, which follows the start of the codestream.
Status read_size(const Numbers& numbers, Jpeg2000Header& header) {
  const std::uint64_t siz = header.codestream + 2;
  const auto count = numbers.at(siz + 38, 2);
  if (!count) return ends_early();
  if (numbers.value(header.codestream, 2) != kStartOfCodestream || numbers.value(siz, 2) != kSize) {
    return data_loss("JPEG 2000: the codestream does not begin with its size");
  }
  std::array<std::uint64_t, 8> n{};  // size and offset of image and tiles, x before y
  for (std::size_t i = 0; i < n.size(); ++i) n[i] = numbers.value(siz + 6 + 4 * i, 4);
  const auto [x1, y1, x0, y0, tile_width, tile_height, tile_x, tile_y] = n;
  if (x0 >= x1 || y0 >= y1 || tile_width == 0 || tile_height == 0 || tile_x > x0 || tile_y > y0 ||
      tile_x + tile_width <= x0 || tile_y + tile_height <= y0) {
    return data_loss("JPEG 2000: damaged header");
  }
  header.width = static_cast<std::int64_t>(x1 - x0);
  header.height = static_cast<std::int64_t>(y1 - y0);
  header.tiles = ((x1 - tile_x + tile_width - 1) / tile_width) *
                 ((y1 - tile_y + tile_height - 1) / tile_height);
  if (*count < 1 || *count > kMostComponents) {
    return unimplemented("JPEG 2000: {} components; 1 to {} are read", *count, kMostComponents);
  }
  header.components = static_cast<int>(*count);
  for (std::uint64_t c = 0; c < *count; ++c) {
    const auto fields = numbers.at(siz + 40 + 3 * c, 3);
    if (!fields) return ends_early();
    const std::uint64_t bits = (*fields >> 16 & 0x7F) + 1;
    const std::uint64_t dx = *fields >> 8 & 0xFF;
    const std::uint64_t dy = *fields & 0xFF;
    if (bits > kMostBits) {
      return unimplemented("JPEG 2000: {} bits a sample; up to {} are read", bits, kMostBits);
    }
    if (dx == 0 || dy == 0) return data_loss("JPEG 2000: damaged header");
    if (c == 0 && (dx != 1 || dy != 1)) {
      return unimplemented("JPEG 2000: every {} x {} pixels share a first sample", dx, dy);
    }
  }
  return {};
}

/// Walks marker segments.
class Structure {
 public:
  Structure(const Numbers& numbers, const Jpeg2000Header& header)
      : numbers_(numbers), header_(header) {}

  Status check() {
    if (samples() > kFreeSamples + kSamplesPerByte * static_cast<double>(numbers_.size())) {
      return resource_exhausted("JPEG 2000: {} x {} pixels in {} bytes", header_.width,
                                header_.height, numbers_.size());
    }
    TERN_TRY(check_tiles());
    std::uint64_t at = header_.codestream + 2;
    TERN_TRY(walk_segments(at, kStartOfTilePart));
    while (numbers_.value(at, 2) == kStartOfTilePart) {
      const std::uint64_t begin = at;
      const std::uint64_t length = numbers_.value(at + 6, 4);  // 0: to the end
      TERN_TRY(walk_segments(at, kStartOfData));
      if (length == 0) break;
      if (length < at - begin || length > numbers_.size() - begin) return ends_early();
      at = begin + length;
    }
    return {};
  }

 private:
  double samples() const {
    return static_cast<double>(header_.width) * static_cast<double>(header_.height) *
           header_.components;
  }

  Status check_tiles() const {
    const auto pixels =
        static_cast<std::uint64_t>(header_.width) * static_cast<std::uint64_t>(header_.height);
    const std::uint64_t most = kFreeTiles + pixels / kPixelsPerTile;
    if (header_.tiles <= most) return {};
    return resource_exhausted("JPEG 2000: {} tiles for {} x {} pixels, the limit is {}",
                              header_.tiles, header_.width, header_.height, most);
  }

  // From the segment at `at` to the marker `last`, which `at` then stands at.
  Status walk_segments(std::uint64_t& at, std::uint32_t last) {
    while (true) {
      const auto marker = numbers_.at(at, 2);
      if (!marker) return ends_early();
      if (*marker == last || *marker == kEndOfCodestream) return {};
      const auto length = numbers_.at(at + 2, 2);
      if (!length) return ends_early();
      if (*marker < 0xFF00 || *length < 2) {
        return data_loss("JPEG 2000: marker {:04x} at {}", *marker, at);
      }
      const std::uint64_t end = at + 2 + *length;
      if (end > numbers_.size()) return ends_early();
      if (*marker == kCodingDefault) {
        layers_ = std::max<std::uint64_t>(layers_, numbers_.value(at + 6, 2));
        TERN_TRY(check_blocks(at + 9, end, (numbers_.value(at + 4, 1) & 1) != 0));
      } else if (*marker == kCodingComponent) {
        TERN_TRY(check_blocks(at + 6, end, (numbers_.value(at + 5, 1) & 1) != 0));
      }
      at = end;
    }
  }

  // The part of the segments COD and COC that tells code blocks and precincts.
  Status check_blocks(std::uint64_t at, std::uint64_t end, bool precincts) const {
    const std::uint64_t levels = numbers_.value(at, 1);
    if (levels > kMostLevels || at + 5 > end || (precincts && at + 5 + levels + 1 > end)) {
      return data_loss("JPEG 2000: damaged header of a tile");
    }
    const double log_width = static_cast<double>(numbers_.value(at + 1, 1) & 0xF) + 2;
    const double log_height = static_cast<double>(numbers_.value(at + 2, 1) & 0xF) + 2;
    double blocks = 0;
    for (std::uint64_t r = 0; r <= levels; ++r) {
      const std::uint64_t sizes = precincts ? numbers_.value(at + 5 + r, 1) : 0xFF;
      // A precinct holds that much of each of its bands, which are half as large but for the first.
      const double halved = r == 0 ? 0 : 1;
      const double w = std::min(log_width, static_cast<double>(sizes & 0xF) - halved);
      const double h = std::min(log_height, static_cast<double>(sizes >> 4) - halved);
      const double part = samples() * std::exp2(-2.0 * static_cast<double>(levels - r));
      blocks += part * std::exp2(-std::max(0.0, w) - std::max(0.0, h));
    }
    if (blocks > kFreeBlocks && blocks * kSamplesPerBlock > 2 * samples()) {
      return resource_exhausted("JPEG 2000: {:.0f} code blocks for {} x {} pixels", blocks,
                                header_.width, header_.height);
    }
    if (static_cast<double>(layers_) * std::max(1.0, blocks) > kMostPackets) {
      return resource_exhausted("JPEG 2000: {} layers of {:.0f} code blocks", layers_, blocks);
    }
    return {};
  }

  const Numbers& numbers_;
  const Jpeg2000Header& header_;
  std::uint64_t layers_ = 1;
};

}  // namespace

Result<Jpeg2000Header> read_jpeg2000_header(Bytes bytes) {
  const Numbers numbers(bytes);
  Jpeg2000Header header;
  header.boxed = numbers.at(0, 2) != kStartOfCodestream;
  if (header.boxed) TERN_TRY(read_boxes(numbers, header));
  TERN_TRY(read_size(numbers, header));
  if (header.colors == Jpeg2000Colors::kOther) {
    return unimplemented("JPEG 2000: colours other than gray, sRGB and sYCC");
  }
  return header;
}

Status check_jpeg2000_structure(Bytes bytes, const Jpeg2000Header& header) {
  const Numbers numbers(bytes);
  return Structure(numbers, header).check();
}

}  // namespace tern::image
