#include "tern/functions.h"

namespace tern {
namespace {

Value apply(Op op, std::initializer_list<Value> inputs, SourceLocation where) {
  // An inert operand carries no builder; its error is already kept by the builder that made it.
  for (const Value& input : inputs) {
    if (input.builder() != nullptr) return input.builder()->op(std::move(op), inputs, where);
  }
  return {};
}

Value number(Value like, double value) {
  return like.builder() == nullptr ? Value() : like.builder()->scalar_of(like.dtype(), value);
}

Value ints(Value context, std::vector<std::int64_t> values) {
  if (context.builder() == nullptr) return {};
  return context.builder()->constant(
      Tensor::vector<std::int64_t>(std::span<const std::int64_t>(values)));
}

// No input stands for all axes.
Value axes_input(Value context, std::vector<std::int64_t> axes) {
  return axes.empty() ? Value() : ints(context, std::move(axes));
}

}  // namespace

Value operator+(Operand a, Value b) { return apply(ops::Add{}, {a.value, b}, a.where); }
Value operator-(Operand a, Value b) { return apply(ops::Sub{}, {a.value, b}, a.where); }
Value operator*(Operand a, Value b) { return apply(ops::Mul{}, {a.value, b}, a.where); }
Value operator/(Operand a, Value b) { return apply(ops::Div{}, {a.value, b}, a.where); }
Value operator-(Operand x) { return apply(ops::Neg{}, {x.value}, x.where); }
Value operator+(Operand a, double b) { return a + number(a.value, b); }
Value operator-(Operand a, double b) { return a - number(a.value, b); }
Value operator-(double a, Operand b) { return Operand(number(b.value, a), b.where) - b.value; }
Value operator*(Operand a, double b) { return a * number(a.value, b); }
Value operator*(double a, Operand b) { return Operand(number(b.value, a), b.where) * b.value; }
Value operator/(Operand a, double b) { return a / number(a.value, b); }
Value operator/(double a, Operand b) { return Operand(number(b.value, a), b.where) / b.value; }

Value matmul(Operand a, Value b) { return apply(ops::MatMul{}, {a.value, b}, a.where); }
Value gemm(Operand a, Value b, Value c, ops::Gemm attributes) {
  return apply(attributes, {a.value, b, c}, a.where);
}

Value abs(Operand x) { return apply(ops::Abs{}, {x.value}, x.where); }
Value sign(Operand x) { return apply(ops::Sign{}, {x.value}, x.where); }
Value exp(Operand x) { return apply(ops::Exp{}, {x.value}, x.where); }
Value log(Operand x) { return apply(ops::Log{}, {x.value}, x.where); }
Value sqrt(Operand x) { return apply(ops::Sqrt{}, {x.value}, x.where); }
Value pow(Operand x, Value exponent) { return apply(ops::Pow{}, {x.value, exponent}, x.where); }
Value pow(Operand x, double exponent) { return pow(x, number(x.value, exponent)); }
Value sin(Operand x) { return apply(ops::Sin{}, {x.value}, x.where); }
Value cos(Operand x) { return apply(ops::Cos{}, {x.value}, x.where); }
Value erf(Operand x) { return apply(ops::Erf{}, {x.value}, x.where); }

Value relu(Operand x) { return apply(ops::Relu{}, {x.value}, x.where); }
Value sigmoid(Operand x) { return apply(ops::Sigmoid{}, {x.value}, x.where); }
Value tanh(Operand x) { return apply(ops::Tanh{}, {x.value}, x.where); }
Value softplus(Operand x) { return apply(ops::Softplus{}, {x.value}, x.where); }
Value silu(Operand x) { return apply(ops::Swish{}, {x.value}, x.where); }
Value gelu(Operand x, ops::GeluApproximation approximate) {
  return apply(ops::Gelu{.approximate = approximate}, {x.value}, x.where);
}

Value maximum(Operand a, Value b) { return apply(ops::Max{}, {a.value, b}, a.where); }
Value minimum(Operand a, Value b) { return apply(ops::Min{}, {a.value, b}, a.where); }
Value clip(Operand x, double low, double high) {
  return apply(ops::Clip{}, {x.value, number(x.value, low), number(x.value, high)}, x.where);
}
Value equal(Operand a, Value b) { return apply(ops::Equal{}, {a.value, b}, a.where); }
Value equal(Operand a, double b) { return equal(a, number(a.value, b)); }
Value greater(Operand a, Value b) { return apply(ops::Greater{}, {a.value, b}, a.where); }
Value greater(Operand a, double b) { return greater(a, number(a.value, b)); }
Value less(Operand a, Value b) { return apply(ops::Less{}, {a.value, b}, a.where); }
Value less(Operand a, double b) { return less(a, number(a.value, b)); }
Value logical_and(Operand a, Value b) { return apply(ops::And{}, {a.value, b}, a.where); }
Value logical_or(Operand a, Value b) { return apply(ops::Or{}, {a.value, b}, a.where); }
Value logical_not(Operand x) { return apply(ops::Not{}, {x.value}, x.where); }
Value where(Operand condition, Value a, Value b) {
  return apply(ops::Where{}, {condition.value, a, b}, condition.where);
}
Value where(Operand condition, double a, Value b) { return where(condition, number(b, a), b); }
Value where(Operand condition, Value a, double b) { return where(condition, a, number(a, b)); }
Value cumsum(Operand x, std::int64_t axis, ops::CumSum attributes) {
  if (x.value.builder() == nullptr) return {};
  return apply(attributes,
               {x.value, x.value.builder()->constant(Tensor::scalar<std::int64_t>(axis))}, x.where);
}

Value softmax(Operand x, std::int64_t axis) {
  return apply(ops::Softmax{.axis = axis}, {x.value}, x.where);
}

Value reduce_sum(Operand x, std::vector<std::int64_t> axes, bool keepdims) {
  return apply(ops::ReduceSum{.keepdims = keepdims},
               {x.value, axes_input(x.value, std::move(axes))}, x.where);
}
Value reduce_mean(Operand x, std::vector<std::int64_t> axes, bool keepdims) {
  return apply(ops::ReduceMean{.keepdims = keepdims},
               {x.value, axes_input(x.value, std::move(axes))}, x.where);
}
Value reduce_max(Operand x, std::vector<std::int64_t> axes, bool keepdims) {
  return apply(ops::ReduceMax{.keepdims = keepdims},
               {x.value, axes_input(x.value, std::move(axes))}, x.where);
}
Value reduce_min(Operand x, std::vector<std::int64_t> axes, bool keepdims) {
  return apply(ops::ReduceMin{.keepdims = keepdims},
               {x.value, axes_input(x.value, std::move(axes))}, x.where);
}
Value argmax(Operand x, std::int64_t axis, bool keepdims) {
  return apply(ops::ArgMax{.axis = axis, .keepdims = keepdims}, {x.value}, x.where);
}

Value sum_to_like(Operand x, Value like) {
  return apply(ops::SumToLike{}, {x.value, like}, x.where);
}
Value reshape(Operand x, std::vector<std::int64_t> shape) {
  return reshape(x, ints(x.value, std::move(shape)));
}
Value reshape(Operand x, Value shape) { return apply(ops::Reshape{}, {x.value, shape}, x.where); }
Value shape_of(Operand x) { return apply(ops::Shape{}, {x.value}, x.where); }
Value transpose(Operand x, std::vector<std::int64_t> perm) {
  return apply(ops::Transpose{.perm = std::move(perm)}, {x.value}, x.where);
}
Value squeeze(Operand x, std::vector<std::int64_t> axes) {
  return apply(ops::Squeeze{}, {x.value, ints(x.value, std::move(axes))}, x.where);
}
Value unsqueeze(Operand x, std::vector<std::int64_t> axes) {
  return apply(ops::Unsqueeze{}, {x.value, ints(x.value, std::move(axes))}, x.where);
}
Value concat(std::span<const Value> inputs, std::int64_t axis, SourceLocation where) {
  for (const Value& input : inputs) {
    if (input.builder() == nullptr) continue;
    return input.builder()->op(ops::Concat{.axis = axis}, inputs, where);
  }
  return {};
}
Value concat(std::initializer_list<Value> inputs, std::int64_t axis, SourceLocation where) {
  return concat(std::span(inputs.begin(), inputs.size()), axis, where);
}
Value slice(Operand x, std::vector<std::int64_t> starts, std::vector<std::int64_t> ends,
            std::vector<std::int64_t> axes, std::vector<std::int64_t> steps) {
  return slice(x, ints(x.value, std::move(starts)), ints(x.value, std::move(ends)), std::move(axes),
               std::move(steps));
}
Value slice(Operand x, Value starts, Value ends, std::vector<std::int64_t> axes,
            std::vector<std::int64_t> steps) {
  const Value axes_input = axes.empty() ? Value() : ints(x.value, std::move(axes));
  const Value steps_input = steps.empty() ? Value() : ints(x.value, std::move(steps));
  return apply(ops::Slice{}, {x.value, starts, ends, axes_input, steps_input}, x.where);
}
std::vector<Value> split(Operand x, std::vector<std::int64_t> sizes, std::int64_t axis) {
  const std::size_t pieces = sizes.size();
  if (x.value.builder() == nullptr) return std::vector<Value>(pieces);
  return x.value.builder()->op_n(ops::Split{.axis = axis},
                                 {x.value, ints(x.value, std::move(sizes))}, pieces, x.where);
}
Value gather(Operand x, Value indices, std::int64_t axis) {
  return apply(ops::Gather{.axis = axis}, {x.value, indices}, x.where);
}
Value cast(Operand x, DType to) { return apply(ops::Cast{.to = to}, {x.value}, x.where); }
Value flatten(Operand x, std::int64_t axis) {
  return apply(ops::Flatten{.axis = axis}, {x.value}, x.where);
}
Value expand(Operand x, Value shape) { return apply(ops::Expand{}, {x.value, shape}, x.where); }
Value pad(Operand x, std::vector<std::int64_t> pads) {
  return apply(ops::Pad{}, {x.value, ints(x.value, std::move(pads))}, x.where);
}
Value zeros_like(Operand x) {
  Result<Tensor> zero = Tensor::zeros(x.value.dtype(), {1});
  if (!zero.ok()) return {};  // x is inert, and its builder keeps the reason
  return apply(ops::ConstantOfShape{.value = std::move(*zero)}, {shape_of(x)}, x.where);
}
Value conv(Operand x, Value w, Value bias, ops::Conv attributes) {
  return apply(std::move(attributes), {x.value, w, bias}, x.where);
}

Value max_pool(Operand x, ops::MaxPool attributes) {
  return apply(std::move(attributes), {x.value}, x.where);
}
Value average_pool(Operand x, ops::AveragePool attributes) {
  return apply(std::move(attributes), {x.value}, x.where);
}
Value global_average_pool(Operand x) { return apply(ops::GlobalAveragePool{}, {x.value}, x.where); }
Value layer_normalization(Operand x, Value scale, Value bias, ops::LayerNormalization attributes) {
  return apply(attributes, {x.value, scale, bias}, x.where);
}
Value log_softmax(Operand x, std::int64_t axis) {
  return apply(ops::LogSoftmax{.axis = axis}, {x.value}, x.where);
}

}  // namespace tern
