// What reductions share: axes from the second input, inference, a loop over the reduced sets,
// gradients, and the template that makes an operator out of its step:
//
//   struct Meaning {
//     static constexpr std::string_view summary = "Sum over axes.";
//     static constexpr TypeSet types = kReducible;
//     template <class T> static T init(DType) { return 0; }
//     template <class T> static T step(T sum, T x) { return wrapping_add(sum, x); }
//     static void gradient(const ops::ReduceSum& op, GradContext& g);
//   };
//   ... make_op<ops::ReduceSum, ops::ReduceImpl<ops::ReduceSum, Meaning>>("ReduceSum", ...);
#pragma once

#include <limits>

#include "graph/op_def.h"
#include "ops/elementwise.h"
#include "tern/thread_pool.h"

namespace tern::ops {

/// The types that ONNX reduces.
inline constexpr TypeSet kReducible = kFloats | kIndices | DType::kU32 | DType::kU64;

constexpr std::array<Port, 2> reduction_inputs(TypeSet types) {
  return {Port{"data", types}, Port{"axes", DType::kI64, PortKind::kOptional, 'I'}};
}
constexpr std::array<Port, 1> reduction_output(TypeSet types) { return {Port{"reduced", types}}; }

/// Output type of a reduction whose axes are input 1 (absent or empty: all, or none with `noop`).
Status infer_reduction(InferContext& c, bool keepdims, bool noop);

/// Which input elements make which output element in a run.
struct ReductionMap {
  ReductionMap(const ReferenceContext& c, bool noop);
  /// Calls body(input element, output element) for all input elements, in order.
  void for_each(FunctionRef<void(std::int64_t, std::size_t)> body) const;

  tern::Shape in;
  tern::Shape kept;        // `in` with every reduced axis as 1
  std::int64_t count = 1;  // input elements per output element
  std::size_t outputs = 1;
};

/// For every output element: start at `init`, fold every input element in with `step`, then
/// `finish(accumulator, count)`. T is double, std::int64_t or std::uint64_t.
template <class T>
void reference_reduction(ReferenceContext& c, bool noop, T init, FunctionRef<T(T, T)> step,
                         FunctionRef<T(T, std::int64_t)> finish);
extern template void reference_reduction(ReferenceContext&, bool, double,
                                         FunctionRef<double(double, double)>,
                                         FunctionRef<double(double, std::int64_t)>);
extern template void reference_reduction(ReferenceContext&, bool, std::int64_t,
                                         FunctionRef<std::int64_t(std::int64_t, std::int64_t)>,
                                         FunctionRef<std::int64_t(std::int64_t, std::int64_t)>);
extern template void reference_reduction(ReferenceContext&, bool, std::uint64_t,
                                         FunctionRef<std::uint64_t(std::uint64_t, std::uint64_t)>,
                                         FunctionRef<std::uint64_t(std::uint64_t, std::int64_t)>);

/// Sums and products that wrap around for integers, as ONNX's do.
template <class T>
T wrapping_add(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) return a + b;
  return static_cast<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
template <class T>
T wrapping_mul(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) return a * b;
  return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

/// The ends of a dtype's range: infinities for floats.
template <class T>
T smallest_of(DType dtype) {
  if constexpr (std::is_same_v<T, double>) return -std::numeric_limits<double>::infinity();
  if (!is_signed_integer(dtype)) return 0;
  return static_cast<T>(~std::uint64_t{0} << (bit_width(dtype) - 1));
}
template <class T>
T largest_of(DType dtype) {
  if constexpr (std::is_same_v<T, double>) return std::numeric_limits<double>::infinity();
  if (dtype == DType::kBool) return 1;
  const int value_bits = bit_width(dtype) - (is_signed_integer(dtype) ? 1 : 0);
  return static_cast<T>(~std::uint64_t{0} >> (64 - value_bits));
}

/// `v`, which has the shape of the node's output, with the reduced axes as 1, as with keepdims.
Value with_kept_axes(GradContext& g, Value v, bool keepdims, bool noop);
/// dY spread over the shape of X; `average` divides it by the number of copies.
Value spread(GradContext& g, bool keepdims, bool noop, bool average = false);
/// Sets the gradient of a reduction that takes one of its elements: shared evenly among those that
/// equal the output.
void gradient_of_extreme(GradContext& g, bool keepdims, bool noop);

/// A reduction. `M` has summary, types, `init<T>(dtype)`, `step(accumulator, x)` and perhaps
/// `finish(accumulator, count)`, for double and (unless `M::in_double`) the 64-bit integers, and
/// perhaps `gradient(op, g)`.
template <class Op, class M>
struct ReduceImpl : M {
  static constexpr auto inputs = reduction_inputs(M::types);
  static constexpr auto outputs = reduction_output(M::types);

  static Status infer(const Op& op, InferContext& c) {
    return infer_reduction(c, op.keepdims, op.noop_with_empty_axes);
  }
  static void reference(const Op& op, ReferenceContext& c) {
    if constexpr (requires { M::in_double; }) {
      run<double>(op, c);
    } else {
      switch (arithmetic_of(c.in(0).dtype())) {
        case Arithmetic::kFloating: return run<double>(op, c);
        case Arithmetic::kSigned: return run<std::int64_t>(op, c);
        case Arithmetic::kUnsigned: return run<std::uint64_t>(op, c);
      }
    }
  }

 private:
  template <class T>
  static void run(const Op& op, ReferenceContext& c) {
    reference_reduction<T>(
        c, op.noop_with_empty_axes, M::template init<T>(c.in(0).dtype()),
        [](T sum, T x) { return M::step(sum, x); },
        [](T sum, std::int64_t count) {
          if constexpr (requires { M::finish(sum, count); }) return M::finish(sum, count);
          return sum;
        });
  }
};

}  // namespace tern::ops
