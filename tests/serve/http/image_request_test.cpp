#include "serve/http/image_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>

#include "base/errors.h"
#include "tests/serve/pictures.h"
#include "tests/serve/signatures.h"
#include "tests/support/status_matchers.h"

namespace tern::serve {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::FloatNear;
using testing::IsOk;
using ::testing::Pointwise;

Result<Tensor> read(std::string_view bytes, const IoInfo& input,
                    const inspect::ImageChoices& choices = {},
                    const std::map<std::string, std::string>& metadata = {}) {
  const Signature model = signature({input}, {});
  TERN_ASSIGN_OR_RETURN(const auto reader, read_image_request(bytes, model, metadata, choices));
  std::vector<Tensor> inputs{*Tensor::zeros(input.type.dtype, reader->shapes()[0])};
  TERN_TRY(reader->fill(inputs));
  return inputs[0];
}

// One line of two pixels: red 255, green 51, blue 0, then black.
const std::string& two_pixels() {
  static const std::string bytes = bmp(2, 1, {{255, 51, 0}, {0, 0, 0}});
  return bytes;
}

TEST(ImageRequest, PixelsAreScaledToTheUnitInterval) {
  const Result<Tensor> x = read(two_pixels(), io("x", DType::kF32, {'N', 3, 1, 2}));
  ASSERT_THAT(x, IsOk());
  EXPECT_EQ(x->shape(), (Shape{1, 3, 1, 2}));
  EXPECT_THAT(x->span<float>(), Pointwise(FloatNear(1e-6F), {1.F, 0.F, 0.2F, 0.F, 0.F, 0.F}));
}

TEST(ImageRequest, TheClientMaySayHowTheModelTakesThem) {
  inspect::ImageChoices choices;
  choices.layout = ImageLayout::kNHWC;
  choices.scale = 1;
  choices.mean = {5, 1, 0};
  choices.std = {10};
  EXPECT_THAT(read(two_pixels(), io("x", DType::kF32, {'N', 1, 2, 3}), choices)->span<float>(),
              ElementsAre(25, 5, 0, -0.5F, -0.1F, 0));
  choices = {};
  choices.color = PixelFormat::kBgr;
  EXPECT_THAT(
      read(two_pixels(), io("x", DType::kU8, {'N', 3, 'H', 'W'}), choices)->span<std::uint8_t>(),
      ElementsAre(0, 0, 51, 0, 255, 0));
}

TEST(ImageRequest, TheModelsMetadataSayIt) {
  ImageRowOptions options;
  options.tensor.layout = ImageLayout::kNHWC;
  options.tensor.scale = 1;
  EXPECT_THAT(read(two_pixels(), io("x", DType::kF32, {'N', 1, 2, 3}), {},
                   {{"image_input", to_json(options)}})
                  ->span<float>(),
              ElementsAre(255, 51, 0, 0, 0, 0));
}

TEST(ImageRequest, OneChannelIsGray) {
  // 0.299 * 255 + 0.587 * 51 = 106.182
  EXPECT_THAT(read(two_pixels(), io("x", DType::kU8, {'N', 1, 1, 2}))->span<std::uint8_t>(),
              ElementsAre(106, 0));
  EXPECT_EQ(read(two_pixels(), io("x", DType::kU8, {'N', 1, 2}))->shape(), (Shape{1, 1, 2}));
}

TEST(ImageRequest, OtherSizesAreMadeToFit) {
  const std::string red = bmp(3, 5, std::vector<std::array<std::uint8_t, 3>>(15, {255, 0, 0}));
  const Tensor x = *read(red, io("x", DType::kU8, {'N', 3, 2, 2}));
  EXPECT_EQ(x.shape(), (Shape{1, 3, 2, 2}));
  EXPECT_THAT(x.span<std::uint8_t>(), ElementsAre(255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_EQ(read(red, io("x", DType::kU8, {'N', 3, 'H', 'W'}))->shape(), (Shape{1, 3, 5, 3}));
}

TEST(ImageRequest, OtherFloatingTypesAreConverted) {
  const Tensor x = *read(two_pixels(), io("x", DType::kF64, {'N', 3, 1, 2}));
  EXPECT_NEAR(x.span<double>()[2], 0.2, 1e-7);
  EXPECT_THAT(read(two_pixels(), io("x", DType::kI64, {'N', 3, 1, 2})),
              FailsWith(StatusCode::kInvalidArgument, "f32 cannot be read as i64"));
}

TEST(ImageRequest, ModelsThatTakeNoPicturesSaySo) {
  EXPECT_EQ(read(two_pixels(), io("x", DType::kF32, {'N', 784})).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(read(two_pixels(), io("x", DType::kF32, {'N', 2, 8, 8})).status().code(),
            StatusCode::kInvalidArgument);
  const IoInfo image = io("x", DType::kF32, {'N', 3, 8, 8});
  EXPECT_THAT(read_image_request(two_pixels(), signature({image, image}, {}), {}, {}),
              FailsWith(StatusCode::kInvalidArgument, "for models with one input"));
}

TEST(ImageRequest, BrokenPicturesAreTheClientsMistake) {
  const std::string whole = two_pixels();
  for (std::size_t length = 2; length < whole.size(); ++length) {
    EXPECT_EQ(read(whole.substr(0, length), io("x", DType::kF32, {'N', 3, 1, 2})).status().code(),
              StatusCode::kInvalidArgument)
        << length;
  }
}

TEST(ImageRequest, APictureOfTooManyPixelsIsRefused) {
  // 20,000 x 20,000 pixels promised.
  std::string bytes = two_pixels();
  bytes.replace(18, 8, std::string("\x20\x4e\0\0\x20\x4e\0\0", 8));
  EXPECT_THAT(read(bytes, io("x", DType::kF32, {'N', 3, 'H', 'W'})),
              FailsWith(StatusCode::kInvalidArgument, "no readable picture"));
}

TEST(SetImageChoice, TakesNumbersAndWords) {
  inspect::ImageChoices c;
  for (const auto& [name, text] : std::map<std::string, std::string>{{"scale", "0.5"},
                                                                     {"mean", "1,2,3.5"},
                                                                     {"std", "2"},
                                                                     {"fit", "pad"},
                                                                     {"color", "bgr"},
                                                                     {"layout", "nhwc"}}) {
    EXPECT_THAT(set_image_choice(c, name, text), IsOk());
  }
  EXPECT_EQ(c.scale, 0.5F);
  EXPECT_THAT(c.mean, ElementsAre(1, 2, 3.5F));
  EXPECT_THAT(c.std, ElementsAre(2));
  EXPECT_EQ(c.fit, ImageFit::kPad);
  EXPECT_EQ(c.color, PixelFormat::kBgr);
  EXPECT_EQ(c.layout, ImageLayout::kNHWC);
}

TEST(SetImageChoice, SaysWhatItDoesNotTake) {
  inspect::ImageChoices c;
  const auto refused = [&](const char* name, const char* text, const char* part) {
    EXPECT_THAT(set_image_choice(c, name, text), FailsWith(StatusCode::kInvalidArgument, part));
  };
  refused("scale", "big", "scale: 'big' is no number");
  refused("scale", "1,2", "scale: 2 numbers, not one");
  refused("mean", "1,,2", "mean: '' is no number");
  refused("fit", "squeeze", "fit: 'squeeze' is none of crop, pad, stretch");
  refused("color", "cmyk", "color: 'cmyk' is none of gray, rgb, bgr");
  refused("size", "3", "'size' is none of");
}

TEST(IsImage, GoesByTheFirstBytes) {
  EXPECT_TRUE(is_image(two_pixels()));
  EXPECT_TRUE(is_image("\xff\xd8\xff\xe0"));
  EXPECT_FALSE(is_image("[1,2]"));
  EXPECT_FALSE(is_image(""));
}

}  // namespace
}  // namespace tern::serve
