// Max and average pooling of NHWC images in f32. (Global pooling is a reduction: reduce.h.)
//
// run_* validate nothing, allocate nothing and take no lock. y must not overlap x.
#pragma once

#include <cstdint>

#include "backend/cpu/isa.h"

namespace tern {
class ThreadPool;
}

namespace tern::cpu {

struct PoolShape {
  std::int64_t batch = 1;
  std::int64_t in_h = 0, in_w = 0, channels = 0;
  std::int64_t out_h = 0, out_w = 0;  ///< the caller rounds them (ONNX's ceil_mode)
  std::int64_t kernel_h = 1, kernel_w = 1;
  std::int64_t stride_h = 1, stride_w = 1;
  std::int64_t dilation_h = 1, dilation_w = 1;
  std::int64_t pad_top = 0, pad_left = 0;
  /// Only count_include_pad reads these two: window positions beyond them never count.
  std::int64_t pad_bottom = 0, pad_right = 0;
  bool count_include_pad = false;
  /// Floats from a pixel to the next; 0 means dense (`channels`).
  std::int64_t in_pixel = 0, out_pixel = 0;
};

/// The largest value of each window; -inf for a window that holds no pixel.
void run_max_pool(const PoolShape& shape, const float* x, float* y, ThreadPool& pool,
                  Isa isa = active_isa()) noexcept;

/// The sum of each window divided by the number of its pixels, or, with count_include_pad, of its
/// positions inside the padded image.
void run_average_pool(const PoolShape& shape, const float* x, float* y, ThreadPool& pool,
                      Isa isa = active_isa()) noexcept;

/// dx = the gradient of run_max_pool: each dy goes to the first largest value of its window (row by
/// row), found again in x. dx is laid out like x and overwritten.
void run_max_pool_backward(const PoolShape& shape, const float* x, const float* dy, float* dx,
                           ThreadPool& pool, Isa isa = active_isa()) noexcept;

/// dx = the gradient of run_average_pool, overwritten.
void run_average_pool_backward(const PoolShape& shape, const float* dy, float* dx, ThreadPool& pool,
                               Isa isa = active_isa()) noexcept;

/// One window of `rows` x `columns` pixels, all of them inside the image.
struct PoolWindow {
  const float* x = nullptr;
  std::int64_t x_row = 0, x_column = 0;  ///< floats between the window's rows and columns
  std::int64_t rows = 0, columns = 0;
  std::int64_t channels = 0;
  float* y = nullptr;
};

/// The same window seen from behind: dy of one output, dx and x at the window's first pixel.
struct PoolBackwardWindow {
  const float* x = nullptr;  ///< max only
  const float* dy = nullptr;
  float* dx = nullptr;
  std::int64_t row = 0, column = 0;  ///< floats between the window's rows and columns in x and dx
  std::int64_t rows = 0, columns = 0;
  std::int64_t channels = 0;
};

struct PoolKernels {
  void (*max)(const PoolWindow& window) noexcept;
  /// The sum of the window times `factor`.
  void (*sum)(const PoolWindow& window, float factor) noexcept;
  /// Adds dy to dx where x is the first largest of the window.
  void (*max_backward)(const PoolBackwardWindow& window) noexcept;
  /// Adds factor * dy to all of the window.
  void (*sum_backward)(const PoolBackwardWindow& window, float factor) noexcept;
};

const PoolKernels& pool_kernels(Isa isa);

}  // namespace tern::cpu
