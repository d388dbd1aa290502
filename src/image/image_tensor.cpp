// Images as tensors and back.
#include <algorithm>
#include <cmath>

#include "image/check_image.h"

namespace tern {
namespace {

/// pixel * factor + offset, per channel.
struct Affine {
  std::array<float, 4> factor{};
  std::array<float, 4> offset{};
};

Status check_channels(const std::vector<float>& values, int channels, std::string_view what) {
  if (values.size() <= 1 || values.size() == static_cast<std::size_t>(channels)) return {};
  return invalid_argument("{} numbers for the {} of {} channels", values.size(), what, channels);
}

float per_channel(const std::vector<float>& values, std::size_t c, float otherwise) {
  if (values.empty()) return otherwise;
  return values.size() == 1 ? values[0] : values[c];
}

Result<Affine> affine_of(const ImageTensorOptions& options, int channels) {
  TERN_TRY(check_channels(options.mean, channels, "mean"));
  TERN_TRY(check_channels(options.std, channels, "std"));
  Affine affine;
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) {
    const float deviation = per_channel(options.std, c, 1);
    affine.factor[c] = options.scale / deviation;
    affine.offset[c] = -per_channel(options.mean, c, 0) / deviation;
    if (!std::isfinite(affine.factor[c]) || !std::isfinite(affine.offset[c]) ||
        affine.factor[c] == 0) {
      return invalid_argument("scale {}, mean {} and std {} make no pixel values", options.scale,
                              per_channel(options.mean, c, 0), deviation);
    }
  }
  return affine;
}

/// Where channel `c` of the tensor begins, and how far apart its pixels are.
struct Plane {
  std::int64_t begin;
  std::int64_t step;
};
Plane plane_of(ImageLayout layout, std::int64_t c, std::int64_t channels, std::int64_t pixels) {
  return layout == ImageLayout::kNCHW ? Plane{c * pixels, 1} : Plane{c, channels};
}

}  // namespace

Shape tensor_shape(const Image& image, const ImageTensorOptions& options) {
  if (options.layout == ImageLayout::kNCHW) {
    return {1, image.channels(), image.height(), image.width()};
  }
  return {1, image.height(), image.width(), image.channels()};
}

Result<Tensor> to_tensor(const Image& image, const ImageTensorOptions& options) {
  TERN_TRY(image::check_image(image));
  TERN_ASSIGN_OR_RETURN(Tensor out,
                        Tensor::uninitialized(options.dtype, tensor_shape(image, options)));
  TERN_TRY(write_tensor(image, options, out));
  return out;
}

Status write_tensor(const Image& image, const ImageTensorOptions& options, Tensor& out) {
  TERN_TRY(image::check_image(image));
  if (options.dtype != DType::kF32 && options.dtype != DType::kU8) {
    return unimplemented("images as {}; f32 and u8 are possible", to_string(options.dtype));
  }
  if (out.dtype() != options.dtype || out.elements() != image.pixels.elements()) {
    return invalid_argument("an image of {} for a tensor {}{}",
                            tensor_shape(image, options).to_string(), to_string(out.dtype()),
                            out.shape().to_string());
  }
  TERN_ASSIGN_OR_RETURN(const Affine affine, affine_of(options, image.channels()));
  const std::int64_t channels = image.channels(), pixels = image.height() * image.width();
  for (std::int64_t c = 0; c < channels; ++c) {
    const auto [begin, step] = plane_of(options.layout, c, channels, pixels);
    const std::uint8_t* const from = image.row(0) + c;
    if (options.dtype == DType::kU8) {
      std::uint8_t* const to = out.mutable_data<std::uint8_t>() + begin;
      for (std::int64_t i = 0; i < pixels; ++i) to[i * step] = from[i * channels];
      continue;
    }
    float* const to = out.mutable_data<float>() + begin;
    const float factor = affine.factor[static_cast<std::size_t>(c)];
    const float offset = affine.offset[static_cast<std::size_t>(c)];
    for (std::int64_t i = 0; i < pixels; ++i) {
      to[i * step] = static_cast<float>(from[i * channels]) * factor + offset;
    }
  }
  return {};
}

Result<Image> to_image(const Tensor& tensor, const ImageTensorOptions& options,
                       PixelFormat format) {
  const bool batch_of_one = tensor.rank() == 4 && tensor.dim(0) == 1;
  if (tensor.rank() != 3 && !batch_of_one) {
    return invalid_argument("shape {} is no image", tensor.shape().to_string());
  }
  if (tensor.dtype() != DType::kF32 && tensor.dtype() != DType::kU8) {
    return unimplemented("images from {}; f32 and u8 are possible", to_string(tensor.dtype()));
  }
  const int axis = batch_of_one ? 1 : 0;
  const bool first = options.layout == ImageLayout::kNCHW;
  const std::int64_t channels = tensor.dim(first ? axis : axis + 2);
  if (channels != 1 && channels != 3 && channels != 4) {
    return invalid_argument("an image of {} channels; 1, 3 and 4 are possible", channels);
  }
  if (channels == 1) format = PixelFormat::kGray;
  if (channels == 4) format = PixelFormat::kRgba;
  if (channels_of(format) != channels) {
    return invalid_argument("{} channels for {}", channels, to_string(format));
  }
  TERN_ASSIGN_OR_RETURN(Image out, Image::create(tensor.dim(first ? axis + 1 : axis),
                                                 tensor.dim(first ? axis + 2 : axis + 1), format));
  TERN_ASSIGN_OR_RETURN(const Affine affine, affine_of(options, out.channels()));
  const std::int64_t pixels = out.height() * out.width();
  for (std::int64_t c = 0; c < channels; ++c) {
    const auto [begin, step] = plane_of(options.layout, c, channels, pixels);
    std::uint8_t* const to = out.mutable_row(0) + c;
    if (tensor.dtype() == DType::kU8) {
      const std::uint8_t* const from = tensor.data<std::uint8_t>() + begin;
      for (std::int64_t i = 0; i < pixels; ++i) to[i * channels] = from[i * step];
      continue;
    }
    const float* const from = tensor.data<float>() + begin;
    const float factor = affine.factor[static_cast<std::size_t>(c)];
    const float offset = affine.offset[static_cast<std::size_t>(c)];
    for (std::int64_t i = 0; i < pixels; ++i) {
      // NaN fails both comparisons of the clamp and becomes 0.
      const float value = (from[i * step] - offset) / factor;
      to[i * channels] =
          static_cast<std::uint8_t>(value > 0 ? std::lround(std::min(value, 255.0F)) : 0);
    }
  }
  return out;
}

}  // namespace tern
