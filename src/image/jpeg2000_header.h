// What the headers of a JPEG 2000 file say (ISO/IEC 15444-1: annex A, the codestream; annex I, the
// boxes of .jp2 files), read before libopenjp2 sees the file.
//
// That library takes memory for tiles, code blocks and layers as headers ask for it, which is far
// more than a short file should get; check_structure() refuses what goes beyond the image's size.
#pragma once

#include "image/codec.h"

namespace tern::image {

enum class Jpeg2000Colors : std::uint8_t { kUnspecified, kRgb, kGray, kYcc, kOther };

struct Jpeg2000Header {
  bool boxed = false;          // a .jp2 file; else a bare codestream
  std::size_t codestream = 0;  // where it begins
  std::int64_t height = 0;
  std::int64_t width = 0;
  int components = 0;
  std::uint64_t tiles = 0;
  Jpeg2000Colors colors = Jpeg2000Colors::kUnspecified;
};

/// kDataLoss for broken headers, kUnimplemented for what is not read: palettes, more than four
/// components or 16 bits, colours other than gray, RGB and sYCC, and a first component that has
/// not a sample for every pixel.
Result<Jpeg2000Header> read_jpeg2000_header(Bytes bytes);

/// Walks the headers of the codestream and of its tile-parts. kResourceExhausted when tiles, code
/// blocks or layers are out of all proportion to the pixels, or the pixels to the bytes.
Status check_jpeg2000_structure(Bytes bytes, const Jpeg2000Header& header);

}  // namespace tern::image
