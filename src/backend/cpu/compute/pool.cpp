#include "backend/cpu/compute/pool.h"

#include <algorithm>

#include "backend/cpu/compute/conv_geometry.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

PoolShape with_strides(PoolShape s) {
  if (s.in_pixel == 0) s.in_pixel = s.channels;
  if (s.out_pixel == 0) s.out_pixel = s.channels;
  return s;
}

// The part of an output's window that lies inside the image.
struct Window {
  Range ys, xs;  // kernel positions
  std::int64_t top, left;
};

Window window_at(const PoolShape& s, std::int64_t y, std::int64_t x) {
  const std::int64_t top = y * s.stride_h - s.pad_top;
  const std::int64_t left = x * s.stride_w - s.pad_left;
  return {positions_inside(top, s.in_h, s.kernel_h, s.dilation_h),
          positions_inside(left, s.in_w, s.kernel_w, s.dilation_w), top, left};
}

PoolWindow kernel_window(const PoolShape& s, const float* image, const Window& w, float* y) {
  const std::int64_t row = s.in_w * s.in_pixel;
  PoolWindow k{.x_row = s.dilation_h * row,
               .x_column = s.dilation_w * s.in_pixel,
               .rows = w.ys.size(),
               .columns = w.xs.size(),
               .channels = s.channels,
               .y = y};
  if (k.rows > 0 && k.columns > 0) {
    k.x = image + (w.top + w.ys.begin * s.dilation_h) * row +
          (w.left + w.xs.begin * s.dilation_w) * s.in_pixel;
  }
  return k;
}

// Window positions that the divisor counts when padding is included.
std::int64_t padded_positions(const PoolShape& s, const Window& w) {
  const Range ys = positions_inside(w.top + s.pad_top, s.in_h + s.pad_top + s.pad_bottom,
                                    s.kernel_h, s.dilation_h);
  const Range xs = positions_inside(w.left + s.pad_left, s.in_w + s.pad_left + s.pad_right,
                                    s.kernel_w, s.dilation_w);
  return ys.size() * xs.size();
}

template <class Compute>
void for_each_window(const PoolShape& s, const float* x, float* y, ThreadPool& pool,
                     Compute compute) {
  constexpr std::int64_t kMinWork = 16 * 1024;  // values read per thread
  const std::int64_t work = s.out_w * s.channels * s.kernel_h * s.kernel_w;
  const std::int64_t grain = std::max<std::int64_t>(1, kMinWork / std::max<std::int64_t>(1, work));
  pool.parallel_for(s.batch * s.out_h, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t line = begin; line < end; ++line) {
      const float* image = x + line / s.out_h * s.in_h * s.in_w * s.in_pixel;
      for (std::int64_t ox = 0; ox < s.out_w; ++ox) {
        const Window w = window_at(s, line % s.out_h, ox);
        compute(w, kernel_window(s, image, w, y + (line * s.out_w + ox) * s.out_pixel));
      }
    }
  });
}

float divisor_factor(const PoolShape& s, const Window& w) {
  const std::int64_t count =
      s.count_include_pad ? padded_positions(s, w) : w.ys.size() * w.xs.size();
  return 1.0F / static_cast<float>(std::max<std::int64_t>(1, count));
}

// Windows overlap, so a thread takes whole images; and when there are too few of them, whole images
// of a range of channels, which is a layout the strides describe already.
template <class Compute>
void for_each_window_backward(const PoolShape& s, const float* x, const float* dy, float* dx,
                              ThreadPool& pool, Compute compute) {
  constexpr std::int64_t kChannels = 64;  // whole vectors, four cache lines
  const std::int64_t slices = (s.channels + kChannels - 1) / kChannels;
  const std::int64_t in_row = s.in_w * s.in_pixel;
  pool.parallel_for(s.batch * slices, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t image = i / slices;
      const std::int64_t channel = i % slices * kChannels;
      const std::int64_t channels = std::min(kChannels, s.channels - channel);
      const std::int64_t first = image * s.in_h * in_row + channel;
      for (std::int64_t p = 0; p < s.in_h * s.in_w; ++p) {
        std::fill_n(dx + first + p * s.in_pixel, channels, 0.0F);
      }
      for (std::int64_t p = 0; p < s.out_h * s.out_w; ++p) {
        const Window w = window_at(s, p / s.out_w, p % s.out_w);
        if (w.ys.size() == 0 || w.xs.size() == 0) continue;
        const std::int64_t corner = first + (w.top + w.ys.begin * s.dilation_h) * in_row +
                                    (w.left + w.xs.begin * s.dilation_w) * s.in_pixel;
        compute(w, PoolBackwardWindow{
                       .x = x != nullptr ? x + corner : nullptr,
                       .dy = dy + (image * s.out_h * s.out_w + p) * s.out_pixel + channel,
                       .dx = dx + corner,
                       .row = s.dilation_h * in_row,
                       .column = s.dilation_w * s.in_pixel,
                       .rows = w.ys.size(),
                       .columns = w.xs.size(),
                       .channels = channels});
      }
    }
  });
}

}  // namespace

void run_max_pool(const PoolShape& shape, const float* x, float* y, ThreadPool& pool,
                  Isa isa) noexcept {
  const PoolKernels& kernels = pool_kernels(isa);
  for_each_window(with_strides(shape), x, y, pool,
                  [&](const Window&, const PoolWindow& k) { kernels.max(k); });
}

void run_average_pool(const PoolShape& shape, const float* x, float* y, ThreadPool& pool,
                      Isa isa) noexcept {
  const PoolShape s = with_strides(shape);
  const PoolKernels& kernels = pool_kernels(isa);
  for_each_window(s, x, y, pool, [&](const Window& w, const PoolWindow& k) {
    kernels.sum(k, divisor_factor(s, w));
  });
}

void run_max_pool_backward(const PoolShape& shape, const float* x, const float* dy, float* dx,
                           ThreadPool& pool, Isa isa) noexcept {
  const PoolKernels& kernels = pool_kernels(isa);
  for_each_window_backward(
      with_strides(shape), x, dy, dx, pool,
      [&](const Window&, const PoolBackwardWindow& k) { kernels.max_backward(k); });
}

void run_average_pool_backward(const PoolShape& shape, const float* dy, float* dx, ThreadPool& pool,
                               Isa isa) noexcept {
  const PoolShape s = with_strides(shape);
  const PoolKernels& kernels = pool_kernels(isa);
  for_each_window_backward(s, nullptr, dy, dx, pool,
                           [&](const Window& w, const PoolBackwardWindow& k) {
                             kernels.sum_backward(k, divisor_factor(s, w));
                           });
}

}  // namespace tern::cpu
