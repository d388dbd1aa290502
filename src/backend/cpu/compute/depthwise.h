// One output row of a depthwise convolution, the kernel under conv_depthwise.cpp.
#pragma once

#include <cstdint>

#include "backend/cpu/compute/epilogue.h"
#include "backend/cpu/isa.h"

namespace tern::cpu {

struct DepthwiseRow {
  const float* x = nullptr;  ///< pixel 0 of the image row that meets the first kernel row
  std::int64_t x_row = 0;    ///< floats from there to the row that meets the next kernel row
  std::int64_t x_pixel = 0;
  std::int64_t in_w = 0;
  std::int64_t channels = 0;
  const float* weights = nullptr;  ///< [kernel row][kernel_w][weight_channels]
  std::int64_t weight_channels = 0;
  std::int64_t kernel_rows = 0;  ///< those inside the image
  std::int64_t kernel_w = 0;
  std::int64_t stride = 1, dilation = 1, pad_left = 0;  ///< along x
  const float* bias = nullptr;
  const float* residual = nullptr;
  std::int64_t residual_pixel = 0;
  float* y = nullptr;
  std::int64_t y_pixel = 0;
  std::int64_t out_w = 0;
};

struct DepthwiseKernels {
  void (*row)(const DepthwiseRow& row, const Epilogue& epilogue) noexcept;
};

const DepthwiseKernels& depthwise_kernels(Isa isa);

}  // namespace tern::cpu
