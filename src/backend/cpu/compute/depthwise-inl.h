#include "backend/cpu/compute/depthwise.h"

#include "backend/cpu/compute/activation-inl.h"
#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;

// What remains of the epilogue once it is known what can be done in registers.
struct RowFinish {
  Vec lo, hi;
  const float* residual;  // added before the clip, or null
};

// kOutputs neighbouring outputs of all channels. An input vector is loaded once and meets every
// output whose window holds it. Channels are the inner loop, so memory is walked in order.
// kChecked: the windows may reach over the left or right edge, where the image counts as zero.
template <int kWidth, int kStride, int kOutputs, bool kChecked>
void compute_outputs(const DepthwiseRow& r, const RowFinish& f, Index first) noexcept {
  constexpr int kPixels = (kOutputs - 1) * kStride + kWidth;
  const Index x0 = first * kStride - r.pad_left;
  const float* x = r.x + x0 * r.x_pixel;
  float* y = r.y + first * r.y_pixel;
  for (Index c = 0; c < r.channels; c += kLanes) {
    const Index n = smaller<Index>(kLanes, r.channels - c);
    const Vec start = r.bias != nullptr ? load_n(r.bias + c, n) : zero();
    Vec sum[kOutputs];
    TERN_UNROLL
    for (int t = 0; t < kOutputs; ++t) sum[t] = start;
    const float* weights = r.weights + c;
    const float* line = x + c;
    for (Index ky = 0; ky < r.kernel_rows; ++ky) {
      Vec w[kWidth];
      TERN_UNROLL
      for (int kx = 0; kx < kWidth; ++kx) w[kx] = load(weights + kx * r.weight_channels);
      TERN_UNROLL
      for (int p = 0; p < kPixels; ++p) {
        if (kChecked && static_cast<std::uint64_t>(x0 + p) >= static_cast<std::uint64_t>(r.in_w)) {
          continue;
        }
        const Vec v = load_n(line + p * r.x_pixel, n);
        TERN_UNROLL
        for (int t = 0; t < kOutputs; ++t) {
          const int kx = p - t * kStride;
          if (kx >= 0 && kx < kWidth) sum[t] = fma(v, w[kx], sum[t]);
        }
      }
      weights += kWidth * r.weight_channels;
      line += r.x_row;
    }
    TERN_UNROLL
    for (int t = 0; t < kOutputs; ++t) {
      if (f.residual != nullptr) {
        sum[t] = sum[t] + load_n(f.residual + (first + t) * r.residual_pixel + c, n);
      }
      store_n(y + t * r.y_pixel + c, clip(sum[t], f.lo, f.hi), n);
    }
  }
}

// Any width, stride and dilation, one output at a time.
void compute_any(const DepthwiseRow& r, const RowFinish& f, Index output) noexcept {
  const Index x0 = output * r.stride - r.pad_left;
  for (Index c = 0; c < r.channels; c += kLanes) {
    const Index n = smaller<Index>(kLanes, r.channels - c);
    Vec sum = r.bias != nullptr ? load_n(r.bias + c, n) : zero();
    for (Index ky = 0; ky < r.kernel_rows; ++ky) {
      for (Index kx = 0; kx < r.kernel_w; ++kx) {
        const Index x = x0 + kx * r.dilation;
        if (x < 0 || x >= r.in_w) continue;
        const Vec w = load(r.weights + (ky * r.kernel_w + kx) * r.weight_channels + c);
        sum = fma(load_n(r.x + ky * r.x_row + x * r.x_pixel + c, n), w, sum);
      }
    }
    if (f.residual != nullptr) sum = sum + load_n(f.residual + output * r.residual_pixel + c, n);
    store_n(r.y + output * r.y_pixel + c, clip(sum, f.lo, f.hi), n);
  }
}

using OutputsFunction = void (*)(const DepthwiseRow&, const RowFinish&, Index) noexcept;
constexpr int kMaxOutputs = 4;

template <int kWidth, int kStride>
void compute_row(const DepthwiseRow& r, const RowFinish& f) noexcept {
  static constexpr OutputsFunction kInside[kMaxOutputs] = {
      compute_outputs<kWidth, kStride, 1, false>, compute_outputs<kWidth, kStride, 2, false>,
      compute_outputs<kWidth, kStride, 3, false>, compute_outputs<kWidth, kStride, 4, false>};
  static constexpr OutputsFunction kAtEdge[kMaxOutputs] = {
      compute_outputs<kWidth, kStride, 1, true>, compute_outputs<kWidth, kStride, 2, true>,
      compute_outputs<kWidth, kStride, 3, true>, compute_outputs<kWidth, kStride, 4, true>};
  const Index parts = (r.out_w + kMaxOutputs - 1) / kMaxOutputs;
  for (Index part = 0; part < parts; ++part) {
    const Index first = r.out_w * part / parts;
    const Index count = r.out_w * (part + 1) / parts - first;
    const Index left = first * kStride - r.pad_left;
    const Index end = (first + count - 1) * kStride - r.pad_left + kWidth;
    const bool inside = left >= 0 && end <= r.in_w;
    (inside ? kInside : kAtEdge)[count - 1](r, f, first);
  }
}

void depthwise_row(const DepthwiseRow& r, const Epilogue& e) noexcept {
  const bool in_registers = fits_registers(e);
  const bool residual_last = e.residual_last && r.residual != nullptr;
  const RowFinish f{set1(in_registers ? e.lo : -kInfinity), set1(in_registers ? e.hi : kInfinity),
                    residual_last ? nullptr : r.residual};
  const bool plain = r.dilation == 1;
  if (plain && r.kernel_w == 3 && r.stride == 1) {
    compute_row<3, 1>(r, f);
  } else if (plain && r.kernel_w == 3 && r.stride == 2) {
    compute_row<3, 2>(r, f);
  } else if (plain && r.kernel_w == 5 && r.stride == 1) {
    compute_row<5, 1>(r, f);
  } else if (plain && r.kernel_w == 5 && r.stride == 2) {
    compute_row<5, 2>(r, f);
  } else {
    for (Index x = 0; x < r.out_w; ++x) compute_any(r, f, x);
  }
  if (!in_registers) {
    activate(r.y, r.y_pixel, residual_last ? r.residual : nullptr, r.residual_pixel, r.out_w,
             r.channels, e);
  }
}

}  // namespace

extern const DepthwiseKernels kDepthwiseKernels;
const DepthwiseKernels kDepthwiseKernels{depthwise_row};

}  // namespace tern::cpu::TERN_SIMD_NS
