// A .npy file as the body of /predict.
#pragma once

#include <memory>
#include <string_view>

#include "serve/batch/signature.h"
#include "serve/http/body_reader.h"

namespace tern::serve {

/// Whether the bytes begin as a .npy file does.
bool is_npy(std::string_view bytes);

/// A batch of rows, or one row, for a model with one input. Elements are converted to the input's
/// type: numbers to floats, integers to integers that can hold them.
Result<std::unique_ptr<BodyReader>> read_npy_request(std::string_view bytes,
                                                     const Signature& signature);

/// Writes `from` into `to`, which has as many elements, converting as above. kInvalidArgument when
/// a value does not fit.
Status convert_elements(const Tensor& from, Tensor& to);

}  // namespace tern::serve
