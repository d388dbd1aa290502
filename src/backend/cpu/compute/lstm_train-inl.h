#include "backend/cpu/compute/lstm_backward.h"

#include "backend/cpu/compute/math-inl.h"
#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;

void forward(const LstmTrainRow& row) noexcept {
  for (Index j = 0; j < row.hidden; j += kLanes) {
    const Index n = smaller<Index>(kLanes, row.hidden - j);
    float* gate = row.gates + j;
    const Vec i = sigmoid(load_n(gate, n));
    const Vec o = sigmoid(load_n(gate + row.hidden, n));
    const Vec f = sigmoid(load_n(gate + 2 * row.hidden, n));
    const Vec g = tanh(load_n(gate + 3 * row.hidden, n));
    const Vec c = fma(f, load_n(row.c_in + j, n), i * g);
    store_n(gate, i, n);
    store_n(gate + row.hidden, o, n);
    store_n(gate + 2 * row.hidden, f, n);
    store_n(gate + 3 * row.hidden, g, n);
    store_n(row.c + j, c, n);
    store_n(row.h + j, o * tanh(c), n);
  }
}

// The slope of sigmoid at value s, and of tanh at value t.
TERN_SIMD_INLINE Vec sigmoid_slope(Vec s) { return s * (set1(1.0F) - s); }
TERN_SIMD_INLINE Vec tanh_slope(Vec t) { return fma(zero() - t, t, set1(1.0F)); }

void back(const LstmTrainRow& row) noexcept {
  for (Index j = 0; j < row.hidden; j += kLanes) {
    const Index n = smaller<Index>(kLanes, row.hidden - j);
    float* gate = row.gates + j;
    const Vec i = load_n(gate, n), o = load_n(gate + row.hidden, n);
    const Vec f = load_n(gate + 2 * row.hidden, n), g = load_n(gate + 3 * row.hidden, n);
    Vec dh = load_n(row.dh + j, n);
    if (row.dy != nullptr) dh = dh + load_n(row.dy + j, n);
    const Vec squashed = tanh(load_n(row.c + j, n));
    const Vec dc = fma(dh * o, tanh_slope(squashed), load_n(row.dc + j, n));
    store_n(gate, dc * g * sigmoid_slope(i), n);
    store_n(gate + row.hidden, dh * squashed * sigmoid_slope(o), n);
    store_n(gate + 2 * row.hidden, dc * load_n(row.c_in + j, n) * sigmoid_slope(f), n);
    store_n(gate + 3 * row.hidden, dc * i * tanh_slope(g), n);
    store_n(row.dc + j, dc * f, n);
  }
}

}  // namespace

extern const LstmTrainKernels kLstmTrainKernels;
const LstmTrainKernels kLstmTrainKernels{forward, back};

}  // namespace tern::cpu::TERN_SIMD_NS
