#include "inspect/image_input.h"

#include "base/errors.h"

namespace tern::inspect {
namespace {

std::optional<std::int64_t> known(const Dim& dim) {
  return dim.known() ? std::optional(dim.value()) : std::nullopt;
}

bool is_channels(std::optional<std::int64_t> size) { return size == 1 || size == 3 || size == 4; }

/// An image as an input declares it; what it leaves open is unset.
struct Declared {
  std::optional<std::int64_t> channels;
  std::optional<std::int64_t> height;
  std::optional<std::int64_t> width;
};

Status no_images(const IoInfo& input) {
  return invalid_argument(
      "input {} is {}: images go into [N,C,H,W], [N,H,W,C] or [N,H,W] with 1, 3 or 4 channels, or, "
      "with their size given, into [N,C*H*W]",
      input.name, input.text);
}

Result<Declared> declared_image(const IoInfo& input, ImageRowOptions& options,
                                const ImageChoices& choices, bool layout_is_known) {
  if (!input.type.has_rank) return Declared{};
  const std::vector<Dim>& dims = input.type.shape;
  if (dims.size() == 4) {
    const bool first = is_channels(known(dims[1])), last = is_channels(known(dims[3]));
    if (choices.layout) {
      options.tensor.layout = *choices.layout;
    } else if (first != last) {
      options.tensor.layout = first ? ImageLayout::kNCHW : ImageLayout::kNHWC;
    } else if (!first && !layout_is_known) {
      return no_images(input);
    }
    if (options.tensor.layout == ImageLayout::kNCHW) {
      return Declared{known(dims[1]), known(dims[2]), known(dims[3])};
    }
    return Declared{known(dims[3]), known(dims[1]), known(dims[2])};
  }
  if (dims.size() == 3) return Declared{1, known(dims[1]), known(dims[2])};
  const std::int64_t pixels = options.height * options.width;
  const auto numbers = dims.size() == 2 ? known(dims[1]) : std::nullopt;
  if (!numbers || pixels == 0 || *numbers % pixels != 0) return no_images(input);
  return Declared{*numbers / pixels, options.height, options.width};
}

Result<PixelFormat> format_for(std::int64_t channels, PixelFormat wanted, const IoInfo& input) {
  if (channels == channels_of(wanted)) return wanted;
  if (channels == 1) return PixelFormat::kGray;
  if (channels == 3) return PixelFormat::kRgb;
  if (channels == 4) return PixelFormat::kRgba;
  return no_images(input);
}

}  // namespace

Result<ImageRowOptions> image_options_for(const IoInfo& input,
                                          const std::map<std::string, std::string>& metadata,
                                          const ImageChoices& choices) {
  ImageRowOptions options;
  const auto stated = metadata.find("image_input");
  if (stated != metadata.end()) {
    TERN_ASSIGN_OR_RETURN(options, parse_image_row_options(stated->second));
  }
  options.tensor.dtype = input.type.dtype == DType::kU8 ? DType::kU8 : DType::kF32;
  if (choices.height) options.height = *choices.height;
  if (choices.width) options.width = *choices.width;
  if (choices.fit) options.fit = *choices.fit;
  if (choices.scale) options.tensor.scale = *choices.scale;
  if (!choices.mean.empty()) options.tensor.mean = choices.mean;
  if (!choices.std.empty()) options.tensor.std = choices.std;
  if (choices.color) options.decode.format = choices.color;

  TERN_ASSIGN_OR_RETURN(const Declared image,
                        declared_image(input, options, choices, stated != metadata.end()));
  if (image.height) options.height = *image.height;
  if (image.width) options.width = *image.width;
  if (image.channels) {
    TERN_ASSIGN_OR_RETURN(
        options.decode.format,
        format_for(*image.channels, options.decode.format.value_or(PixelFormat::kRgb), input));
  }
  return options;
}

}  // namespace tern::inspect
