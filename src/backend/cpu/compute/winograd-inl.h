#include "backend/cpu/compute/winograd.h"

#include "backend/cpu/compute/activation-inl.h"
#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;
constexpr int kIn = kWinogradInput;
constexpr int kOut = kWinogradOutput;

// out = G in for three values.
TERN_SIMD_INLINE void filter_line(Vec a, Vec b, Vec c, Vec (&out)[kIn]) {
  const Vec even = a + c;
  const Vec outer = fma(a, set1(1.0F / 24), c * set1(1.0F / 6));
  const Vec inner = b * set1(1.0F / 12);
  out[0] = a * set1(0.25F);
  out[1] = (even + b) * set1(-1.0F / 6);
  out[2] = (even - b) * set1(-1.0F / 6);
  out[3] = outer + inner;
  out[4] = outer - inner;
  out[5] = c;
}

void filter(const WinogradFilter& t) noexcept {
  for (Index f = 0; f < t.count; f += kLanes) {
    const Index n = smaller<Index>(kLanes, t.count - f);
    Vec columns[3][kIn];  // [x][position along y]
    TERN_UNROLL
    for (int x = 0; x < 3; ++x) {
      const float* w = t.w + x * t.w_column + f;
      filter_line(load_n(w, n), load_n(w + t.w_row, n), load_n(w + 2 * t.w_row, n), columns[x]);
    }
    TERN_UNROLL
    for (int y = 0; y < kIn; ++y) {
      Vec out[kIn];
      filter_line(columns[0][y], columns[1][y], columns[2][y], out);
      TERN_UNROLL
      for (int x = 0; x < kIn; ++x) store_n(t.u + (y * kIn + x) * t.u_position + f, out[x], n);
    }
  }
}

// out = B^T in for six values.
TERN_SIMD_INLINE void input_line(const Vec (&in)[kIn], Vec (&out)[kIn]) {
  const Vec four = set1(4.0F);
  const Vec five = set1(5.0F);
  const Vec two = set1(2.0F);
  const Vec a = in[4] - four * in[2];
  const Vec b = in[3] - four * in[1];
  const Vec c = in[4] - in[2];
  const Vec d = two * (in[3] - in[1]);
  out[0] = fma(four, in[0], in[4] - five * in[2]);
  out[1] = a + b;
  out[2] = a - b;
  out[3] = c + d;
  out[4] = c - d;
  out[5] = fma(four, in[1], in[5] - five * in[3]);
}

// out = A^T in for six values.
TERN_SIMD_INLINE void output_line(const Vec (&in)[kIn], Vec (&out)[kOut]) {
  const Vec a = in[1] + in[2];
  const Vec b = in[1] - in[2];
  const Vec c = in[3] + in[4];
  const Vec d = in[3] - in[4];
  out[0] = in[0] + a + c;
  out[1] = fma(set1(2.0F), d, b);
  out[2] = fma(set1(4.0F), c, a);
  out[3] = fma(set1(8.0F), d, b) + in[5];
}

// All 36 inputs of kLanes channels; those outside the image are zero.
template <bool kWhole>
TERN_SIMD_INLINE void transform_channels(const WinogradInput& t, Index c, Index n) {
  Vec rows[kIn][kIn];  // [position along y][x]
  TERN_UNROLL
  for (int x = 0; x < kIn; ++x) {
    Vec in[kIn];
    Vec out[kIn];
    const bool column = kWhole || (x >= t.first_column && x < t.end_column);
    TERN_UNROLL
    for (int y = 0; y < kIn; ++y) {
      const bool inside = kWhole || (column && y >= t.first_row && y < t.end_row);
      in[y] = inside ? load_n(t.x + y * t.x_row + x * t.x_pixel + c, n) : zero();
    }
    input_line(in, out);
    TERN_UNROLL
    for (int y = 0; y < kIn; ++y) rows[y][x] = out[y];
  }
  TERN_UNROLL
  for (int y = 0; y < kIn; ++y) {
    Vec out[kIn];
    input_line(rows[y], out);
    TERN_UNROLL
    for (int x = 0; x < kIn; ++x) store_n(t.v + (y * kIn + x) * t.v_position + c, out[x], n);
  }
}

void input(const WinogradInput& t) noexcept {
  const bool whole =
      t.first_row == 0 && t.end_row == kIn && t.first_column == 0 && t.end_column == kIn;
  Index c = 0;
  if (whole) {
    for (; c + kLanes <= t.channels; c += kLanes) transform_channels<true>(t, c, kLanes);
  }
  for (; c < t.channels; c += kLanes) {
    transform_channels<false>(t, c, smaller<Index>(kLanes, t.channels - c));
  }
}

TERN_SIMD_INLINE void output_channels(const WinogradOutput& t, Index c, Index n,
                                      const float* residual, Vec lo, Vec hi) {
  Vec rows[kOut][kIn];
  TERN_UNROLL
  for (int x = 0; x < kIn; ++x) {
    Vec in[kIn];
    Vec out[kOut];
    TERN_UNROLL
    for (int y = 0; y < kIn; ++y) in[y] = load_n(t.m + (y * kIn + x) * t.m_position + c, n);
    output_line(in, out);
    TERN_UNROLL
    for (int y = 0; y < kOut; ++y) rows[y][x] = out[y];
  }
  const Vec bias = t.bias != nullptr ? load_n(t.bias + c, n) : zero();
  for (int y = 0; y < t.rows; ++y) {
    Vec out[kOut];
    output_line(rows[y], out);
    for (int x = 0; x < t.columns; ++x) {
      Vec v = out[x] + bias;
      if (residual != nullptr) {
        v = v + load_n(residual + y * t.residual_row + x * t.residual_pixel + c, n);
      }
      store_n(t.y + y * t.y_row + x * t.y_pixel + c, clip(v, lo, hi), n);
    }
  }
}

void output(const WinogradOutput& t, const Epilogue& e) noexcept {
  const bool in_registers = fits_registers(e);
  const bool residual_last = e.residual_last && t.residual != nullptr;
  const float* residual = residual_last ? nullptr : t.residual;
  const Vec lo = set1(in_registers ? e.lo : -kInfinity);
  const Vec hi = set1(in_registers ? e.hi : kInfinity);
  for (Index c = 0; c < t.channels; c += kLanes) {
    output_channels(t, c, smaller<Index>(kLanes, t.channels - c), residual, lo, hi);
  }
  if (in_registers) return;
  for (Index y = 0; y < t.rows; ++y) {
    activate(t.y + y * t.y_row, t.y_pixel,
             residual_last ? t.residual + y * t.residual_row : nullptr, t.residual_pixel, t.columns,
             t.channels, e);
  }
}

// out = A in for four values.
TERN_SIMD_INLINE void output_gradient_line(const Vec (&in)[kOut], Vec (&out)[kIn]) {
  const Vec a = in[0] + in[2];
  const Vec b = in[1] + in[3];
  const Vec c = fma(set1(4.0F), in[2], in[0]);
  const Vec d = fma(set1(8.0F), in[3], in[1] + in[1]);
  out[0] = in[0];
  out[1] = a + b;
  out[2] = a - b;
  out[3] = c + d;
  out[4] = c - d;
  out[5] = in[3];
}

void output_gradient(const WinogradOutputGradient& t) noexcept {
  for (Index c = 0; c < t.channels; c += kLanes) {
    const Index n = smaller<Index>(kLanes, t.channels - c);
    Vec rows[kIn][kOut];  // [position along y][x]
    TERN_UNROLL
    for (int x = 0; x < kOut; ++x) {
      Vec in[kOut];
      Vec out[kIn];
      TERN_UNROLL
      for (int y = 0; y < kOut; ++y) {
        const bool inside = x < t.columns && y < t.rows;
        in[y] = inside ? load_n(t.dy + y * t.dy_row + x * t.dy_pixel + c, n) : zero();
      }
      output_gradient_line(in, out);
      TERN_UNROLL
      for (int y = 0; y < kIn; ++y) rows[y][x] = out[y];
    }
    TERN_UNROLL
    for (int y = 0; y < kIn; ++y) {
      Vec out[kIn];
      output_gradient_line(rows[y], out);
      TERN_UNROLL
      for (int x = 0; x < kIn; ++x) store_n(t.m + (y * kIn + x) * t.m_position + c, out[x], n);
    }
  }
}

// out = G^T in for six values.
TERN_SIMD_INLINE void filter_gradient_line(const Vec (&in)[kIn], Vec (&out)[3]) {
  const Vec sixth = set1(1.0F / 6);
  const Vec a = (in[1] + in[2]) * sixth;
  const Vec b = in[3] + in[4];
  out[0] = fma(in[0], set1(0.25F), b * set1(1.0F / 24)) - a;
  out[1] = fma(in[2] - in[1], sixth, (in[3] - in[4]) * set1(1.0F / 12));
  out[2] = fma(b, sixth, in[5]) - a;
}

void filter_gradient(const WinogradFilterGradient& t) noexcept {
  for (Index f = 0; f < t.count; f += kLanes) {
    const Index n = smaller<Index>(kLanes, t.count - f);
    Vec rows[3][kIn];  // [y][position along x]
    TERN_UNROLL
    for (int x = 0; x < kIn; ++x) {
      Vec in[kIn];
      Vec out[3];
      TERN_UNROLL
      for (int y = 0; y < kIn; ++y) in[y] = load_n(t.u + (y * kIn + x) * t.u_position + f, n);
      filter_gradient_line(in, out);
      TERN_UNROLL
      for (int y = 0; y < 3; ++y) rows[y][x] = out[y];
    }
    TERN_UNROLL
    for (int y = 0; y < 3; ++y) {
      Vec out[3];
      filter_gradient_line(rows[y], out);
      TERN_UNROLL
      for (int x = 0; x < 3; ++x) store_n(t.w + (3 * y + x) * t.w_tap + f, out[x], n);
    }
  }
}

}  // namespace

extern const WinogradKernels kWinogradKernels;
const WinogradKernels kWinogradKernels{filter, input, output, output_gradient, filter_gradient};

}  // namespace tern::cpu::TERN_SIMD_NS
