#include <algorithm>
#include <cmath>

#include "ops/evaluate.h"
#include "ops/grad.h"
#include "tests/support/op_checks.h"

namespace tern::testing {
namespace {

// Enough to find a wrong rule; a large tensor is sampled.
constexpr std::int64_t kMostElements = 64;
constexpr Tolerance kGradientTolerance{1e-5, 1e-7};

// The operator in f64 as a scalar function: the sum of its floating outputs, each weighted with
// fixed numbers. Those numbers are then the gradient of that sum with respect to the outputs.
class Loss {
 public:
  Loss(const Op& op, const std::vector<Tensor>& inputs, std::size_t outputs)
      : op_(op), inputs_(inputs), count_(outputs) {
    const auto y = evaluate_op(op, input_pointers(inputs), outputs);
    if (!y.ok()) return;
    for (std::size_t i = 0; i < outputs; ++i) {
      const bool floating = is_floating((*y)[i].dtype());
      weights_.push_back(floating ? random_values((*y)[i].dtype(), (*y)[i].shape(), 0.5, 1.5, 7 + i)
                                  : Tensor());
    }
  }

  /// One per output, undefined for those that carry no gradient.
  const std::vector<Tensor>& weights() const { return weights_; }
  /// False when the operator cannot run or has no floating output.
  bool usable() const {
    return std::ranges::any_of(weights_, [](const Tensor& w) { return w.defined(); });
  }

  /// d loss / d element `e` of input `i`, by central differences.
  double slope(std::size_t i, std::int64_t e) const {
    const double x = inputs_[i].data<double>()[e];
    const double step = 1e-5 * std::max(1.0, std::abs(x));
    return (at(i, e, x + step) - at(i, e, x - step)) / (2 * step);
  }

 private:
  double at(std::size_t i, std::int64_t e, double x) const {
    std::vector<Tensor> inputs = inputs_;
    inputs[i] = *inputs[i].clone();
    inputs[i].mutable_data<double>()[e] = x;
    const auto y = evaluate_op(op_, input_pointers(inputs), count_);
    if (!y.ok()) return NAN;
    double sum = 0;
    for (std::size_t o = 0; o < count_; ++o) {
      if (!weights_[o].defined()) continue;
      const std::vector<double> w = values_of(weights_[o]);
      const std::vector<double> v = values_of((*y)[o]);
      for (std::size_t k = 0; k < w.size(); ++k) sum += w[k] * v[k];
    }
    return sum;
  }

  const Op& op_;
  const std::vector<Tensor>& inputs_;
  std::size_t count_;
  std::vector<Tensor> weights_;
};

// The graph of one node and its gradient rule. Floating inputs are graph inputs, others constants.
struct GradientGraph {
  Graph graph;
  std::vector<Tensor> feeds;
  std::vector<int> output_of_input;  // index of the graph output that is the gradient, or -1
};

Status build(const OpCase& test, const std::vector<Tensor>& inputs,
             const std::vector<Tensor>& weights, bool known_sizes, GradientGraph& g) {
  GraphBuilder b(g.graph);
  const auto feed = [&](const Tensor& t) {
    g.feeds.push_back(t);
    TypeInfo type = TypeInfo::of(t);
    if (!known_sizes) std::ranges::fill(type.shape, Dim());
    return b.input("in", std::move(type));
  };
  std::vector<Value> values;
  std::vector<bool> wanted;
  for (const Tensor& input : inputs) {
    const bool floating = input.dtype() == DType::kF64;
    wanted.push_back(floating);
    if (!input.defined()) {
      values.emplace_back();
    } else {
      values.push_back(floating ? feed(input) : b.constant(input));
    }
  }
  const std::vector<Value> outputs = b.op_n(test.op, values, weights.size());
  std::vector<Value> output_gradients;
  for (const Tensor& weight : weights) {
    output_gradients.push_back(weight.defined() ? feed(weight) : Value());
  }
  if (!b.status().ok()) return b.status();
  const NodeId node = g.graph.value(outputs[0].id()).producer;
  GradContext context(b, node, std::move(output_gradients), wanted);
  test.op.def().gradient(test.op.attributes(), context);
  if (!b.status().ok()) return b.status();
  std::vector<ValueId> results;
  for (const Value& gradient : context.input_gradients()) {
    g.output_of_input.push_back(gradient.present() ? static_cast<int>(results.size()) : -1);
    if (gradient.present()) results.push_back(gradient.id());
  }
  g.graph.set_outputs(std::move(results));
  return {};
}

void compare(const Loss& loss, const Tensor& input, std::size_t i, const Tensor* gradient) {
  SCOPED_TRACE("input " + std::to_string(i));
  if (gradient != nullptr) {
    ASSERT_EQ(to_string(gradient->dtype()), to_string(input.dtype()));
    ASSERT_EQ(gradient->shape(), input.shape());
  }
  const std::int64_t stride = std::max<std::int64_t>(1, input.elements() / kMostElements);
  for (std::int64_t e = 0; e < input.elements(); e += stride) {
    const double expected = loss.slope(i, e);
    // A rule that states nothing says that the gradient is zero.
    const double actual = gradient == nullptr ? 0 : gradient->data<double>()[e];
    EXPECT_TRUE(all_close(Tensor::scalar(actual), Tensor::scalar(expected), kGradientTolerance))
        << "element " << e;
  }
}

}  // namespace

void check_gradient(const OpCase& test) {
  if (!test.gradient || test.op.def().gradient == nullptr) return;
  const bool has_floats = std::ranges::any_of(
      test.inputs, [](const Tensor& input) { return is_floating(input.dtype()); });
  if (!has_floats) return;
  // Floating inputs whose ports do not take f64, such as scales and sizes, count as constants.
  std::vector<Tensor> inputs = test.inputs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const bool wide = input_port(test.op.def(), i).types.contains(DType::kF64);
    if (is_floating(inputs[i].dtype()) && wide) inputs[i] = as(DType::kF64, inputs[i]);
  }
  const Loss loss(test.op, inputs, test.expected.size());
  if (!loss.usable()) return;

  for (const bool known_sizes : {true, false}) {
    SCOPED_TRACE(known_sizes ? "sizes are known" : "sizes are unknown");
    GradientGraph g;
    const Status built = build(test, inputs, loss.weights(), known_sizes, g);
    ASSERT_TRUE(built.ok()) << built.to_string();
    const auto gradients = evaluate(g.graph, g.feeds);
    ASSERT_TRUE(gradients.ok()) << gradients.status().to_string();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].dtype() != DType::kF64) continue;
      if (std::ranges::count(test.constant_inputs, i) > 0) continue;
      const int output = g.output_of_input[i];
      compare(loss, inputs[i], i,
              output < 0 ? nullptr : &(*gradients)[static_cast<std::size_t>(output)]);
    }
  }
}

}  // namespace tern::testing
