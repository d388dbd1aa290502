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

Value operator+(Value a, Value b);
Value operator-(Value a, Value b);
Value operator*(Value a, Value b);
Value operator/(Value a, Value b);
Value operator-(Value x);
/// The number becomes a scalar constant of the value's dtype.
Value operator+(Value a, double b);
Value operator-(Value a, double b);
Value operator-(double a, Value b);
Value operator*(Value a, double b);
Value operator*(double a, Value b);
Value operator/(Value a, double b);
Value operator/(double a, Value b);

Value matmul(Value a, Value b);
/// alpha A' B' + beta C; `c` may be absent.
Value gemm(Value a, Value b, Value c = {}, ops::Gemm attributes = {});

Value abs(Value x);
Value sign(Value x);
Value exp(Value x);
Value log(Value x);
Value sqrt(Value x);
Value pow(Value x, Value exponent);
Value pow(Value x, double exponent);
Value sin(Value x);
Value cos(Value x);
Value erf(Value x);

Value relu(Value x);
Value sigmoid(Value x);
Value tanh(Value x);
Value softplus(Value x);
/// x sigmoid(x)
Value silu(Value x);
Value gelu(Value x, ops::GeluApproximation approximate = ops::GeluApproximation::kNone);

Value maximum(Value a, Value b);
Value minimum(Value a, Value b);
/// low <= x <= high
Value clip(Value x, double low, double high);
/// Comparisons; the results are bools.
Value equal(Value a, Value b);
Value equal(Value a, double b);
Value greater(Value a, Value b);
Value greater(Value a, double b);
Value less(Value a, Value b);
Value less(Value a, double b);
Value logical_and(Value a, Value b);
Value logical_or(Value a, Value b);
Value logical_not(Value x);
/// a where the condition holds, else b. A number becomes a scalar of the other's dtype.
Value where(Value condition, Value a, Value b);
Value where(Value condition, double a, Value b);
Value where(Value condition, Value a, double b);
Value cumsum(Value x, std::int64_t axis, ops::CumSum attributes = {});

Value softmax(Value x, std::int64_t axis = -1);
/// Empty `axes`: over all axes.
Value reduce_sum(Value x, std::vector<std::int64_t> axes = {}, bool keepdims = true);
Value reduce_mean(Value x, std::vector<std::int64_t> axes = {}, bool keepdims = true);
Value reduce_max(Value x, std::vector<std::int64_t> axes = {}, bool keepdims = true);
Value reduce_min(Value x, std::vector<std::int64_t> axes = {}, bool keepdims = true);
/// Positions (i64) of the largest elements along `axis`.
Value argmax(Value x, std::int64_t axis, bool keepdims = true);
/// Sums the axes along which `like` was broadcast; see ops::SumToLike.
Value sum_to_like(Value x, Value like);
/// `shape` may hold one -1 and zeros that copy the input's size.
Value reshape(Value x, std::vector<std::int64_t> shape);
Value reshape(Value x, Value shape);
/// The sizes of x as an i64 vector.
Value shape_of(Value x);
Value transpose(Value x, std::vector<std::int64_t> perm);
Value squeeze(Value x, std::vector<std::int64_t> axes);
Value unsqueeze(Value x, std::vector<std::int64_t> axes);
/// The inputs one after the other along `axis`.
Value concat(std::span<const Value> inputs, std::int64_t axis);
Value concat(std::initializer_list<Value> inputs, std::int64_t axis);
/// Elements starts[i] : ends[i] : steps[i] of axis axes[i]. Without axes the first ones, without
/// steps every element; bounds as in numpy.
Value slice(Value x, std::vector<std::int64_t> starts, std::vector<std::int64_t> ends,
            std::vector<std::int64_t> axes = {}, std::vector<std::int64_t> steps = {});
/// The same with bounds that are values (i64 vectors).
Value slice(Value x, Value starts, Value ends, std::vector<std::int64_t> axes = {},
            std::vector<std::int64_t> steps = {});
/// One piece per entry of `sizes` along `axis`.
std::vector<Value> split(Value x, std::vector<std::int64_t> sizes, std::int64_t axis);
/// The slices of x along `axis` that `indices` (i32 or i64) name.
Value gather(Value x, Value indices, std::int64_t axis = 0);
/// The elements as another type.
Value cast(Value x, DType to);
/// x as a matrix: the axes before `axis` become rows.
Value flatten(Value x, std::int64_t axis = 1);
/// x broadcast with `shape`, an i64 vector.
Value expand(Value x, Value shape);
/// x with zeros around it: all begins, then all ends; a negative number removes.
Value pad(Value x, std::vector<std::int64_t> pads);
/// Zeros with the type and shape of x.
Value zeros_like(Value x);
Value conv(Value x, Value w, Value bias, ops::Conv attributes);

Value max_pool(Value x, ops::MaxPool attributes);
Value average_pool(Value x, ops::AveragePool attributes);
Value global_average_pool(Value x);
/// `bias` may be absent.
Value layer_normalization(Value x, Value scale, Value bias, ops::LayerNormalization attributes);
Value log_softmax(Value x, std::int64_t axis = -1);

}  // namespace tern
