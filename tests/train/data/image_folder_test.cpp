#include "base/file.h"
#include "tern/data_files.h"
#include "tests/support/bitmap.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::bitmap;
using testing::f32;
using testing::FailsWith;
using testing::i64;
using testing::IsOk;

class ImageFolder : public ::testing::Test {
 protected:
  void add(const std::string& name, const std::string& content) {
    ASSERT_THAT(make_directories(std::string(parent_path(folder_.file(name)))), IsOk());
    folder_.write(name, content);
  }
  testing::TempDir folder_;
};

TEST_F(ImageFolder, SubfoldersAreTheClasses) {
  add("dog/2.bmp", bitmap(4, 2, 255, 0, 0));
  add("dog/1.BMP", bitmap(2, 2, 0, 255, 0));
  add("cat/deep/er/3.bmp", bitmap(2, 2, 0, 0, 255));
  add("cat/notes.txt", "no image");
  add(".hidden/4.bmp", bitmap(2, 2, 9, 9, 9));
  add("readme.bmp", bitmap(2, 2, 9, 9, 9));
  const auto data = open_image_folder(folder_.path(), {.height = 1, .width = 2});
  ASSERT_THAT(data, IsOk());
  ASSERT_EQ(data->size(), 3);
  EXPECT_EQ(data->fields()[0].shape, Shape({3, 1, 2}));
  EXPECT_EQ(data->fields()[1].classes, (std::vector<std::string>{"cat", "dog"}));
  const std::vector<std::vector<double>> colors{{0, 0, 1}, {0, 1, 0}, {1, 0, 0}};
  for (std::int64_t row = 0; row < 3; ++row) {
    std::vector<Tensor> out(2);
    ASSERT_THAT(data->read(row, out), IsOk());
    const auto& c = colors[static_cast<std::size_t>(row)];
    EXPECT_TRUE(testing::all_close(out[0], f32({3, 1, 2}, {c[0], c[0], c[1], c[1], c[2], c[2]})));
    EXPECT_TRUE(testing::all_close(out[1], i64({}, {row == 0 ? 0 : 1})));
  }
}

TEST_F(ImageFolder, ClassesMayBeChosenAndRowsShaped) {
  add("a/1.bmp", bitmap(3, 2, 51, 51, 51));
  add("b/1.bmp", bitmap(5, 5, 102, 102, 102));
  add("c/1.bmp", bitmap(5, 5, 204, 204, 204));
  const auto data = open_image_folder(folder_.path(),
                                      {.decode = {.format = PixelFormat::kGray},
                                       .tensor = {.layout = ImageLayout::kNHWC, .mean = {0.2F}}},
                                      {"b", "a"});
  ASSERT_THAT(data, IsOk());
  EXPECT_EQ(data->size(), 2);
  EXPECT_EQ(data->fields()[0].shape, Shape({5, 5, 1}));  // of the first image
  std::vector<Tensor> out(2);
  ASSERT_THAT(data->read(1, out), IsOk());
  EXPECT_TRUE(testing::all_close(out[0], f32({5, 5, 1}, std::vector<double>(25, 0.0))));
  EXPECT_TRUE(testing::all_close(out[1], i64({}, {1})));
  EXPECT_THAT(open_image_folder(folder_.path(), {}, {"d"}), FailsWith(StatusCode::kNotFound, "/d"));
}

TEST_F(ImageFolder, WithoutSubfoldersThereAreNoLabels) {
  add("1.bmp", bitmap(2, 2, 1, 2, 3));
  const auto data = open_image_folder(folder_.path(), {.tensor = {.dtype = DType::kU8}});
  ASSERT_THAT(data, IsOk());
  ASSERT_EQ(data->fields().size(), 1u);
  EXPECT_EQ(data->fields()[0].dtype, DType::kU8);
}

TEST_F(ImageFolder, FilesMayBeListed) {
  add("1.bmp", bitmap(2, 2, 1, 1, 1));
  add("2.bmp", bitmap(4, 4, 2, 2, 2));
  const auto data = open_images({folder_.file("2.bmp"), folder_.file("1.bmp")},
                                {.width = 1, .tensor = {.scale = 1}});
  ASSERT_THAT(data, IsOk());
  EXPECT_EQ(data->size(), 2);
  EXPECT_EQ(data->fields()[0].shape, Shape({3, 4, 1}));
  std::vector<Tensor> out(1);
  ASSERT_THAT(data->read(1, out), IsOk());
  EXPECT_EQ(out[0].data<float>()[0], 1);
  EXPECT_FALSE(open_images({}).ok());
}

TEST(ImageRowOptions, TravelAsJson) {
  const ImageRowOptions options{.height = 28,
                                .width = 30,
                                .fit = ImageFit::kPad,
                                .resize = {.filter = ResizeFilter::kBicubic, .antialias = false},
                                .fill = 3,
                                .decode = {.format = PixelFormat::kBgr},
                                .tensor = {.dtype = DType::kU8,
                                           .layout = ImageLayout::kNHWC,
                                           .scale = 0.5F,
                                           .mean = {1, 2, 3},
                                           .std = {0.1F}}};
  const auto back = parse_image_row_options(to_json(options));
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(to_json(*back), to_json(options));
  EXPECT_EQ(back->height, 28);
  EXPECT_EQ(back->width, 30);
  EXPECT_EQ(back->fit, ImageFit::kPad);
  EXPECT_EQ(back->resize.filter, ResizeFilter::kBicubic);
  EXPECT_FALSE(back->resize.antialias);
  EXPECT_EQ(back->fill, 3);
  EXPECT_EQ(back->decode.format, PixelFormat::kBgr);
  EXPECT_EQ(back->tensor.dtype, DType::kU8);
  EXPECT_EQ(back->tensor.layout, ImageLayout::kNHWC);
  EXPECT_EQ(back->tensor.scale, 0.5F);
  EXPECT_EQ(back->tensor.mean, (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(back->tensor.std, (std::vector<float>{0.1F}));
  EXPECT_EQ(to_json(*parse_image_row_options("{}")), to_json(ImageRowOptions()));
  for (const std::string_view text :
       {"", "[]", R"({"height":-1})", R"({"width":1.5})", R"({"fit":"tile"})", R"({"color":3})",
        R"({"mean":1})", R"({"std":["1"]})", R"({"scale":"1"})", R"({"antialias":1})",
        R"({"fill":256})", R"({"dtype":"i64"})"}) {
    EXPECT_THAT(parse_image_row_options(text), FailsWith(StatusCode::kInvalidArgument, "")) << text;
  }
}

TEST_F(ImageFolder, ADamagedImageIsNamedWhenItIsRead) {
  add("a/1.bmp", bitmap(2, 2, 1, 2, 3));
  add("a/2.bmp", "BMnot");
  const auto data = open_image_folder(folder_.path());
  ASSERT_THAT(data, IsOk());
  std::vector<Tensor> out(2);
  EXPECT_THAT(data->read(0, out), IsOk());
  EXPECT_THAT(data->read(1, out), FailsWith(StatusCode::kDataLoss, "a/2.bmp: BMP"));
}

TEST_F(ImageFolder, AFolderWithoutImagesIsAnError) {
  EXPECT_THAT(open_image_folder(folder_.path()), FailsWith(StatusCode::kDataLoss, "no image"));
  add("a/x.txt", "");
  EXPECT_THAT(open_image_folder(folder_.path()), FailsWith(StatusCode::kDataLoss, "no image"));
  EXPECT_THAT(open_image_folder(folder_.file("none")), FailsWith(StatusCode::kNotFound, "none"));
  add("a/1.bmp", bitmap(2, 2, 1, 2, 3));
  EXPECT_THAT(open_image_folder(folder_.path(), {.tensor = {.std = {0}}}),
              FailsWith(StatusCode::kInvalidArgument, "std 0"));
  EXPECT_THAT(open_image_folder(folder_.path(), {.height = -1}),
              FailsWith(StatusCode::kInvalidArgument, "-1"));
}

}  // namespace
}  // namespace tern
