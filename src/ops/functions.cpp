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

}  // namespace

Value operator+(Value a, Value b) { return apply(ops::Add{}, {a, b}); }
Value operator-(Value a, Value b) { return apply(ops::Sub{}, {a, b}); }
Value operator*(Value a, Value b) { return apply(ops::Mul{}, {a, b}); }
Value operator+(Value a, double b) { return a + number(a, b); }
Value operator-(Value a, double b) { return a - number(a, b); }
Value operator-(double a, Value b) { return number(b, a) - b; }
Value operator*(Value a, double b) { return a * number(a, b); }
Value operator*(double a, Value b) { return number(b, a) * b; }

Value matmul(Value a, Value b) { return apply(ops::MatMul{}, {a, b}); }
Value relu(Value x) { return apply(ops::Relu{}, {x}); }
Value softmax(Value x, std::int64_t axis) { return apply(ops::Softmax{.axis = axis}, {x}); }

Value reduce_sum(Value x, std::vector<std::int64_t> axes, bool keepdims) {
  const Value axes_input = axes.empty() ? Value() : ints(x, std::move(axes));
  return apply(ops::ReduceSum{.keepdims = keepdims}, {x, axes_input});
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
