#include "tern/ops/image.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

// A bitmap of two pixels, blue and then (1, 2, 3): 54 bytes of headers (BITMAPFILEHEADER and
// BITMAPINFOHEADER), then blue, green and red of each, filled up to four bytes a row.
Tensor bitmap() {
  std::vector<std::int64_t> bytes(54, 0);
  bytes[0] = 'B', bytes[1] = 'M', bytes[2] = 62, bytes[10] = 54;
  bytes[14] = 40, bytes[18] = 2, bytes[22] = 1, bytes[26] = 1, bytes[28] = 24;
  for (const int value : {255, 0, 0, 3, 2, 1, 0, 0}) bytes.push_back(value);
  return ints(DType::kU8, {62}, bytes);
}

Tensor pixels(const Shape& shape, const std::vector<std::int64_t>& values) {
  return ints(DType::kU8, shape, values);
}

}  // namespace

TERN_OP_TEST(ImageDecoder) {
  return {
      {.name = "red first",
       .op = ops::ImageDecoder{},
       .inputs = {bitmap()},
       .expected = {pixels({1, 2, 3}, {0, 0, 255, 1, 2, 3})}},
      {.name = "blue first",
       .op = ops::ImageDecoder{.pixel_format = ops::DecodedPixels::kBgr},
       .inputs = {bitmap()},
       .expected = {pixels({1, 2, 3}, {255, 0, 0, 3, 2, 1})}},
      // 0.114 * 255 = 29.07, 0.299 + 2 * 0.587 + 3 * 0.114 = 1.815
      {.name = "gray",
       .op = ops::ImageDecoder{.pixel_format = ops::DecodedPixels::kGrayscale},
       .inputs = {bitmap()},
       .expected = {pixels({1, 2, 1}, {29, 2})}},
  };
}

TEST(ImageDecoder, RefusesWhatIsNoImage) {
  expect_refused(ops::ImageDecoder{}, {pixels({4}, {1, 2, 3, 4})}, "image");
  expect_refused(ops::ImageDecoder{}, {pixels({1, 4}, {1, 2, 3, 4})},
                 "encoded_stream has rank 2, not 1");
}

}  // namespace tern::testing
