// Elements of a tensor in JSON, in and out.
//
// Numbers for integers and floats, true and false for BOOL, strings for BYTES (or {"b64": "..."},
// in only), two numbers (real, imaginary) for a complex element. JSON has no NaN and no infinity:
// they are the strings "NaN", "Infinity" and "-Infinity", both ways.
#pragma once

#include "base/json.h"
#include "serve/http/json_body.h"
#include "tern/tensor.h"

namespace tern::serve {

/// How an array of elements may be arranged.
enum class Arrangement : std::uint8_t {
  kExact,        // nested as the shape says
  kFlatOrExact,  // or all elements in one array, row-major
};

/// Reads the elements of `tensor` from an array (or, for a scalar of kExact, from a bare element).
/// `shape` has as many elements as the tensor and says how arrays are nested. kInvalidArgument
/// names the element that is of another type or out of range, or the array that is too long or
/// short; JSON that is none comes out as `code`.
struct ElementsResult {
  simdjson::error_code code = simdjson::SUCCESS;
  Status status;
};
ElementsResult read_elements(json::value value, const Shape& shape, Arrangement arrangement,
                             Tensor& tensor);

bool is_utf8(std::string_view text);

/// Writes the elements as one array, row-major. kFailedPrecondition for strings that are not UTF-8,
/// which JSON cannot carry.
Status write_flat(JsonWriter& json, const Tensor& tensor);
/// Writes them nested as the shape says; a scalar as a bare element.
Status write_nested(JsonWriter& json, const Tensor& tensor);

}  // namespace tern::serve
