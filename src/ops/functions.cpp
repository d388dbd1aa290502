#include "tern/functions.h"

namespace tern {
namespace {

Value apply(Op op, std::initializer_list<Value> inputs) {
  // An inert operand carries no builder; its error is already kept by the builder that made it.
  for (const Value& input : inputs) {
    if (input.builder() != nullptr) return input.builder()->op(std::move(op), inputs);
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

Value operator+(Value a, Value b) { return apply(ops::Add{}, {a, b}); }
Value operator-(Value a, Value b) { return apply(ops::Sub{}, {a, b}); }
Value operator*(Value a, Value b) { return apply(ops::Mul{}, {a, b}); }
Value operator/(Value a, Value b) { return apply(ops::Div{}, {a, b}); }
Value operator-(Value x) { return apply(ops::Neg{}, {x}); }
Value operator+(Value a, double b) { return a + number(a, b); }
Value operator-(Value a, double b) { return a - number(a, b); }
Value operator-(double a, Value b) { return number(b, a) - b; }
Value operator*(Value a, double b) { return a * number(a, b); }
Value operator*(double a, Value b) { return number(b, a) * b; }
Value operator/(Value a, double b) { return a / number(a, b); }
Value operator/(double a, Value b) { return number(b, a) / b; }

Value matmul(Value a, Value b) { return apply(ops::MatMul{}, {a, b}); }
Value gemm(Value a, Value b, Value c, ops::Gemm attributes) { return apply(attributes, {a, b, c}); }

Value abs(Value x) { return apply(ops::Abs{}, {x}); }
Value sign(Value x) { return apply(ops::Sign{}, {x}); }
Value exp(Value x) { return apply(ops::Exp{}, {x}); }
Value log(Value x) { return apply(ops::Log{}, {x}); }
Value sqrt(Value x) { return apply(ops::Sqrt{}, {x}); }
Value pow(Value x, Value exponent) { return apply(ops::Pow{}, {x, exponent}); }
Value pow(Value x, double exponent) { return pow(x, number(x, exponent)); }
Value sin(Value x) { return apply(ops::Sin{}, {x}); }
Value cos(Value x) { return apply(ops::Cos{}, {x}); }
Value erf(Value x) { return apply(ops::Erf{}, {x}); }

Value relu(Value x) { return apply(ops::Relu{}, {x}); }
Value sigmoid(Value x) { return apply(ops::Sigmoid{}, {x}); }
Value tanh(Value x) { return apply(ops::Tanh{}, {x}); }
Value softplus(Value x) { return apply(ops::Softplus{}, {x}); }
Value silu(Value x) { return apply(ops::Swish{}, {x}); }
Value gelu(Value x, ops::GeluApproximation approximate) {
  return apply(ops::Gelu{.approximate = approximate}, {x});
}

Value maximum(Value a, Value b) { return apply(ops::Max{}, {a, b}); }
Value minimum(Value a, Value b) { return apply(ops::Min{}, {a, b}); }
Value clip(Value x, double low, double high) {
  return apply(ops::Clip{}, {x, number(x, low), number(x, high)});
}
Value equal(Value a, Value b) { return apply(ops::Equal{}, {a, b}); }
Value equal(Value a, double b) { return equal(a, number(a, b)); }
Value greater(Value a, Value b) { return apply(ops::Greater{}, {a, b}); }
Value greater(Value a, double b) { return greater(a, number(a, b)); }
Value less(Value a, Value b) { return apply(ops::Less{}, {a, b}); }
Value less(Value a, double b) { return less(a, number(a, b)); }
Value logical_and(Value a, Value b) { return apply(ops::And{}, {a, b}); }
Value logical_or(Value a, Value b) { return apply(ops::Or{}, {a, b}); }
Value logical_not(Value x) { return apply(ops::Not{}, {x}); }
Value where(Value condition, Value a, Value b) { return apply(ops::Where{}, {condition, a, b}); }
Value where(Value condition, double a, Value b) { return where(condition, number(b, a), b); }
Value where(Value condition, Value a, double b) { return where(condition, a, number(a, b)); }
Value cumsum(Value x, std::int64_t axis, ops::CumSum attributes) {
  if (x.builder() == nullptr) return {};
  return apply(attributes, {x, x.builder()->constant(Tensor::scalar<std::int64_t>(axis))});
}

Value softmax(Value x, std::int64_t axis) { return apply(ops::Softmax{.axis = axis}, {x}); }

Value reduce_sum(Value x, std::vector<std::int64_t> axes, bool keepdims) {
  return apply(ops::ReduceSum{.keepdims = keepdims}, {x, axes_input(x, std::move(axes))});
}
Value reduce_mean(Value x, std::vector<std::int64_t> axes, bool keepdims) {
  return apply(ops::ReduceMean{.keepdims = keepdims}, {x, axes_input(x, std::move(axes))});
}
Value reduce_max(Value x, std::vector<std::int64_t> axes, bool keepdims) {
  return apply(ops::ReduceMax{.keepdims = keepdims}, {x, axes_input(x, std::move(axes))});
}
Value reduce_min(Value x, std::vector<std::int64_t> axes, bool keepdims) {
  return apply(ops::ReduceMin{.keepdims = keepdims}, {x, axes_input(x, std::move(axes))});
}
Value argmax(Value x, std::int64_t axis, bool keepdims) {
  return apply(ops::ArgMax{.axis = axis, .keepdims = keepdims}, {x});
}

Value sum_to_like(Value x, Value like) { return apply(ops::SumToLike{}, {x, like}); }
Value reshape(Value x, std::vector<std::int64_t> shape) {
  return reshape(x, ints(x, std::move(shape)));
}
Value reshape(Value x, Value shape) { return apply(ops::Reshape{}, {x, shape}); }
Value shape_of(Value x) { return apply(ops::Shape{}, {x}); }
Value transpose(Value x, std::vector<std::int64_t> perm) {
  return apply(ops::Transpose{.perm = std::move(perm)}, {x});
}
Value squeeze(Value x, std::vector<std::int64_t> axes) {
  return apply(ops::Squeeze{}, {x, ints(x, std::move(axes))});
}
Value unsqueeze(Value x, std::vector<std::int64_t> axes) {
  return apply(ops::Unsqueeze{}, {x, ints(x, std::move(axes))});
}
Value concat(std::span<const Value> inputs, std::int64_t axis) {
  for (const Value& input : inputs) {
    if (input.builder() != nullptr) return input.builder()->op(ops::Concat{.axis = axis}, inputs);
  }
  return {};
}
Value concat(std::initializer_list<Value> inputs, std::int64_t axis) {
  return concat(std::span(inputs.begin(), inputs.size()), axis);
}
Value slice(Value x, std::vector<std::int64_t> starts, std::vector<std::int64_t> ends,
            std::vector<std::int64_t> axes, std::vector<std::int64_t> steps) {
  return slice(x, ints(x, std::move(starts)), ints(x, std::move(ends)), std::move(axes),
               std::move(steps));
}
Value slice(Value x, Value starts, Value ends, std::vector<std::int64_t> axes,
            std::vector<std::int64_t> steps) {
  const Value axes_input = axes.empty() ? Value() : ints(x, std::move(axes));
  const Value steps_input = steps.empty() ? Value() : ints(x, std::move(steps));
  return apply(ops::Slice{}, {x, starts, ends, axes_input, steps_input});
}
std::vector<Value> split(Value x, std::vector<std::int64_t> sizes, std::int64_t axis) {
  const std::size_t pieces = sizes.size();
  if (x.builder() == nullptr) return std::vector<Value>(pieces);
  return x.builder()->op_n(ops::Split{.axis = axis}, {x, ints(x, std::move(sizes))}, pieces);
}
Value gather(Value x, Value indices, std::int64_t axis) {
  return apply(ops::Gather{.axis = axis}, {x, indices});
}
Value cast(Value x, DType to) { return apply(ops::Cast{.to = to}, {x}); }
Value flatten(Value x, std::int64_t axis) { return apply(ops::Flatten{.axis = axis}, {x}); }
Value expand(Value x, Value shape) { return apply(ops::Expand{}, {x, shape}); }
Value pad(Value x, std::vector<std::int64_t> pads) {
  return apply(ops::Pad{}, {x, ints(x, std::move(pads))});
}
Value zeros_like(Value x) {
  Result<Tensor> zero = Tensor::zeros(x.dtype(), {1});
  if (!zero.ok()) return {};  // x is inert, and its builder keeps the reason
  return apply(ops::ConstantOfShape{.value = std::move(*zero)}, {shape_of(x)});
}
Value conv(Value x, Value w, Value bias, ops::Conv attributes) {
  return apply(std::move(attributes), {x, w, bias});
}

Value max_pool(Value x, ops::MaxPool attributes) { return apply(std::move(attributes), {x}); }
Value average_pool(Value x, ops::AveragePool attributes) {
  return apply(std::move(attributes), {x});
}
Value global_average_pool(Value x) { return apply(ops::GlobalAveragePool{}, {x}); }
Value layer_normalization(Value x, Value scale, Value bias, ops::LayerNormalization attributes) {
  return apply(attributes, {x, scale, bias});
}
Value log_softmax(Value x, std::int64_t axis) { return apply(ops::LogSoftmax{.axis = axis}, {x}); }

}  // namespace tern
