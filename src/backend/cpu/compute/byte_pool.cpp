#include "backend/cpu/compute/byte_pool.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/compute/conv_geometry.h"
#include "backend/cpu/compute/quantize.h"

namespace tern::cpu {

void run_max_pool_bytes(const PoolShape& s, const std::uint8_t* x, std::uint8_t* y, bool is_signed,
                        ThreadPool& pool, Isa isa) noexcept {
  const std::int64_t in_pixel = s.in_pixel != 0 ? s.in_pixel : s.channels;
  const std::int64_t out_pixel = s.out_pixel != 0 ? s.out_pixel : s.channels;
  constexpr std::int64_t kMinWork = 32 * 1024;  // comparisons that are worth a thread of their own
  const std::int64_t work = s.out_w * s.channels * s.kernel_h * s.kernel_w;
  const std::int64_t grain = std::max<std::int64_t>(1, kMinWork / std::max<std::int64_t>(1, work));
  pool.parallel_for(s.batch * s.out_h, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t line = begin; line < end; ++line) {
      const std::int64_t top = line % s.out_h * s.stride_h - s.pad_top;
      const Range rows = positions_inside(top, s.in_h, s.kernel_h, s.dilation_h);
      const std::uint8_t* image = x + line / s.out_h * s.in_h * s.in_w * in_pixel;
      for (std::int64_t column = 0; column < s.out_w; ++column) {
        const std::int64_t left = column * s.stride_w - s.pad_left;
        const Range columns = positions_inside(left, s.in_w, s.kernel_w, s.dilation_w);
        std::uint8_t* out = y + (line * s.out_w + column) * out_pixel;
        std::memset(out, is_signed ? 0x80 : 0, static_cast<std::size_t>(s.channels));
        for (std::int64_t ky = rows.begin; ky < rows.end; ++ky) {
          for (std::int64_t kx = columns.begin; kx < columns.end; ++kx) {
            const std::int64_t at = (top + ky * s.dilation_h) * s.in_w + left + kx * s.dilation_w;
            quantize_kernels(isa).max_into(image + at * in_pixel, out, s.channels, is_signed);
          }
        }
      }
    }
  });
}

}  // namespace tern::cpu
