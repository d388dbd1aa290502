// Numbers of 2 or 4 bits packed into bytes.
#pragma once

#include "tern/graph_builder.h"

namespace tern::ops {

/// Bytes [..., n] that hold 8 / bits numbers each, lowest bits first, as [..., n * 8 / bits] bytes
/// with one number each. `bits` is 2, 4 or 8.
Value unpacked_bits(Value bytes, std::int64_t bits);

}  // namespace tern::ops
