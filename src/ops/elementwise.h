// What element-wise operators share: inference by broadcasting, loops for their references, and the
// two templates that make an operator out of little more than its formula:
//
//   struct Meaning {
//     static constexpr std::string_view summary = "exp(X).";
//     static constexpr TypeSet types = kFloats;
//     static double apply(const ops::Exp&, double x) { return std::exp(x); }
//     static Value slope(const ops::Exp&, GradContext& g) { return g.output(0); }
//   };
//   ... make_op<ops::Exp, ops::UnaryImpl<ops::Exp, Meaning>>("Exp", "ai.onnx", 6);
#pragma once

#include <array>

#include "graph/op_def.h"
#include "ops/broadcast.h"
#include "ops/grad.h"
#include "ops/reference.h"

namespace tern::ops {

/// Output 0 has the dtype of input 0 and the common shape of all inputs.
Status infer_broadcast(InferContext& c);
/// The same with a dtype of its own.
Status infer_broadcast(InferContext& c, DType dtype);
/// infer_broadcast for any number of inputs, but at least one.
Status infer_variadic(InferContext& c);
/// Output 0 has the type and shape of input 0.
Status infer_same(InferContext& c);

/// The kinds of arithmetic of the references: floats in double; integers and bool in 64 bits,
/// signed except for u64, cut to the dtype's width when stored.
enum class Arithmetic : std::uint8_t { kFloating, kSigned, kUnsigned };
Arithmetic arithmetic_of(DType dtype);

/// What a binary operator computes in each arithmetic; null where no type of that kind is taken.
struct BinaryFunctions {
  double (*floating)(double, double) = nullptr;
  std::int64_t (*signed_integer)(std::int64_t, std::int64_t) = nullptr;
  std::uint64_t (*unsigned_integer)(std::uint64_t, std::uint64_t) = nullptr;
};

/// Fails unless two shapes are the same as far as their sizes are known; the message names them.
Status check_same_shape(std::string_view what, const TypeInfo& type, std::string_view as_what,
                        const TypeInfo& as);

/// Fails unless the type is that of one number: rank 0, or one entry.
Status check_scalar(std::string_view what, const TypeInfo& type);

/// Y[i] = f(X[i]), computed in double.
void reference_unary(ReferenceContext& c, FunctionRef<double(double)> f);
/// The same where integers are computed as such.
void reference_unary(ReferenceContext& c, FunctionRef<double(double)> f,
                     FunctionRef<std::int64_t(std::int64_t)> g,
                     FunctionRef<std::uint64_t(std::uint64_t)> h);
/// Y = f(A, B) with broadcasting, in the arithmetic of A's dtype.
void reference_binary(ReferenceContext& c, const BinaryFunctions& f);
/// Y = f(f(f(A, B), C), ...) over all inputs with broadcasting; floats are rounded once, after the
/// last, and then multiplied by `scale`.
void reference_variadic(ReferenceContext& c, const BinaryFunctions& f, double scale = 1.0);

/// Sets input i's gradient, summed down to input i's shape where it was broadcast.
void set_broadcast_gradient(GradContext& g, std::size_t i, Value gradient);
/// The gradient of an operator whose output is one of its inputs, element by element: it goes to
/// the first input that equals the output.
void gradient_of_choice(GradContext& g);

/// dX = dY * slope.
void multiply_gradient(GradContext& g, Value slope);

/// The ports of a unary and a binary operator over `types`.
constexpr std::array<Port, 1> unary_input(TypeSet types) { return {Port{"X", types}}; }
constexpr std::array<Port, 1> unary_output(TypeSet types) { return {Port{"Y", types}}; }
constexpr std::array<Port, 1> variadic_input(TypeSet types) {
  return {Port{"X", types, PortKind::kVariadic}};
}
constexpr std::array<Port, 2> binary_inputs(TypeSet types) {
  return {Port{"A", types}, Port{"B", types}};
}
constexpr std::array<Port, 1> binary_output(TypeSet types) { return {Port{"C", types}}; }
/// The output of a predicate.
constexpr std::array<Port, 1> bool_output() {
  return {Port{"C", kBools, PortKind::kRequired, 'B'}};
}

constexpr bool takes_floats(TypeSet types) { return types.contains(DType::kF32); }
constexpr bool takes_integers(TypeSet types) {
  return types.contains(DType::kI32) || types.contains(DType::kU32) || types.contains(DType::kBool);
}

/// The three arithmetics of `M::apply(a, b)`. With `M::wraps`, signed integers are computed as
/// unsigned ones, which is the same modulo 2^64 and cannot overflow.
template <class M>
constexpr BinaryFunctions binary_functions() {
  BinaryFunctions f;
  if constexpr (takes_floats(M::types)) {
    f.floating = [](double a, double b) { return static_cast<double>(M::apply(a, b)); };
  }
  if constexpr (takes_integers(M::types)) {
    f.signed_integer = [](std::int64_t a, std::int64_t b) {
      if constexpr (requires { M::wraps; }) {
        return static_cast<std::int64_t>(
            M::apply(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b)));
      } else {
        return static_cast<std::int64_t>(M::apply(a, b));
      }
    };
    f.unsigned_integer = [](std::uint64_t a, std::uint64_t b) {
      return static_cast<std::uint64_t>(M::apply(a, b));
    };
  }
  return f;
}

namespace internal {

template <class Op, class M>
struct SlopeGradient : M {
  static void gradient(const Op& op, GradContext& g) { multiply_gradient(g, M::slope(op, g)); }
};

template <class Op, class M>
using WithSlope = std::conditional_t < requires {
  &M::slope;
}
, SlopeGradient<Op, M>, M > ;

}  // namespace internal

/// Y = f(X). `M` has summary, types and `apply(op, x)` for double and, where integers are taken,
/// std::int64_t and std::uint64_t. Its gradient is either `gradient(op, g)`, as for any operator,
/// or `slope(op, g)`, the derivative that is multiplied with dY. `expand` is taken over as well.
template <class Op, class M>
struct UnaryImpl : internal::WithSlope<Op, M> {
  static constexpr auto inputs = unary_input(M::types);
  static constexpr auto outputs = unary_output(M::types);

  static Status infer(const Op&, InferContext& c) { return infer_same(c); }
  static void reference(const Op& op, ReferenceContext& c) {
    if constexpr (takes_integers(M::types)) {
      reference_unary(
          c, [&](double x) { return floating(op, x); },
          [&](std::int64_t x) { return static_cast<std::int64_t>(M::apply(op, x)); },
          [&](std::uint64_t x) { return static_cast<std::uint64_t>(M::apply(op, x)); });
    } else {
      reference_unary(c, [&](double x) { return M::apply(op, x); });
    }
  }

 private:
  static double floating(const Op& op, double x) {
    if constexpr (takes_floats(M::types)) return static_cast<double>(M::apply(op, x));
    return x;
  }
};

/// C = f(A, B). `M` has summary, types, `apply(a, b)` (see binary_functions) and perhaps
/// `gradient(op, g)`.
template <class Op, class M>
struct BinaryImpl : M {
  static constexpr auto inputs = binary_inputs(M::types);
  static constexpr auto outputs = binary_output(M::types);

  static Status infer(const Op&, InferContext& c) { return infer_broadcast(c); }
  static void reference(const Op&, ReferenceContext& c) {
    reference_binary(c, binary_functions<M>());
  }
};

/// A binary operator whose output is bool.
template <class Op, class M>
struct PredicateImpl {
  static constexpr std::string_view summary = M::summary;
  static constexpr auto inputs = binary_inputs(M::types);
  static constexpr auto outputs = bool_output();

  static Status infer(const Op&, InferContext& c) { return infer_broadcast(c, DType::kBool); }
  static void reference(const Op&, ReferenceContext& c) {
    reference_binary(c, binary_functions<M>());
  }
};

}  // namespace tern::ops
