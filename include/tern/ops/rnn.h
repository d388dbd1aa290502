// Recurrent layers: RNN, GRU and LSTM as ONNX has them (onnx.ai/onnx/operators), and their
// gradients (tern domain).
//
// Sizes: T steps, N sequences, I entries per step of X, H entries of the state, D directions (2 for
// kBidirectional, else 1), G gates (1, 3 and 4). Inputs, in this order:
//   X [T, N, I], W [D, G H, I], R [D, G H, H], B [D, 2 G H] (for W x, then for R h),
//   sequence_lens [N] (steps of each sequence that count), initial_h [D, N, H]
// Outputs Y [T, D, N, H], zero after the end of a sequence, and Y_h [D, N, H], the last states.
// With `layout` 1 N stands first: X [N, T, I], Y [N, T, D, H], states [N, D, H].
//
// `activations` names the functions of the forward direction, then those of the reverse one; empty
// means the defaults. `activation_alpha` and `activation_beta` hold the parameters of those
// functions that have one, in the same order; where a list ends the function's default stands.
// `clip` bounds the argument of every activation to [-clip, clip].
#pragma once

#include "tern/op.h"

namespace tern::ops {

enum class RecurrentDirection : int { kForward, kReverse, kBidirectional };

/// h' = f(W x + R h + b), f Tanh unless stated.
struct RNN {
  std::vector<float> activation_alpha;
  std::vector<float> activation_beta;
  std::vector<std::string> activations;
  std::optional<float> clip;
  RecurrentDirection direction = RecurrentDirection::kForward;
  std::optional<std::int64_t> hidden_size;
  std::int64_t layout = 0;
  static constexpr auto fields = Fields{Field{"activation_alpha", &RNN::activation_alpha},
                                        Field{"activation_beta", &RNN::activation_beta},
                                        Field{"activations", &RNN::activations},
                                        Field{"clip", &RNN::clip},
                                        Field{"direction", &RNN::direction},
                                        Field{"hidden_size", &RNN::hidden_size},
                                        Field{"layout", &RNN::layout}};
};

/// Gates z (update), r (reset) and h; f Sigmoid and g Tanh unless stated:
///   z = f(Wz x + Rz h + bz),  r = f(Wr x + Rr h + br),  h' = (1 - z) n + z h
///   n = g(Wh x + Rh (r h) + bh), or with `linear_before_reset` g(Wh x + wbh + r (Rh h + rbh))
struct GRU {
  std::vector<float> activation_alpha;
  std::vector<float> activation_beta;
  std::vector<std::string> activations;
  std::optional<float> clip;
  RecurrentDirection direction = RecurrentDirection::kForward;
  std::optional<std::int64_t> hidden_size;
  std::int64_t layout = 0;
  bool linear_before_reset = false;
  static constexpr auto fields = Fields{Field{"activation_alpha", &GRU::activation_alpha},
                                        Field{"activation_beta", &GRU::activation_beta},
                                        Field{"activations", &GRU::activations},
                                        Field{"clip", &GRU::clip},
                                        Field{"direction", &GRU::direction},
                                        Field{"hidden_size", &GRU::hidden_size},
                                        Field{"layout", &GRU::layout},
                                        Field{"linear_before_reset", &GRU::linear_before_reset}};
};

/// Gates i (input), o (output), f (forget) and c (cell); f Sigmoid, g and h Tanh unless stated:
///   i = f(Wi x + Ri h + pi c + bi),  f = f(Wf x + Rf h + pf c + bf), 1 - i with `input_forget`
///   c' = f c + i g(Wc x + Rc h + bc),  o = f(Wo x + Ro h + po c' + bo),  h' = o h(c')
/// Inputs 6 and 7 are initial_c, shaped as initial_h, and the peepholes P [D, 3 H] (i, o, f), zero
/// when left out. Output 2 is Y_c, the last c.
struct LSTM {
  std::vector<float> activation_alpha;
  std::vector<float> activation_beta;
  std::vector<std::string> activations;
  std::optional<float> clip;
  RecurrentDirection direction = RecurrentDirection::kForward;
  std::optional<std::int64_t> hidden_size;
  bool input_forget = false;
  std::int64_t layout = 0;
  static constexpr auto fields = Fields{Field{"activation_alpha", &LSTM::activation_alpha},
                                        Field{"activation_beta", &LSTM::activation_beta},
                                        Field{"activations", &LSTM::activations},
                                        Field{"clip", &LSTM::clip},
                                        Field{"direction", &LSTM::direction},
                                        Field{"hidden_size", &LSTM::hidden_size},
                                        Field{"input_forget", &LSTM::input_forget},
                                        Field{"layout", &LSTM::layout}};
};

/// Gradients of RNN with respect to X, W, R, B and initial_h, from dY and dY_h (either may be left
/// out) and RNN's inputs.
struct RNNGrad {
  std::vector<float> activation_alpha;
  std::vector<float> activation_beta;
  std::vector<std::string> activations;
  std::optional<float> clip;
  RecurrentDirection direction = RecurrentDirection::kForward;
  std::optional<std::int64_t> hidden_size;
  std::int64_t layout = 0;
  static constexpr auto fields = Fields{Field{"activation_alpha", &RNNGrad::activation_alpha},
                                        Field{"activation_beta", &RNNGrad::activation_beta},
                                        Field{"activations", &RNNGrad::activations},
                                        Field{"clip", &RNNGrad::clip},
                                        Field{"direction", &RNNGrad::direction},
                                        Field{"hidden_size", &RNNGrad::hidden_size},
                                        Field{"layout", &RNNGrad::layout}};
};

/// Gradients of GRU with respect to X, W, R, B and initial_h, from dY and dY_h (either may be left
/// out) and GRU's inputs.
struct GRUGrad {
  std::vector<float> activation_alpha;
  std::vector<float> activation_beta;
  std::vector<std::string> activations;
  std::optional<float> clip;
  RecurrentDirection direction = RecurrentDirection::kForward;
  std::optional<std::int64_t> hidden_size;
  std::int64_t layout = 0;
  bool linear_before_reset = false;
  static constexpr auto fields =
      Fields{Field{"activation_alpha", &GRUGrad::activation_alpha},
             Field{"activation_beta", &GRUGrad::activation_beta},
             Field{"activations", &GRUGrad::activations},
             Field{"clip", &GRUGrad::clip},
             Field{"direction", &GRUGrad::direction},
             Field{"hidden_size", &GRUGrad::hidden_size},
             Field{"layout", &GRUGrad::layout},
             Field{"linear_before_reset", &GRUGrad::linear_before_reset}};
};

/// Gradients of LSTM with respect to X, W, R, B, initial_h, initial_c and P, from dY, dY_h and dY_c
/// (each may be left out) and LSTM's inputs.
struct LSTMGrad {
  std::vector<float> activation_alpha;
  std::vector<float> activation_beta;
  std::vector<std::string> activations;
  std::optional<float> clip;
  RecurrentDirection direction = RecurrentDirection::kForward;
  std::optional<std::int64_t> hidden_size;
  bool input_forget = false;
  std::int64_t layout = 0;
  static constexpr auto fields = Fields{Field{"activation_alpha", &LSTMGrad::activation_alpha},
                                        Field{"activation_beta", &LSTMGrad::activation_beta},
                                        Field{"activations", &LSTMGrad::activations},
                                        Field{"clip", &LSTMGrad::clip},
                                        Field{"direction", &LSTMGrad::direction},
                                        Field{"hidden_size", &LSTMGrad::hidden_size},
                                        Field{"input_forget", &LSTMGrad::input_forget},
                                        Field{"layout", &LSTMGrad::layout}};
};

}  // namespace tern::ops

namespace tern {

template <>
struct AttributeEnum<ops::RecurrentDirection> {
  static constexpr std::array<std::string_view, 3> names{"forward", "reverse", "bidirectional"};
};

}  // namespace tern
