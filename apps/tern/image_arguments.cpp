// The options that say what becomes of an image file.
#include <CLI/CLI.hpp>

#include "base/errors.h"
#include "base/strings.h"
#include "command.h"

namespace tern::app {
namespace {

Result<std::vector<float>> parse_numbers(const std::string& text, std::string_view option) {
  std::vector<float> numbers;
  if (text.empty()) return numbers;
  for (const std::string_view part : split(text, ',')) {
    const auto number = parse_double(trim(part));
    if (!number) return invalid_argument("{} {}: '{}' is no number", option, text, part);
    numbers.push_back(static_cast<float>(*number));
  }
  return numbers;
}

}  // namespace

void ImageArguments::add_to(CLI::App& command) {
  command.add_option("--size", size, "HEIGHTxWIDTH of images, where the model leaves it open");
  command.add_option("--color", color, "of images: gray, rgb or bgr")
      ->check(CLI::IsMember({"gray", "rgb", "bgr"}));
  command.add_option("--fit", fit, "images of other proportions: crop, pad or stretch")
      ->check(CLI::IsMember({"crop", "pad", "stretch"}));
  command.add_option("--layout", layout, "of image inputs: nchw or nhwc")
      ->check(CLI::IsMember({"nchw", "nhwc"}));
  command.add_option("--scale", scale, "pixels are multiplied with this (1/255)");
  command.add_option("--mean", mean, "R,G,B taken off scaled pixels");
  command.add_option("--std", std, "R,G,B by which they are divided then");
  command.add_flag("--imagenet", imagenet,
                   "--mean 0.485,0.456,0.406 --std 0.229,0.224,0.225, as most models of ImageNet");
}

Result<inspect::ImageChoices> ImageArguments::parse() const {
  inspect::ImageChoices choices;
  if (!size.empty()) {
    const std::vector<std::string_view> sides = split(size, 'x');
    const auto height = parse_int(sides[0]);
    const auto width = parse_int(sides.back());
    if (sides.size() > 2 || !height || !width || *height < 1 || *width < 1) {
      return invalid_argument("--size {}: it is HEIGHTxWIDTH, like 224x224", size);
    }
    choices.height = height;
    choices.width = width;
  }
  if (color == "gray") choices.color = PixelFormat::kGray;
  if (color == "rgb") choices.color = PixelFormat::kRgb;
  if (color == "bgr") choices.color = PixelFormat::kBgr;
  if (fit == "crop") choices.fit = ImageFit::kCrop;
  if (fit == "pad") choices.fit = ImageFit::kPad;
  if (fit == "stretch") choices.fit = ImageFit::kStretch;
  if (layout == "nchw") choices.layout = ImageLayout::kNCHW;
  if (layout == "nhwc") choices.layout = ImageLayout::kNHWC;
  choices.scale = scale;
  if (imagenet) {
    choices.mean = {0.485F, 0.456F, 0.406F};
    choices.std = {0.229F, 0.224F, 0.225F};
  }
  if (!mean.empty()) {
    TERN_ASSIGN_OR_RETURN(choices.mean, parse_numbers(mean, "--mean"));
  }
  if (!std.empty()) {
    TERN_ASSIGN_OR_RETURN(choices.std, parse_numbers(std, "--std"));
  }
  return choices;
}

}  // namespace tern::app
