// Convolution of NHWC images in bf16 (bf16_gemm.h): y = act(conv(x, w) + bias + residual).
//
// A matrix product whose rows are windows. A 1x1 kernel without padding reads its pixels where they
// lie; for others the image is rounded once, padded along x, and a block of windows is gathered
// from that.
#pragma once

#include "backend/cpu/compute/bf16_gemm.h"
#include "backend/cpu/compute/conv.h"

namespace tern::cpu {

struct Bf16ConvPlan {
  ConvShape shape;  ///< with pixel strides filled in
  Bf16GemmPlan gemm;
  int threads = 1;  ///< the pool must not be larger
  std::size_t scratch_bytes = 0;

  // Of kernels that are not 1x1: the rounded image.
  std::int64_t padded_w = 0;    ///< pixels of a row
  std::size_t image_bytes = 0;  ///< at the start of scratch, a multiple of 64
};

/// True for convolutions of one group with kernels of at most 64 taps whose output is dense but for
/// the pixel stride.
bool bf16_conv_supports(const ConvShape& shape);

/// Pixels of a row that windows read, those beside the image included. Absurd pads make it large:
/// the caller sees to it that batch * in_h * in_c times as many elements can be counted.
std::int64_t bf16_conv_padded_width(const ConvShape& shape);

Bf16ConvPlan plan_bf16_conv(const ConvShape& shape, int threads, const Bf16Kernels& kernels);

/// Packs weights given as ONNX has them, [out_c, in_c, kernel_h, kernel_w], into
/// plan.gemm.packed_elements elements, which depend on the filter's sizes only.
void pack_bf16_conv(const Bf16ConvPlan& plan, const float* weights, Bf16* packed,
                    ThreadPool& pool) noexcept;

struct Bf16ConvCall {
  const float* x = nullptr;
  const Bf16* packed = nullptr;
  const float* bias = nullptr;      ///< out_c values, or null
  const float* residual = nullptr;  ///< an image like y, or null
  float* y = nullptr;
};

void run_bf16_conv(const Bf16ConvPlan& plan, const Bf16ConvCall& call, void* scratch,
                   ThreadPool& pool) noexcept;

}  // namespace tern::cpu
