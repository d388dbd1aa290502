#include "tern/data_files.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using namespace std::string_literals;
using testing::f32;
using testing::FailsWith;
using testing::i64;
using testing::IsOk;

Result<Tensor> parse(std::string_view bytes) {
  return parse_idx(std::as_bytes(std::span<const char>(bytes.data(), bytes.size())));
}

// Two images of 2 x 3 bytes.
const std::string kImages = "\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x03"s +
                            "\x00\x33\x66\x99\xcc\xff"s + "\x01\x02\x03\x04\x05\x06"s;
const std::string kLabels = "\0\0\x08\x01\0\0\0\x02\x03\x00"s;

TEST(Idx, ReadsEveryElementType) {
  EXPECT_EQ(parse(kImages)->to_string(12),
            "u8[2,2,3] {0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6}");
  EXPECT_EQ(parse("\0\0\x09\x01\0\0\0\x02\xff\x7f"s)->to_string(), "i8[2] {-1, 127}");
  EXPECT_EQ(parse("\0\0\x0b\x01\0\0\0\x01\x01\x02"s)->to_string(), "i16[1] {258}");
  EXPECT_EQ(parse("\0\0\x0c\x01\0\0\0\x01\xff\xff\xff\xfe"s)->to_string(), "i32[1] {-2}");
  EXPECT_EQ(parse("\0\0\x0d\x01\0\0\0\x01\x3f\xc0\0\0"s)->to_string(), "f32[1] {1.5}");
  EXPECT_EQ(parse("\0\0\x0e\x01\0\0\0\x01\xc0\0\0\0\0\0\0\0"s)->to_string(), "f64[1] {-2}");
}

TEST(Idx, RefusesWhatIsNoIdxFile) {
  EXPECT_THAT(parse("\0\0\x08\x03\0\0\0\x02"s), FailsWith(StatusCode::kDataLoss, "in its header"));
  EXPECT_THAT(parse("\0\1\x08\x01\0\0\0\0"s), FailsWith(StatusCode::kDataLoss, "no IDX file"));
  EXPECT_THAT(parse("\0\0\x0a\x01\0\0\0\0"s), FailsWith(StatusCode::kDataLoss, "IDX type 0x0a"));
  EXPECT_THAT(parse("\0\0\x08\0"s), FailsWith(StatusCode::kDataLoss, "IDX rank 0"));
  EXPECT_THAT(parse("\0\0\x08\x11"s), FailsWith(StatusCode::kDataLoss, "IDX rank 17"));
  EXPECT_THAT(parse(kImages + "x"), FailsWith(StatusCode::kDataLoss, "13 bytes of data"));
  EXPECT_FALSE(parse("\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"s).ok());
  for (std::size_t n = 0; n < kImages.size(); ++n) EXPECT_FALSE(parse(kImages.substr(0, n)).ok());
}

TEST(Idx, ImagesAndLabelsMakeADataset) {
  const testing::TempDir folder;
  const auto data = open_idx(folder.write("images", kImages), folder.write("labels", kLabels));
  ASSERT_THAT(data, IsOk());
  EXPECT_EQ(data->size(), 2);
  std::vector<Tensor> row(2);
  ASSERT_THAT(data->read(0, row), IsOk());
  EXPECT_TRUE(testing::all_close(row[0], f32({1, 2, 3}, {0, 0.2, 0.4, 0.6, 0.8, 1})));
  EXPECT_TRUE(testing::all_close(row[1], i64({}, {3})));
  EXPECT_EQ(data->fields()[1].classes, (std::vector<std::string>{"0", "1", "2", "3"}));
}

TEST(Idx, ShapeAndScaleMayBeChosen) {
  const testing::TempDir folder;
  const auto data = open_idx(folder.write("images", kImages), "", {.scale = 1, .shape = {3, 2, 1}});
  ASSERT_THAT(data, IsOk());
  ASSERT_EQ(data->fields().size(), 1u);
  std::vector<Tensor> row(1);
  ASSERT_THAT(data->read(1, row), IsOk());
  EXPECT_TRUE(testing::all_close(row[0], f32({3, 2, 1}, {1, 2, 3, 4, 5, 6})));
  EXPECT_FALSE(open_idx(folder.file("images"), "", {.shape = {4}}).ok());
}

TEST(Idx, FilesThatDoNotBelongTogetherAreRefused) {
  const testing::TempDir folder;
  const std::string images = folder.write("images", kImages);
  EXPECT_THAT(open_idx(images, folder.write("few", "\0\0\x08\x01\0\0\0\x01\x03"s)),
              FailsWith(StatusCode::kDataLoss, "few: labels of shape [1] for 2 inputs"));
  EXPECT_THAT(open_idx(images, folder.write("minus", "\0\0\x09\x01\0\0\0\x02\x03\xff"s)),
              FailsWith(StatusCode::kDataLoss, "minus: label -1 of row 1"));
  EXPECT_THAT(open_idx(folder.write("torn", "\0\0\x08"), ""),
              FailsWith(StatusCode::kDataLoss, "torn"));
}

}  // namespace
}  // namespace tern
