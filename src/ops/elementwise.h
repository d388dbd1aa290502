// What element-wise operators share: inference by broadcasting, and loops for their references.
#pragma once

#include <array>

#include "graph/op_def.h"
#include "ops/broadcast.h"
#include "ops/grad.h"
#include "ops/reference.h"

namespace tern::ops {

/// Output 0 has the dtype of input 0 and the common shape of all inputs.
Status infer_broadcast(InferContext& c);
/// Output 0 has the type and shape of input 0.
Status infer_same(InferContext& c);

/// Y[i] = f(X[i]), computed in double.
void reference_unary(ReferenceContext& c, FunctionRef<double(double)> f);
/// Y = f(A, B) with broadcasting; integers (and bool) use `g` on their 64-bit values.
void reference_binary(ReferenceContext& c, double (*f)(double, double),
                      std::int64_t (*g)(std::int64_t, std::int64_t));

/// Sets input i's gradient, summed down to input i's shape where it was broadcast.
void set_broadcast_gradient(GradContext& g, std::size_t i, Value gradient);

/// The ports of a unary and a binary operator over `types`.
constexpr std::array<Port, 1> unary_input(TypeSet types) { return {Port{"X", types}}; }
constexpr std::array<Port, 1> unary_output(TypeSet types) { return {Port{"Y", types}}; }
constexpr std::array<Port, 2> binary_inputs(TypeSet types) {
  return {Port{"A", types}, Port{"B", types}};
}
constexpr std::array<Port, 1> binary_output(TypeSet types) { return {Port{"C", types}}; }

}  // namespace tern::ops
