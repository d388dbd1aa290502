#include "backend/cpu/compute/recurrent.h"

#include "backend/cpu/compute/math-inl.h"
#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;

struct Sigmoid {
  TERN_SIMD_INLINE Vec apply(const Sigmoid&, Vec x) { return sigmoid(x); }
};
struct Tanh {
  TERN_SIMD_INLINE Vec apply(const Tanh&, Vec x) { return tanh(x); }
};

// Any function, chosen once per vector, and clipping.
struct Any {
  GateFunction function;
  Vec alpha, beta, clip_at;

  TERN_SIMD_INLINE Any make(const GateActivation& a, float clip) {
    return {a.function, set1(a.alpha), set1(a.beta), set1(clip)};
  }
  static Vec apply(const Any& f, Vec x) {
    x = clip(x, zero() - f.clip_at, f.clip_at);
    switch (f.function) {
      case GateFunction::kAffine: return fma(f.alpha, x, f.beta);
      case GateFunction::kElu: return elu(x, f.alpha);
      case GateFunction::kHardSigmoid: return hard_sigmoid(x, f.alpha, f.beta);
      case GateFunction::kLeakyRelu: return leaky_relu(x, f.alpha);
      case GateFunction::kRelu: return max(zero(), x);
      case GateFunction::kScaledTanh: return f.alpha * tanh(f.beta * x);
      case GateFunction::kSigmoid: return sigmoid(x);
      case GateFunction::kSoftplus: return softplus(x);
      case GateFunction::kSoftsign: return x / (set1(1.0F) + abs(x));
      case GateFunction::kTanh: return tanh(x);
      case GateFunction::kThresholdedRelu: return x > f.alpha ? x : zero();
    }
    return x;
  }
};

// True for the functions a layer has unless others are named, without clipping: they are compiled
// in instead of chosen per vector.
TERN_SIMD_INLINE bool is_standard(const GateRow& row, bool first_is_sigmoid, int count) {
  bool standard = row.clip == kInfinity;
  for (int i = 0; i < count; ++i) {
    const bool sigmoid = first_is_sigmoid && i == 0;
    standard = standard && row.activations[i].function ==
                               (sigmoid ? GateFunction::kSigmoid : GateFunction::kTanh);
  }
  return standard;
}

TERN_SIMD_INLINE void store_state(const GateRow& row, Index block, Vec h) {
  const Index at = block * kLanes;
  store(row.h_out + at, h);
  if (row.y != nullptr) store_n(row.y + at, h, smaller<Index>(kLanes, row.hidden - at));
}

template <class F>
TERN_SIMD_INLINE void rnn_blocks(const GateRow& row, const F& f) {
  for (Index b = row.first; b < row.last; ++b) {
    store_state(row, b, F::apply(f, load(row.gates + b * kLanes)));
  }
}

void rnn(const GateRow& row) noexcept {
  if (is_standard(row, false, 1)) return rnn_blocks(row, Tanh{});
  rnn_blocks(row, Any::make(row.activations[0], row.clip));
}

template <bool kPeepholes, class F, class G, class H>
TERN_SIMD_INLINE void lstm_blocks(const GateRow& row, const F& f, const G& g, const H& h) {
  for (Index b = row.first; b < row.last; ++b) {
    const Index at = b * kLanes;
    const float* gates = row.gates + 4 * at;
    Vec i = load(gates), o = load(gates + kLanes), forget = load(gates + 2 * kLanes);
    Vec c = load(row.c + at);
    if constexpr (kPeepholes) {
      i = fma(load(row.peepholes + at), c, i);
      forget = fma(load(row.peepholes + 2 * row.padded_hidden + at), c, forget);
    }
    i = F::apply(f, i);
    forget = row.input_forget ? set1(1.0F) - i : F::apply(f, forget);
    c = fma(forget, c, i * G::apply(g, load(gates + 3 * kLanes)));
    store(row.c + at, c);
    if constexpr (kPeepholes) o = fma(load(row.peepholes + row.padded_hidden + at), c, o);
    store_state(row, b, F::apply(f, o) * H::apply(h, c));
  }
}

void lstm(const GateRow& row) noexcept {
  const auto run = [&](const auto& f, const auto& g, const auto& h) __attribute__((always_inline)) {
    if (row.peepholes != nullptr) return lstm_blocks<true>(row, f, g, h);
    lstm_blocks<false>(row, f, g, h);
  };
  if (is_standard(row, true, 3)) return run(Sigmoid{}, Tanh{}, Tanh{});
  run(Any::make(row.activations[0], row.clip), Any::make(row.activations[1], row.clip),
      Any::make(row.activations[2], row.clip));
}

// (1 - z) n + z h
TERN_SIMD_INLINE Vec mix(Vec z, Vec n, Vec h) { return fma(z, h - n, n); }

template <class F, class G>
TERN_SIMD_INLINE void gru_linear_blocks(const GateRow& row, const F& f, const G& g) {
  for (Index b = row.first; b < row.last; ++b) {
    const Index at = b * kLanes;
    const float* x = row.gates + 3 * at;
    const float* s = row.state_gates + 3 * at;
    const Vec z = F::apply(f, load(x) + load(s));
    const Vec r = F::apply(f, load(x + kLanes) + load(s + kLanes));
    const Vec n = G::apply(g, fma(r, load(s + 2 * kLanes), load(x + 2 * kLanes)));
    store_state(row, b, mix(z, n, load(row.h_in + at)));
  }
}

void gru_linear(const GateRow& row) noexcept {
  if (is_standard(row, true, 2)) return gru_linear_blocks(row, Sigmoid{}, Tanh{});
  gru_linear_blocks(row, Any::make(row.activations[0], row.clip),
                    Any::make(row.activations[1], row.clip));
}

template <class F>
TERN_SIMD_INLINE void gru_reset_blocks(const GateRow& row, const F& f) {
  for (Index b = row.first; b < row.last; ++b) {
    const Index at = b * kLanes;
    const float* x = row.gates + 3 * at;
    float* s = row.state_gates + 2 * at;
    const Vec r = F::apply(f, load(x + kLanes) + load(s + kLanes));
    store(row.reset + at, r * load(row.h_in + at));
    store(s, F::apply(f, load(x) + load(s)));
  }
}

void gru_reset(const GateRow& row) noexcept {
  if (is_standard(row, true, 1)) return gru_reset_blocks(row, Sigmoid{});
  gru_reset_blocks(row, Any::make(row.activations[0], row.clip));
}

template <class G>
TERN_SIMD_INLINE void gru_finish_blocks(const GateRow& row, const G& g) {
  for (Index b = row.first; b < row.last; ++b) {
    const Index at = b * kLanes;
    const Vec n = G::apply(g, load(row.gates + 3 * at + 2 * kLanes) + load(row.late_gates + at));
    store_state(row, b, mix(load(row.state_gates + 2 * at), n, load(row.h_in + at)));
  }
}

void gru_finish(const GateRow& row) noexcept {
  if (row.clip == kInfinity && row.activations[1].function == GateFunction::kTanh) {
    return gru_finish_blocks(row, Tanh{});
  }
  gru_finish_blocks(row, Any::make(row.activations[1], row.clip));
}

}  // namespace

extern const RecurrentKernels kRecurrentKernels;
const RecurrentKernels kRecurrentKernels{rnn, lstm, gru_linear, gru_reset, gru_finish};

}  // namespace tern::cpu::TERN_SIMD_NS
