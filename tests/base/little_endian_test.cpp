#include "base/little_endian.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/support/status_matchers.h"

namespace tern {
namespace {

using testing::FailsWith;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

TEST(LittleEndian, PutsTheLowByteFirst) {
  std::string out;
  append_little_endian(out, std::uint32_t{0x01020304});
  append_little_endian(out, std::int16_t{-2});
  append_little_endian(out, 1.0F);  // 0x3f800000 by IEEE 754
  EXPECT_EQ(out, std::string("\x04\x03\x02\x01\xfe\xff\x00\x00\x80\x3f", 10));
}

TEST(LittleEndian, LoadsFromAnyAlignment) {
  const std::string bytes("\xee\x04\x03\x02\x01", 5);
  EXPECT_EQ(load_little_endian<std::uint32_t>(bytes.data() + 1), 0x01020304u);
}

TEST(ByteReader, WalksThroughTheBytes) {
  const std::string bytes("\x05\x00xyzabc", 8);
  ByteReader reader(bytes_of(bytes));
  EXPECT_EQ(*reader.read<std::uint16_t>(), 5);
  EXPECT_EQ(*reader.read_string(3), "xyz");
  EXPECT_TRUE(reader.skip(1).ok());
  EXPECT_EQ(reader.read_bytes(2)->size(), 2u);
  EXPECT_EQ(reader.remaining(), 0u);
}

TEST(ByteReader, RefusesToPassTheEndAndStaysWhereItIs) {
  const std::string bytes("abc");
  ByteReader reader(bytes_of(bytes));
  ASSERT_TRUE(reader.skip(1).ok());
  EXPECT_THAT(reader.read<std::uint32_t>(),
              FailsWith(StatusCode::kDataLoss, "byte 1: 4 bytes wanted, 2 left"));
  EXPECT_THAT(reader.read_bytes(~std::size_t{0}), FailsWith(StatusCode::kDataLoss, "byte 1"));
  EXPECT_THAT(reader.skip(3), FailsWith(StatusCode::kDataLoss, "byte 1"));
  EXPECT_EQ(*reader.read_string(2), "bc");
}

}  // namespace
}  // namespace tern
