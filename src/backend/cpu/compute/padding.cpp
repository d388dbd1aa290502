#include "backend/cpu/compute/padding.h"

#include <algorithm>
#include <cstring>

#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

void pad_row(const ConvShape& s, std::int64_t padded_w, const float* from, float* to) {
  const std::int64_t before = std::clamp<std::int64_t>(s.pad_left, 0, padded_w);
  const std::int64_t skipped = std::clamp<std::int64_t>(-s.pad_left, 0, s.in_w);
  const std::int64_t inside = std::min(s.in_w - skipped, padded_w - before);
  const std::int64_t after = padded_w - before - inside;
  from += skipped * s.in_pixel;
  std::fill_n(to, before * s.in_c, 0.0F);
  to += before * s.in_c;
  if (s.in_pixel == s.in_c) {
    std::memcpy(to, from, sizeof(float) * static_cast<std::size_t>(inside * s.in_c));
  } else {
    for (std::int64_t x = 0; x < inside; ++x) {
      std::memcpy(to + x * s.in_c, from + x * s.in_pixel,
                  sizeof(float) * static_cast<std::size_t>(s.in_c));
    }
  }
  std::fill_n(to + inside * s.in_c, after * s.in_c, 0.0F);
}

}  // namespace

std::int64_t padded_width(const ConvShape& s) {
  const std::int64_t needed = (s.out_w - 1) * s.stride_w + (s.kernel_w - 1) * s.dilation_w + 1;
  const bool inside = s.pad_left <= 0 && needed <= s.in_w + s.pad_left;
  return inside ? 0 : needed;
}

void pad_image(const ConvShape& s, std::int64_t padded_w, const float* x, float* padded,
               ThreadPool& pool) {
  const std::int64_t row = padded_w * s.in_c;
  pool.parallel_for(s.batch * s.in_h, std::max<std::int64_t>(1, 16 * 1024 / row),
                    [&](std::int64_t begin, std::int64_t end) {
                      for (std::int64_t y = begin; y < end; ++y) {
                        pad_row(s, padded_w, x + y * s.in_w * s.in_pixel, padded + y * row);
                      }
                    });
}

}  // namespace tern::cpu
