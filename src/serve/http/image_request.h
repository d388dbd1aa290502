// A picture as the body of /predict.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "inspect/image_input.h"
#include "serve/batch/signature.h"
#include "serve/http/body_reader.h"

namespace tern::serve {

/// Whether the bytes begin as a picture does, of any kind that is read.
bool is_image(std::string_view bytes);

/// One row for a model with one input, as inspect::image_options_for() says; `tern predict` reads
/// files by the same rules. kInvalidArgument for models that take no pictures and for bytes that
/// are none. `signature` must outlive the reader.
Result<std::unique_ptr<BodyReader>> read_image_request(
    std::string_view bytes, const Signature& signature,
    const std::map<std::string, std::string>& metadata, const inspect::ImageChoices& choices);

/// Sets the choice called `name`, one of scale, mean, std, fit, color and layout, from text:
/// numbers between commas, or a word. kInvalidArgument for other names and texts.
Status set_image_choice(inspect::ImageChoices& choices, std::string_view name,
                        std::string_view text);

}  // namespace tern::serve
