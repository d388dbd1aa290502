// Convolution of NHWC images in f32: y = act(conv(x, w) + bias + residual).
//
//   const ConvPlan plan = plan_conv(shape, pool.size());           // picks an algorithm
//   pack_conv(plan, oihw_weights, packed, pool);                        // packed_floats floats
//   run_conv(plan, {.x = x, .packed = packed, .y = y}, scratch, pool);  // scratch_floats floats
//
// Packed weights depend on the filter (sizes, groups), the Isa and the algorithm only: weights
// packed once serve every image size and batch whose plan names the same algorithm.
//
// Plans are values; run_conv validates nothing, allocates nothing, takes no lock, and may be called
// from several threads at once with different scratch and outputs. y overlaps neither x nor the
// residual.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "backend/cpu/compute/epilogue.h"
#include "backend/cpu/compute/gemm.h"
#include "backend/cpu/isa.h"

namespace tern {
class ThreadPool;
}

namespace tern::cpu {

struct ConvWeights;

struct ConvShape {
  std::int64_t batch = 1;
  std::int64_t in_h = 0, in_w = 0, in_c = 0;
  std::int64_t out_h = 0, out_w = 0, out_c = 0;
  std::int64_t kernel_h = 1, kernel_w = 1;
  std::int64_t stride_h = 1, stride_w = 1;
  std::int64_t dilation_h = 1, dilation_w = 1;
  std::int64_t pad_top = 0, pad_left = 0;  ///< below and right: what out_h, out_w ask for;
                                           ///< negative pads leave out pixels
  std::int64_t groups = 1;
  /// Floats from a pixel to the next, at least the channels; 0 means dense. With more, x, y and the
  /// residual may be a range of channels of a wider image, so that concatenation needs no copy.
  std::int64_t in_pixel = 0, out_pixel = 0, residual_pixel = 0;
  /// Floats from a row of y to the next and from an image to the next; 0 means dense. With more, y
  /// may be a grid of pixels in a larger image.
  std::int64_t out_row = 0, out_image = 0;
  Epilogue epilogue;
};

enum class ConvAlgorithm : std::uint8_t {
  kMatmul,     ///< 1x1 without stride, padding or groups: the pixels are the rows of a matrix
  kImplicit,   ///< any shape: matrix product whose rows are windows, read in place
  kWinograd,   ///< 3x3 of stride 1 without groups: F(4x4, 3x3), relative error up to 2e-5
  kDepthwise,  ///< one input and one output channel per group
};

struct ConvPlan {
  ConvShape shape;  ///< with pixel strides filled in
  Isa isa = Isa::kBaseline;
  ConvAlgorithm algorithm = ConvAlgorithm::kImplicit;
  int threads = 1;  ///< the pool must not be larger
  std::int64_t packed_floats = 0;
  std::int64_t scratch_floats = 0;

  // The rest belongs to the algorithms.
  GemmPlan matmul;
  std::int64_t run = 0;                   ///< kImplicit: floats of a tap that lie together
  std::vector<std::int64_t> tap_offsets;  ///< kImplicit: from a window's first pixel
  std::int64_t block = 0;                 ///< kWinograd: tiles of a block
  bool parallel_blocks = false;           ///< kWinograd: threads compute blocks on their own
  std::int64_t padded_w = 0;  ///< pixels of a row in the padded copy of x; 0: none needed
};

struct ConvCall {
  const float* x = nullptr;
  const float* packed = nullptr;
  const float* bias = nullptr;      ///< out_c values, or null
  const float* residual = nullptr;  ///< an image like y, or null
  float* y = nullptr;
};

/// True if `algorithm` can compute `shape`.
bool conv_supports(const ConvShape& shape, ConvAlgorithm algorithm);

/// The algorithm that measurements favour for the shape.
ConvAlgorithm choose_conv_algorithm(const ConvShape& shape, Isa isa);

/// `algorithm` must be supported; without one, the favoured is taken.
ConvPlan plan_conv(const ConvShape& shape, int threads, Isa isa = active_isa(),
                   std::optional<ConvAlgorithm> algorithm = std::nullopt);

/// Packs weights given as ONNX has them: [out_c, in_c / groups, kernel_h, kernel_w].
void pack_conv(const ConvPlan& plan, const float* weights, float* packed,
               ThreadPool& pool) noexcept;
/// The same for weights in another order (conv_weights.h).
void pack_conv(const ConvPlan& plan, const ConvWeights& weights, float* packed,
               ThreadPool& pool) noexcept;

void run_conv(const ConvPlan& plan, const ConvCall& call, float* scratch,
              ThreadPool& pool) noexcept;

}  // namespace tern::cpu
