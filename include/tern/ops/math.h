// Element-wise operators and matrix products. Meaning and attributes are ONNX's
// (onnx.ai/onnx/operators); operators on several inputs broadcast them unless they say otherwise.
#pragma once

#include "tern/op.h"

namespace tern::ops {

struct Abs {
  static constexpr auto fields = Fields{};
};

struct Acos {
  static constexpr auto fields = Fields{};
};

struct Acosh {
  static constexpr auto fields = Fields{};
};

/// Y = A + B
struct Add {
  static constexpr auto fields = Fields{};
};

/// Of bools.
struct And {
  static constexpr auto fields = Fields{};
};

struct Asin {
  static constexpr auto fields = Fields{};
};

struct Asinh {
  static constexpr auto fields = Fields{};
};

struct Atan {
  static constexpr auto fields = Fields{};
};

struct Atanh {
  static constexpr auto fields = Fields{};
};

enum class ShiftDirection : int { kLeft, kRight };

/// X shifted by Y bits, unsigned; zeros move in.
struct BitShift {
  ShiftDirection direction = ShiftDirection::kLeft;
  static constexpr auto fields = Fields{Field{"direction", &BitShift::direction, kRequiredField}};
};

struct BitwiseAnd {
  static constexpr auto fields = Fields{};
};

struct BitwiseNot {
  static constexpr auto fields = Fields{};
};

struct BitwiseOr {
  static constexpr auto fields = Fields{};
};

struct BitwiseXor {
  static constexpr auto fields = Fields{};
};

struct Ceil {
  static constexpr auto fields = Fields{};
};

/// max(0, X) + min(0, alpha (exp(X / alpha) - 1))
struct Celu {
  float alpha = 1.0f;
  static constexpr auto fields = Fields{Field{"alpha", &Celu::alpha}};
};

/// min(max(X, low), high); the scalars low and high are inputs 1 and 2, each may be left out.
struct Clip {
  static constexpr auto fields = Fields{};
};

struct Cos {
  static constexpr auto fields = Fields{};
};

struct Cosh {
  static constexpr auto fields = Fields{};
};

/// Running sums along the axis that the second input (a scalar) names. `exclusive` leaves the
/// element itself out, `reverse` runs from the end.
struct CumSum {
  bool exclusive = false;
  bool reverse = false;
  static constexpr auto fields =
      Fields{Field{"exclusive", &CumSum::exclusive}, Field{"reverse", &CumSum::reverse}};
};

/// Y = A / B; integers truncate towards zero, and an integer divided by zero gives zero.
struct Div {
  static constexpr auto fields = Fields{};
};

/// X for X > 0, else alpha (exp(X) - 1)
struct Elu {
  float alpha = 1.0f;
  static constexpr auto fields = Fields{Field{"alpha", &Elu::alpha}};
};

struct Equal {
  static constexpr auto fields = Fields{};
};

/// The error function.
struct Erf {
  static constexpr auto fields = Fields{};
};

struct Exp {
  static constexpr auto fields = Fields{};
};

struct Floor {
  static constexpr auto fields = Fields{};
};

enum class GeluApproximation : int { kNone, kTanh };

/// X times the normal distribution function of X, or its approximation by tanh.
struct Gelu {
  GeluApproximation approximate = GeluApproximation::kNone;
  static constexpr auto fields = Fields{Field{"approximate", &Gelu::approximate}};
};

/// alpha A' B' + beta C, where A' and B' are the matrices A and B, transposed if the attribute says
/// so, and C (optional) is broadcast to the result.
struct Gemm {
  float alpha = 1.0f;
  float beta = 1.0f;
  bool transA = false;
  bool transB = false;
  static constexpr auto fields =
      Fields{Field{"alpha", &Gemm::alpha}, Field{"beta", &Gemm::beta},
             Field{"transA", &Gemm::transA}, Field{"transB", &Gemm::transB}};
};

struct Greater {
  static constexpr auto fields = Fields{};
};

struct GreaterOrEqual {
  static constexpr auto fields = Fields{};
};

/// max(0, min(1, alpha X + beta))
struct HardSigmoid {
  float alpha = 0.2f;
  float beta = 0.5f;
  static constexpr auto fields =
      Fields{Field{"alpha", &HardSigmoid::alpha}, Field{"beta", &HardSigmoid::beta}};
};

/// X max(0, min(1, X / 6 + 1/2))
struct HardSwish {
  static constexpr auto fields = Fields{};
};

/// Whether X is infinite, with a sign that is asked for.
struct IsInf {
  bool detect_negative = true;
  bool detect_positive = true;
  static constexpr auto fields = Fields{Field{"detect_negative", &IsInf::detect_negative},
                                        Field{"detect_positive", &IsInf::detect_positive}};
};

struct IsNaN {
  static constexpr auto fields = Fields{};
};

/// X for X >= 0, else alpha X
struct LeakyRelu {
  float alpha = 0.01f;
  static constexpr auto fields = Fields{Field{"alpha", &LeakyRelu::alpha}};
};

struct Less {
  static constexpr auto fields = Fields{};
};

struct LessOrEqual {
  static constexpr auto fields = Fields{};
};

/// The natural logarithm.
struct Log {
  static constexpr auto fields = Fields{};
};

/// Y = A B over the last two axes, numpy.matmul's rules for rank 1 and for the leading axes.
struct MatMul {
  static constexpr auto fields = Fields{};
};

/// The largest of any number of inputs; NaN wins.
struct Max {
  static constexpr auto fields = Fields{};
};

/// The mean of any number of inputs.
struct Mean {
  static constexpr auto fields = Fields{};
};

/// The smallest of any number of inputs; NaN wins.
struct Min {
  static constexpr auto fields = Fields{};
};

/// X tanh(ln(1 + exp(X)))
struct Mish {
  static constexpr auto fields = Fields{};
};

/// The remainder of A / B: with the sign of B, or with `fmod` with the sign of A. Floats need
/// `fmod`. An integer modulo zero gives zero.
struct Mod {
  bool fmod = false;
  static constexpr auto fields = Fields{Field{"fmod", &Mod::fmod}};
};

/// Y = A * B, element by element
struct Mul {
  static constexpr auto fields = Fields{};
};

struct Neg {
  static constexpr auto fields = Fields{};
};

/// Of bools.
struct Not {
  static constexpr auto fields = Fields{};
};

/// Of bools.
struct Or {
  static constexpr auto fields = Fields{};
};

/// X for X >= 0, else slope X; slope is broadcast to X.
struct PRelu {
  static constexpr auto fields = Fields{};
};

/// Base to the exponent, in the base's type; the exponent may have another.
struct Pow {
  static constexpr auto fields = Fields{};
};

struct Reciprocal {
  static constexpr auto fields = Fields{};
};

/// Y = max(X, 0)
struct Relu {
  static constexpr auto fields = Fields{};
};

/// tern domain. The gradient of Relu from that of its output and the output itself: dY where Y > 0.
struct ReluGrad {
  static constexpr auto fields = Fields{};
};

/// To the nearest integer, halves to the even one.
struct Round {
  static constexpr auto fields = Fields{};
};

/// gamma X for X > 0, else gamma alpha (exp(X) - 1)
struct Selu {
  float alpha = 1.67326319217681884765625f;
  float gamma = 1.05070102214813232421875f;
  static constexpr auto fields = Fields{Field{"alpha", &Selu::alpha}, Field{"gamma", &Selu::gamma}};
};

/// 1 / (1 + exp(-X))
struct Sigmoid {
  static constexpr auto fields = Fields{};
};

/// -1, 0 or 1
struct Sign {
  static constexpr auto fields = Fields{};
};

struct Sin {
  static constexpr auto fields = Fields{};
};

struct Sinh {
  static constexpr auto fields = Fields{};
};

/// ln(1 + exp(X))
struct Softplus {
  static constexpr auto fields = Fields{};
};

/// X / (1 + |X|)
struct Softsign {
  static constexpr auto fields = Fields{};
};

struct Sqrt {
  static constexpr auto fields = Fields{};
};

/// Y = A - B
struct Sub {
  static constexpr auto fields = Fields{};
};

/// The sum of any number of inputs.
struct Sum {
  static constexpr auto fields = Fields{};
};

/// X sigmoid(alpha X); SiLU with alpha 1.
struct Swish {
  float alpha = 1.0f;
  static constexpr auto fields = Fields{Field{"alpha", &Swish::alpha}};
};

struct Tan {
  static constexpr auto fields = Fields{};
};

struct Tanh {
  static constexpr auto fields = Fields{};
};

/// X for X > alpha, else 0
struct ThresholdedRelu {
  float alpha = 1.0f;
  static constexpr auto fields = Fields{Field{"alpha", &ThresholdedRelu::alpha}};
};

/// X where the condition holds, else Y.
struct Where {
  static constexpr auto fields = Fields{};
};

/// Of bools.
struct Xor {
  static constexpr auto fields = Fields{};
};

}  // namespace tern::ops

namespace tern {

template <>
struct AttributeEnum<ops::ShiftDirection> {
  static constexpr std::array<std::string_view, 2> names{"LEFT", "RIGHT"};
};

template <>
struct AttributeEnum<ops::GeluApproximation> {
  static constexpr std::array<std::string_view, 2> names{"none", "tanh"};
};

}  // namespace tern
