// The vocabulary for writing graphs: one function per common operator, and arithmetic on Values.
//
//   Value h = relu(matmul(x, w) + b);
//
// Functions of one operator take its inputs and, where they matter, its attributes. Each adds one
// node to the builder of its arguments; errors are kept there (tern/graph_builder.h). Operators
// without a function here are added with GraphBuilder::op.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "tern/graph_builder.h"
#include "tern/ops/fused.h"
#include "tern/ops/math.h"
#include "tern/ops/nn.h"
#include "tern/ops/reduce.h"
#include "tern/ops/tensor.h"

namespace tern {

/// A Value as an argument, with the place of the call: a mistake names it.
struct Operand {
  Operand(Value given, SourceLocation at = SourceLocation::here())  // NOLINT: implicit by design
      : value(given), where(at) {}
  Value value;
  SourceLocation where;
};

Value operator+(Operand a, Value b);
Value operator-(Operand a, Value b);
Value operator*(Operand a, Value b);
Value operator/(Operand a, Value b);
Value operator-(Operand x);
/// The number becomes a scalar constant of the value's dtype.
Value operator+(Operand a, double b);
Value operator-(Operand a, double b);
Value operator-(double a, Operand b);
Value operator*(Operand a, double b);
Value operator*(double a, Operand b);
Value operator/(Operand a, double b);
Value operator/(double a, Operand b);

Value matmul(Operand a, Value b);
/// alpha A' B' + beta C; `c` may be absent.
Value gemm(Operand a, Value b, Value c = {}, ops::Gemm attributes = {});

Value abs(Operand x);
Value sign(Operand x);
Value exp(Operand x);
Value log(Operand x);
Value sqrt(Operand x);
Value pow(Operand x, Value exponent);
Value pow(Operand x, double exponent);
Value sin(Operand x);
Value cos(Operand x);
Value erf(Operand x);

Value relu(Operand x);
Value sigmoid(Operand x);
Value tanh(Operand x);
Value softplus(Operand x);
/// x sigmoid(x)
Value silu(Operand x);
Value gelu(Operand x, ops::GeluApproximation approximate = ops::GeluApproximation::kNone);

Value maximum(Operand a, Value b);
Value minimum(Operand a, Value b);
/// low <= x <= high
Value clip(Operand x, double low, double high);
/// Comparisons; the results are bools.
Value equal(Operand a, Value b);
Value equal(Operand a, double b);
Value greater(Operand a, Value b);
Value greater(Operand a, double b);
Value less(Operand a, Value b);
Value less(Operand a, double b);
Value logical_and(Operand a, Value b);
Value logical_or(Operand a, Value b);
Value logical_not(Operand x);
/// a where the condition holds, else b. A number becomes a scalar of the other's dtype.
Value where(Operand condition, Value a, Value b);
Value where(Operand condition, double a, Value b);
Value where(Operand condition, Value a, double b);
Value cumsum(Operand x, std::int64_t axis, ops::CumSum attributes = {});

Value softmax(Operand x, std::int64_t axis = -1);
/// Empty `axes`: over all axes.
Value reduce_sum(Operand x, std::vector<std::int64_t> axes = {}, bool keepdims = true);
Value reduce_mean(Operand x, std::vector<std::int64_t> axes = {}, bool keepdims = true);
Value reduce_max(Operand x, std::vector<std::int64_t> axes = {}, bool keepdims = true);
Value reduce_min(Operand x, std::vector<std::int64_t> axes = {}, bool keepdims = true);
/// Positions (i64) of the largest elements along `axis`.
Value argmax(Operand x, std::int64_t axis, bool keepdims = true);
/// Sums the axes along which `like` was broadcast; see ops::SumToLike.
Value sum_to_like(Operand x, Value like);
/// `shape` may hold one -1 and zeros that copy the input's size.
Value reshape(Operand x, std::vector<std::int64_t> shape);
Value reshape(Operand x, Value shape);
/// The sizes of x as an i64 vector.
Value shape_of(Operand x);
Value transpose(Operand x, std::vector<std::int64_t> perm);
Value squeeze(Operand x, std::vector<std::int64_t> axes);
Value unsqueeze(Operand x, std::vector<std::int64_t> axes);
/// The inputs one after the other along `axis`.
Value concat(std::span<const Value> inputs, std::int64_t axis,
             SourceLocation where = SourceLocation::here());
Value concat(std::initializer_list<Value> inputs, std::int64_t axis,
             SourceLocation where = SourceLocation::here());
/// Elements starts[i] : ends[i] : steps[i] of axis axes[i]. Without axes the first ones, without
/// steps every element; bounds as in numpy.
Value slice(Operand x, std::vector<std::int64_t> starts, std::vector<std::int64_t> ends,
            std::vector<std::int64_t> axes = {}, std::vector<std::int64_t> steps = {});
/// The same with bounds that are values (i64 vectors).
Value slice(Operand x, Value starts, Value ends, std::vector<std::int64_t> axes = {},
            std::vector<std::int64_t> steps = {});
/// One piece per entry of `sizes` along `axis`.
std::vector<Value> split(Operand x, std::vector<std::int64_t> sizes, std::int64_t axis);
/// The slices of x along `axis` that `indices` (i32 or i64) name.
Value gather(Operand x, Value indices, std::int64_t axis = 0);
/// The elements as another type.
Value cast(Operand x, DType to);
/// x as a matrix: the axes before `axis` become rows.
Value flatten(Operand x, std::int64_t axis = 1);
/// x broadcast with `shape`, an i64 vector.
Value expand(Operand x, Value shape);
/// x with zeros around it: all begins, then all ends; a negative number removes.
Value pad(Operand x, std::vector<std::int64_t> pads);
/// Zeros with the type and shape of x.
Value zeros_like(Operand x);
Value conv(Operand x, Value w, Value bias, ops::Conv attributes);

Value max_pool(Operand x, ops::MaxPool attributes);
Value average_pool(Operand x, ops::AveragePool attributes);
Value global_average_pool(Operand x);
/// `bias` may be absent.
Value layer_normalization(Operand x, Value scale, Value bias, ops::LayerNormalization attributes);
Value log_softmax(Operand x, std::int64_t axis = -1);

}  // namespace tern
