#include "image/exif.h"

#include <gtest/gtest.h>

#include <string>

namespace tern::image {
namespace {

using namespace std::string_literals;

int orientation(const std::string& bytes) {
  return exif_orientation(std::as_bytes(std::span<const char>(bytes)));
}

// A directory at byte 8 with two entries: the width (0x0100) and the orientation (0x0112), value 6.
const std::string kLittle = "II*\0\x08\0\0\0\x02\0"s + "\x00\x01\x03\x00\x01\0\0\0\x40\0\0\0"s +
                            "\x12\x01\x03\x00\x01\0\0\0\x06\0\0\0"s;
const std::string kBig = "MM\0*\0\0\0\x08\0\x02"s + "\x01\x00\0\x03\0\0\0\x01\0\x40\0\0"s +
                         "\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"s;

TEST(Exif, FindsTheOrientationInBothByteOrders) {
  EXPECT_EQ(orientation(kLittle), 6);
  EXPECT_EQ(orientation(kBig), 6);
  EXPECT_EQ(orientation("Exif\0\0"s + kBig), 6);
}

TEST(Exif, EverythingElseIsUpright) {
  EXPECT_EQ(orientation(""), 1);
  EXPECT_EQ(orientation("II*\0\xff\xff\xff\xff"s), 1);
  for (std::size_t n = 0; n + 2 < kLittle.size(); ++n) {
    EXPECT_EQ(orientation(kLittle.substr(0, n)), 1) << n;
  }
  std::string nine = kLittle;
  nine[kLittle.size() - 4] = 9;
  EXPECT_EQ(orientation(nine), 1);
}

}  // namespace
}  // namespace tern::image
