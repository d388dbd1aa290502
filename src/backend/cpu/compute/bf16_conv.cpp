#include "backend/cpu/compute/bf16_conv.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/compute/transpose.h"

namespace tern::cpu {
namespace {

constexpr std::int64_t kMaxTaps = 64;

// 1x1 windows that lie inside the image: rows of A are pixels.
bool reads_pixels(const ConvShape& s) {
  return s.kernel_h == 1 && s.kernel_w == 1 && s.pad_top == 0 && s.pad_left == 0 &&
         (s.out_h - 1) * s.stride_h < s.in_h && (s.out_w - 1) * s.stride_w < s.in_w;
}

// The place of an output pixel.
struct Pixel {
  std::int64_t image, y, x;
};
Pixel pixel_of(const ConvShape& s, std::int64_t row) {
  const std::int64_t line = row / s.out_w;
  return {line / s.out_h, line % s.out_h, row % s.out_w};
}

// A row of the image padded along x: zero where windows hang over an edge; a negative pad leaves
// out pixels.
void round_row(const Bf16ConvPlan& plan, const float* from, Bf16* out) {
  const ConvShape& s = plan.shape;
  const std::int64_t begin = std::clamp<std::int64_t>(s.pad_left, 0, plan.padded_w);
  const std::int64_t end = std::clamp<std::int64_t>(s.in_w + s.pad_left, begin, plan.padded_w);
  from += (begin - s.pad_left) * s.in_pixel;
  std::fill_n(out, begin * s.in_c, Bf16{0});
  if (s.in_pixel == s.in_c) {
    plan.gemm.kernels->convert(from, out + begin * s.in_c, (end - begin) * s.in_c);
  } else {
    for (std::int64_t x = begin; x < end; ++x, from += s.in_pixel) {
      plan.gemm.kernels->convert(from, out + x * s.in_c, s.in_c);
    }
  }
  std::fill_n(out + end * s.in_c, (plan.padded_w - end) * s.in_c, Bf16{0});
}

void round_image(const Bf16ConvPlan& plan, const float* x, Bf16* out, ThreadPool& pool) {
  const ConvShape& s = plan.shape;
  const std::int64_t row = plan.padded_w * s.in_c;
  const std::int64_t grain = std::max<std::int64_t>(1, 16 * 1024 / std::max<std::int64_t>(1, row));
  pool.parallel_for(s.batch * s.in_h, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t y = begin; y < end; ++y) {
      round_row(plan, x + y * s.in_w * s.in_pixel, out + y * row);
    }
  });
}

// Copies in whole chunks, up to kBf16CopySlack elements too many: the runs of a window are too
// short for a call each.
void copy_run(const Bf16* from, std::int64_t count, Bf16* to) {
  constexpr std::int64_t kChunk = kBf16CopySlack;
  for (std::int64_t i = 0; i < count; i += kChunk) {
    std::memcpy(to + i, from + i, kChunk * sizeof(Bf16));
  }
}

// Copies elements [depth.begin, depth.end) of the window of `p`: runs that lie together in the
// image, and zeros for those above and below it.
void copy_window(const Bf16ConvPlan& plan, const Bf16* image, const Pixel& p, Range depth,
                 Bf16* out) {
  const ConvShape& s = plan.shape;
  const bool joined = s.dilation_w == 1;
  const std::int64_t run = joined ? s.kernel_w * s.in_c : s.in_c;
  const std::int64_t runs_per_row = joined ? 1 : s.kernel_w;
  const std::int64_t image_row = plan.padded_w * s.in_c;
  image += p.image * s.in_h * image_row + p.x * s.stride_w * s.in_c;
  const std::int64_t top = p.y * s.stride_h - s.pad_top;
  std::int64_t index = depth.begin / run;
  std::int64_t offset = depth.begin % run;
  for (std::int64_t k = depth.begin; k < depth.end; ++index, offset = 0) {
    const std::int64_t count = std::min(run - offset, depth.end - k);
    const std::int64_t y = top + index / runs_per_row * s.dilation_h;
    if (y < 0 || y >= s.in_h) {
      std::fill_n(out, count, Bf16{0});
    } else {
      const std::int64_t tap = index % runs_per_row * s.dilation_w * s.in_c;
      copy_run(image + y * image_row + tap + offset, count, out);
    }
    out += count;
    k += count;
  }
}

// All taps of input channels [ins.begin, ins.end) to the output channels of a panel.
void pack_channels(const ConvShape& s, const float* w, Range outs, Range ins, std::int64_t width,
                   Bf16* panel) {
  alignas(64) float rows[kMaxTaps * kBf16Panel];
  const std::int64_t taps = s.kernel_h * s.kernel_w;
  const std::int64_t filter = s.in_c * taps;
  if (outs.size() < width) std::fill_n(rows, ins.size() * taps * width, 0.0F);
  transpose_kernels(active_isa())
      .matrix(w + outs.begin * filter + ins.begin * taps, filter, rows, width, outs.size(),
              ins.size() * taps);
  const auto row_of = [&](std::int64_t channel, std::int64_t tap) {
    return rows + ((channel - ins.begin) * taps + tap) * width;
  };
  for (std::int64_t tap = 0; tap < taps; ++tap) {
    std::int64_t c = ins.begin;
    for (; c + 2 <= ins.end && (tap * s.in_c + c) % 2 == 0; c += 2) {
      store_bf16_pair(row_of(c, tap), row_of(c + 1, tap), width, tap * s.in_c + c, panel);
    }
    for (; c < ins.end; ++c) store_bf16_row(row_of(c, tap), width, tap * s.in_c + c, panel);
  }
}

void pack_panel(const Bf16ConvPlan& plan, const float* w, std::int64_t column, Bf16* panel) {
  const ConvShape& s = plan.shape;
  const std::int64_t width = bf16_panel_width(s.out_c, column);
  const Range outs{column, std::min(column + width, s.out_c)};
  const std::int64_t taps = s.kernel_h * s.kernel_w;
  const std::int64_t step = std::max<std::int64_t>(1, kMaxTaps / taps / 2 * 2);
  for (std::int64_t c = 0; c < s.in_c; c += step) {
    pack_channels(s, w, outs, {c, std::min(c + step, s.in_c)}, width, panel);
  }
  for (std::int64_t k = plan.gemm.shape.k; k < plan.gemm.padded_k; ++k) {
    static constexpr float kZeros[kBf16Panel] = {};
    store_bf16_row(kZeros, width, k, panel);
  }
}

}  // namespace

bool bf16_conv_supports(const ConvShape& s) {
  const std::int64_t row = s.out_w * (s.out_pixel != 0 ? s.out_pixel : s.out_c);
  return s.groups == 1 && s.kernel_h * s.kernel_w <= kMaxTaps &&
         (s.out_row == 0 || s.out_row == row) &&
         (s.out_image == 0 || s.batch == 1 || s.out_image == s.out_h * row);
}

std::int64_t bf16_conv_padded_width(const ConvShape& s) {
  return (s.out_w - 1) * s.stride_w + (s.kernel_w - 1) * s.dilation_w + 1;
}

Bf16ConvPlan plan_bf16_conv(const ConvShape& shape, int threads, const Bf16Kernels& kernels) {
  Bf16ConvPlan plan{.shape = shape, .gemm = {}, .threads = threads};
  ConvShape& s = plan.shape;
  if (s.in_pixel == 0) s.in_pixel = s.in_c;
  if (s.out_pixel == 0) s.out_pixel = s.out_c;
  if (s.residual_pixel == 0) s.residual_pixel = s.out_c;
  const std::int64_t k = s.kernel_h * s.kernel_w * s.in_c;
  plan.gemm = plan_bf16_gemm({.k = k, .n = s.out_c, .epilogue = s.epilogue}, kernels);
  if (!reads_pixels(s) && s.out_h > 0 && s.out_w > 0) {
    plan.padded_w = bf16_conv_padded_width(s);
    const auto bytes =
        static_cast<std::size_t>(s.batch * s.in_h * plan.padded_w * s.in_c + kBf16CopySlack) *
        sizeof(Bf16);
    plan.image_bytes = (bytes + 63) / 64 * 64;
  }
  plan.scratch_bytes =
      plan.image_bytes + bf16_gemm_scratch_bytes(plan.gemm, s.batch * s.out_h * s.out_w, threads);
  return plan;
}

void pack_bf16_conv(const Bf16ConvPlan& plan, const float* weights, Bf16* packed,
                    ThreadPool& pool) noexcept {
  const std::int64_t panels = (plan.shape.out_c + kBf16Panel - 1) / kBf16Panel;
  pool.parallel_for(panels, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t panel = begin; panel < end; ++panel) {
      const std::int64_t column = panel * kBf16Panel;
      pack_panel(plan, weights, column, packed + bf16_panel_offset(plan.gemm, column));
    }
  });
}

void run_bf16_conv(const Bf16ConvPlan& plan, const Bf16ConvCall& call, void* scratch,
                   ThreadPool& pool) noexcept {
  const ConvShape& s = plan.shape;
  const Bf16GemmCall gemm{.m = s.batch * s.out_h * s.out_w,
                          .packed = call.packed,
                          .bias = call.bias,
                          .residual = call.residual,
                          .residual_row = s.residual_pixel,
                          .c = call.y,
                          .c_row = s.out_pixel};
  if (gemm.m == 0) return;
  if (reads_pixels(s)) {
    const auto pixels = [&](Range rows, Range depth, Bf16* out, std::int64_t out_row) {
      for (std::int64_t r = rows.begin; r < rows.end; ++r, out += out_row) {
        const Pixel p = pixel_of(s, r);
        const std::int64_t from = (p.image * s.in_h + p.y * s.stride_h) * s.in_w + p.x * s.stride_w;
        plan.gemm.kernels->convert(call.x + from * s.in_pixel + depth.begin, out, depth.size());
      }
    };
    return run_bf16_gemm(plan.gemm, gemm, pixels, scratch, pool);
  }
  auto* image = static_cast<Bf16*>(scratch);
  round_image(plan, call.x, image, pool);
  const auto windows = [&](Range rows, Range depth, Bf16* out, std::int64_t out_row) {
    for (std::int64_t r = rows.begin; r < rows.end; ++r, out += out_row) {
      copy_window(plan, image, pixel_of(s, r), depth, out);
    }
  };
  run_bf16_gemm(plan.gemm, gemm, windows, static_cast<std::byte*>(scratch) + plan.image_bytes,
                pool);
}

}  // namespace tern::cpu
