#include "serve/http/image_request.h"

#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "base/strings.h"
#include "serve/http/npy_request.h"
#include "serve/http/predict_request.h"

namespace tern::serve {
namespace {

// Pictures of strangers: a small file may stand for any number of pixels.
constexpr std::int64_t kMaxPixels = 40'000'000;

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

class ImageRequest final : public BodyReader {
 public:
  ImageRequest(const IoInfo& input, Image image, ImageTensorOptions options, Shape shape)
      : input_(input), image_(std::move(image)), options_(std::move(options)) {
    shapes_ = {shape};
  }

  Status fill(std::span<Tensor> inputs) override {
    if (inputs[0].dtype() == options_.dtype) return write_tensor(image_, options_, inputs[0]);
    TERN_ASSIGN_OR_RETURN(const Tensor tensor, to_tensor(image_, options_));
    return convert_elements(tensor, inputs[0]).with_context(fmt::format("input {}", input_.name));
  }

 private:
  const IoInfo& input_;
  const Image image_;
  const ImageTensorOptions options_;
};

Result<std::vector<float>> parse_floats(std::string_view name, std::string_view text) {
  std::vector<float> numbers;
  for (const std::string_view part : split(text, ',')) {
    const std::optional<double> number = parse_double(trim(part));
    if (!number) return invalid_argument("{}: '{}' is no number", name, part);
    numbers.push_back(static_cast<float>(*number));
  }
  return numbers;
}

template <class T>
Status choose(std::string_view name, std::string_view text, std::optional<T>& choice,
              std::initializer_list<std::pair<std::string_view, T>> words) {
  std::string known;
  for (const auto& [word, value] : words) {
    if (word == text) {
      choice = value;
      return {};
    }
    known += known.empty() ? "" : ", ";
    known += word;
  }
  return invalid_argument("{}: '{}' is none of {}", name, text, known);
}

}  // namespace

bool is_image(std::string_view bytes) { return image_file_of(as_bytes(bytes)).has_value(); }

Result<std::unique_ptr<BodyReader>> read_image_request(
    std::string_view bytes, const Signature& signature,
    const std::map<std::string, std::string>& metadata, const inspect::ImageChoices& choices) {
  if (signature.inputs().size() != 1) {
    return invalid_argument("a picture is for models with one input, this one has {}",
                            signature.inputs().size());
  }
  const IoInfo& input = signature.inputs()[0];
  TERN_ASSIGN_OR_RETURN(ImageRowOptions options,
                        inspect::image_options_for(input, metadata, choices));
  options.decode.max_pixels = std::min(options.decode.max_pixels, kMaxPixels);
  Result<Image> image = decode_image(as_bytes(bytes), options.decode);
  if (!image.ok()) {
    if (image.status().code() == StatusCode::kUnimplemented) return image.status();
    return invalid_argument("the body is no readable picture: {}", image.status().message());
  }
  const std::int64_t height = options.height > 0 ? options.height : image->height();
  const std::int64_t width = options.width > 0 ? options.width : image->width();
  if (image->height() != height || image->width() != width) {
    TERN_ASSIGN_OR_RETURN(
        *image, fit_image(*image, height, width, options.fit, options.resize, options.fill));
  }
  TERN_ASSIGN_OR_RETURN(const Shape shape,
                        fit_shape(input, tensor_shape(*image, options.tensor), true));
  return std::unique_ptr<BodyReader>(
      std::make_unique<ImageRequest>(input, *image, std::move(options.tensor), shape));
}

Status set_image_choice(inspect::ImageChoices& choices, std::string_view name,
                        std::string_view text) {
  if (name == "scale") {
    TERN_ASSIGN_OR_RETURN(const std::vector<float> numbers, parse_floats(name, text));
    if (numbers.size() != 1) return invalid_argument("scale: {} numbers, not one", numbers.size());
    choices.scale = numbers[0];
    return {};
  }
  if (name == "mean" || name == "std") {
    TERN_ASSIGN_OR_RETURN((name == "mean" ? choices.mean : choices.std), parse_floats(name, text));
    return {};
  }
  if (name == "fit") {
    return choose<ImageFit>(
        name, text, choices.fit,
        {{"crop", ImageFit::kCrop}, {"pad", ImageFit::kPad}, {"stretch", ImageFit::kStretch}});
  }
  if (name == "color") {
    return choose<PixelFormat>(
        name, text, choices.color,
        {{"gray", PixelFormat::kGray}, {"rgb", PixelFormat::kRgb}, {"bgr", PixelFormat::kBgr}});
  }
  if (name == "layout") {
    return choose<ImageLayout>(name, text, choices.layout,
                               {{"nchw", ImageLayout::kNCHW}, {"nhwc", ImageLayout::kNHWC}});
  }
  return invalid_argument("'{}' is none of scale, mean, std, fit, color, layout", name);
}

}  // namespace tern::serve
