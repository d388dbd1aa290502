#include "import/onnx/wire_reader.h"

#include <gtest/gtest.h>

#include "tests/import/onnx/model_maker.h"
#include "tests/support/status_matchers.h"

namespace tern::onnx {
namespace {

using tern::testing::as_bytes;
using tern::testing::FailsWith;
using tern::testing::IsOk;

// Bytes written by hand from the protobuf encoding: tag = field << 3 | wire type.

TEST(WireReader, ReadsEveryKindOfField) {
  const std::string bytes = std::string("\x08\x96\x01", 3) +          // 1: varint 150
                            std::string("\x12\x02hi", 4) +            // 2: "hi"
                            std::string("\x1d\x00\x00\x80\x3f", 5) +  // 3: 1.0f
                            std::string("\x22\x03\x01\x02\x7f", 5) +  // 4: packed 1, 2, 127
                            std::string("\x20\x05", 2);               // 4: single 5
  WireReader reader(as_bytes(bytes), "M");
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.field(), 1);
  EXPECT_EQ(reader.integer(), 150);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.text(), "hi");
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.f32(), 1.0f);
  std::vector<std::int64_t> values;
  while (reader.next()) reader.append_integers(values);
  EXPECT_EQ(values, (std::vector<std::int64_t>{1, 2, 127, 5}));
  EXPECT_THAT(reader.status(), IsOk());
}

TEST(WireReader, NegativeNumbersTakeTenBytes) {
  const std::string bytes("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11);
  WireReader reader(as_bytes(bytes), "M");
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.integer(), -1);
}

TEST(WireReader, ALengthBeyondTheEndNamesFieldAndPosition) {
  const std::string bytes("\x08\x01\x12\x05hi", 6);
  WireReader reader(as_bytes(bytes), "NodeProto");
  EXPECT_TRUE(reader.next());
  EXPECT_FALSE(reader.next());
  EXPECT_THAT(reader.status(),
              FailsWith(StatusCode::kDataLoss,
                        "NodeProto: field 2 at byte 2: says 5 bytes, but only 2 are left"));
}

TEST(WireReader, AFieldReadAsSomethingElseFails) {
  const std::string bytes("\x08\x01\x10\x02", 4);
  WireReader reader(as_bytes(bytes), "M");
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.text(), "");
  EXPECT_FALSE(reader.next());
  EXPECT_THAT(reader.status(), FailsWith(StatusCode::kDataLoss, "wire type 0, not 2"));
}

TEST(WireReader, BrokenNumbersAndTagsFail) {
  const std::string too_long(11, '\x80');
  for (const std::string& bytes :
       {std::string("\x08", 1), std::string("\x08\x80", 2), "\x08" + too_long, std::string(1, '\0'),
        std::string("\x0b", 1), std::string("\xff\xff\xff\xff\xff\x01", 6)}) {
    WireReader reader(as_bytes(bytes), "M");
    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.status().ok());
  }
}

TEST(WireReader, PackedFloatsMustBeWhole) {
  const std::string bytes("\x0a\x05\x00\x00\x80\x3f\x00", 7);
  WireReader reader(as_bytes(bytes), "M");
  ASSERT_TRUE(reader.next());
  std::vector<float> values;
  reader.append_floats(values);
  EXPECT_THAT(reader.status(), FailsWith(StatusCode::kDataLoss, "5 bytes are no whole number"));
}

}  // namespace
}  // namespace tern::onnx
