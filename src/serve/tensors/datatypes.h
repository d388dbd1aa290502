// The names that the Open Inference Protocol gives to element types: "FP32", "INT64", "BYTES".
#pragma once

#include <optional>
#include <string_view>

#include "tern/dtype.h"

namespace tern::serve {

/// Types that the protocol does not know get names of the same kind: "FP8E4M3FN", "INT4",
/// "COMPLEX64". "" for kUndefined and containers.
std::string_view protocol_name(DType dtype);

/// The reverse.
std::optional<DType> parse_protocol_name(std::string_view name);

}  // namespace tern::serve
