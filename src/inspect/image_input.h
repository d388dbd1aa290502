// What an image file must become for an input of a model.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tern/data_files.h"
#include "tern/session.h"

namespace tern::inspect {

/// What the caller knows better than the model; everything may be unset.
struct ImageChoices {
  std::optional<std::int64_t> height;
  std::optional<std::int64_t> width;
  std::optional<PixelFormat> color;
  std::optional<ImageLayout> layout;
  std::optional<ImageFit> fit;
  std::optional<float> scale;
  std::vector<float> mean;
  std::vector<float> std;
};

/// From the strongest: the sizes that the input declares, the choices, the metadata
/// ("image_input", as to_json(ImageRowOptions) writes it), and what is usual: rgb, cut to the
/// size, bytes for u8 and 0 to 1 for floating types. Rank 4 is [N,C,H,W] or [N,H,W,C], whichever
/// has 1, 3 or 4 for C; rank 3 is [N,H,W], gray; rank 2 is [N,C*H*W] when the size is known.
/// kInvalidArgument for an input that takes no images.
Result<ImageRowOptions> image_options_for(const IoInfo& input,
                                          const std::map<std::string, std::string>& metadata,
                                          const ImageChoices& choices);

}  // namespace tern::inspect
