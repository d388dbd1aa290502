// What DepthToSpace, SpaceToDepth and their gradients share: sizes, and which element goes where.
#pragma once

#include "graph/op_def.h"
#include "tern/ops/nn.h"

namespace tern::ops {

/// [N, C, H, W] to [N, C / b^2, H b, W b], as output 0.
Status infer_depth_to_space(std::int64_t blocksize, InferContext& c);
/// [N, C, H, W] to [N, C b^2, H / b, W / b], as output 0.
Status infer_space_to_depth(std::int64_t blocksize, InferContext& c);

/// body(depth, space) for every element of the deep image: its offset there and in the wide image.
template <class Body>
void for_each_of_blocks(const tern::Shape& deep, std::int64_t b, DepthToSpaceMode mode, Body body) {
  const std::int64_t channels = deep[1] / (b * b);
  const std::int64_t height = deep[2];
  const std::int64_t width = deep[3];
  std::int64_t depth = 0;
  for (std::int64_t n = 0; n < deep[0]; ++n) {
    for (std::int64_t c = 0; c < deep[1]; ++c) {
      // The parts of the deep channel's number, slowest first: row, column, channel of a block in
      // DCR and channel, row, column in CRD.
      const bool dcr = mode == DepthToSpaceMode::kDcr;
      const std::int64_t channel = dcr ? c % channels : c / (b * b);
      const std::int64_t in_block = dcr ? c / channels : c % (b * b);
      for (std::int64_t y = 0; y < height; ++y) {
        const std::int64_t row = ((n * channels + channel) * height + y) * b + in_block / b;
        for (std::int64_t x = 0; x < width; ++x) {
          body(depth++, row * width * b + x * b + in_block % b);
        }
      }
    }
  }
}

}  // namespace tern::ops
