// What a function that is given an image checks first: images are plain structs that anybody makes.
#pragma once

#include "base/errors.h"
#include "tern/image.h"

namespace tern::image {

inline Status check_image(const Image& image) {
  const Tensor& pixels = image.pixels;
  if (pixels.dtype() == DType::kU8 && pixels.rank() == 3 && pixels.elements() > 0 &&
      pixels.dim(2) == channels_of(image.format)) {
    return {};
  }
  return invalid_argument("{}{} is no {} image", to_string(pixels.dtype()),
                          pixels.shape().to_string(), to_string(image.format));
}

}  // namespace tern::image
