// A copy of an NHWC image padded along x, for kernels that read windows in place.
#pragma once

#include <cstdint>

#include "backend/cpu/compute/conv.h"

namespace tern::cpu {

/// Pixels of a row that all windows together read, or 0 when they lie inside the image already.
std::int64_t padded_width(const ConvShape& shape);

/// Copies x to [batch, in_h, padded_w, in_c], dense, zero where a window hangs over an edge. A
/// negative pad_left leaves out pixels instead.
void pad_image(const ConvShape& shape, std::int64_t padded_w, const float* x, float* padded,
               ThreadPool& pool);

}  // namespace tern::cpu
