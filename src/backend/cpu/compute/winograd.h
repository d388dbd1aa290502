// The transforms of Winograd's F(4x4, 3x3), the kernels under conv_winograd.cpp.
//
// A tile is a 4x4 block of outputs; it depends on a 6x6 block of inputs. In the transformed domain
// the convolution is 36 independent products, one per position (Lavin and Gray, "Fast Algorithms
// for Convolutional Neural Networks", 2015; points 0, 1, -1, 2, -2).
#pragma once

#include <cstdint>

#include "backend/cpu/compute/epilogue.h"
#include "backend/cpu/isa.h"

namespace tern::cpu {

inline constexpr int kWinogradOutput = 4;      ///< outputs of a tile along each axis
inline constexpr int kWinogradInput = 6;       ///< inputs of a tile along each axis
inline constexpr int kWinogradPositions = 36;  ///< products of a tile

struct WinogradInput {
  const float* x = nullptr;  ///< the block's corner, which may lie outside the image
  std::int64_t x_row = 0, x_pixel = 0;
  std::int64_t first_row = 0, end_row = 0;        ///< rows of the block inside the image
  std::int64_t first_column = 0, end_column = 0;  ///< columns of the block inside the image
  std::int64_t channels = 0;
  float* v = nullptr;
  std::int64_t v_position = 0;  ///< floats from a position to the next
};

struct WinogradOutput {
  const float* m = nullptr;
  std::int64_t m_position = 0;
  std::int64_t channels = 0;
  std::int64_t rows = 0, columns = 0;  ///< outputs of the tile inside the image
  const float* bias = nullptr;
  const float* residual = nullptr;
  std::int64_t residual_row = 0, residual_pixel = 0;
  float* y = nullptr;
  std::int64_t y_row = 0, y_pixel = 0;
};

/// `count` filters side by side: tap (y, x) of filter f at w[y * w_row + x * w_column + f], its
/// position p at u[p * u_position + f].
struct WinogradFilter {
  const float* w = nullptr;
  std::int64_t w_row = 0, w_column = 0;
  std::int64_t count = 0;
  float* u = nullptr;
  std::int64_t u_position = 0;
};

/// The way back of WinogradOutput for gradients: 36 positions out of the gradient of a tile's
/// outputs.
struct WinogradOutputGradient {
  const float* dy = nullptr;
  std::int64_t dy_row = 0, dy_pixel = 0;
  std::int64_t rows = 0, columns = 0;  ///< outputs of the tile inside the image
  std::int64_t channels = 0;
  float* m = nullptr;
  std::int64_t m_position = 0;
};

/// The way back of WinogradFilter: position p of filter f at u[p * u_position + f], its tap t at
/// w[t * w_tap + f].
struct WinogradFilterGradient {
  const float* u = nullptr;
  std::int64_t u_position = 0;
  std::int64_t count = 0;
  float* w = nullptr;
  std::int64_t w_tap = 0;
};

struct WinogradKernels {
  void (*filter)(const WinogradFilter& filter) noexcept;
  void (*input)(const WinogradInput& tile) noexcept;
  void (*output)(const WinogradOutput& tile, const Epilogue& epilogue) noexcept;
  void (*output_gradient)(const WinogradOutputGradient& tile) noexcept;
  void (*filter_gradient)(const WinogradFilterGradient& filter) noexcept;
};

const WinogradKernels& winograd_kernels(Isa isa);

}  // namespace tern::cpu
