// Bodies of /predict, for people with curl: what they hold shows in their first bytes.
//
// - JSON: {"instances": [...]}, one entry per instance; {"inputs": {"x": [...]}}, one array per
//   input; or just the array, for a model with one input. An instance may leave out or add axes as
//   long as it has the right number of elements: 784 numbers are an image of 1x28x28. A string may
//   be {"b64": "..."}.
// - A picture: JPEG, PNG, WebP or BMP (image_request.h).
// - .npy: a batch or one instance, for a model with one input; types are converted when no value is
//   lost that way.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "inspect/image_input.h"
#include "serve/batch/signature.h"
#include "serve/http/body_reader.h"
#include "serve/http/json_parsers.h"

namespace tern::serve {

/// What is known of how the model takes pictures.
struct PictureInput {
  std::map<std::string, std::string> metadata;  // of the model
  inspect::ImageChoices choices;                // of the client
};

/// kInvalidArgument when the body is none of these or does not suit the model. `signature` and
/// `parsers` must outlive the reader.
Result<std::unique_ptr<BodyReader>> read_predict_request(std::string body,
                                                         const Signature& signature,
                                                         const PictureInput& pictures,
                                                         JsonParsers& parsers);

/// A request of TensorFlow Serving's REST API: the JSON forms of the above.
struct TensorflowRequest {
  std::unique_ptr<BodyReader> body;
  bool rows = false;  ///< "instances", to be answered row by row
};
/// kInvalidArgument as above, and for a "signature_name" other than "serving_default".
Result<TensorflowRequest> read_tensorflow_request(std::string body, const Signature& signature,
                                                  JsonParsers& parsers);

/// Whether reading the body takes long even when it is short: a picture has to be decoded.
bool reads_slowly(std::string_view body);

/// The shape that data of shape `given` takes as the input: as it is when that fits, else with rows
/// rearranged to the input's. `rows` says that the first axis of `given` counts instances;
/// otherwise the whole may also be a single one.
Result<Shape> fit_shape(const IoInfo& input, const Shape& given, bool rows);

}  // namespace tern::serve
