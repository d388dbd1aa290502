#include "base/errors.h"
#include "ops/grad.h"
#include "ops/nn/normalization.h"
#include "ops/reference.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

struct BatchNormalizationImpl {
  static constexpr std::string_view summary =
      "Every channel normalised by given or batch statistics, then scale and bias.";
  static constexpr auto inputs =
      std::array{Port{"X", kFloats}, Port{"scale", kFloats, PortKind::kRequired, 'S'},
                 Port{"B", kFloats, PortKind::kRequired, 'S'},
                 Port{"input_mean", kFloats, PortKind::kRequired, 'V'},
                 Port{"input_var", kFloats, PortKind::kRequired, 'V'}};
  static constexpr auto outputs =
      std::array{Port{"Y", kFloats}, Port{"running_mean", kFloats, PortKind::kOptional, 'V'},
                 Port{"running_var", kFloats, PortKind::kOptional, 'V'}};

  static Status infer(const ops::BatchNormalization&, InferContext& c) {
    const TypeInfo& x = c.in[0];
    if (x.rank() < 1) return invalid_argument("X is a scalar");
    const Dim channels = ops::channels_of(x);
    for (std::size_t i = 1; i < 5; ++i) {
      TERN_TRY(ops::check_channel_vector(inputs[i].name, c.in[i], channels));
    }
    c.out = {c.in[0], c.in[3], c.in[4]};
    return {};
  }

  static void reference(const ops::BatchNormalization& op, ReferenceContext& c) {
    const AxisSplit s = ops::channel_split(c.in(0).shape());
    const std::vector<double> x = read_f64(c.in(0));
    const FloatReader scale(c.in(1)), bias(c.in(2)), mean(c.in(3)), variance(c.in(4));
    std::vector<double> y(x.size());
    for (std::int64_t k = 0; k < s.size; ++k) {
      const ops::Moments m = op.training_mode
                                 ? ops::channel_moments(x, s, k)
                                 : ops::Moments{.mean = mean[k], .variance = variance[k]};
      const double factor = scale[k] * m.inverse_deviation(op.epsilon);
      ops::for_each_of_channel(s, k,
                               [&](std::size_t i) { y[i] = (x[i] - m.mean) * factor + bias[k]; });
      // Without training the running statistics stay what they are.
      const double kept = op.training_mode ? double{op.momentum} : 0.0;
      if (c.wants(1)) FloatWriter(c.out(1)).set(k, mean[k] * kept + m.mean * (1 - kept));
      if (c.wants(2)) FloatWriter(c.out(2)).set(k, variance[k] * kept + m.variance * (1 - kept));
    }
    if (c.wants(0)) write_f64(y, c.out(0));
  }

  // The running statistics are no part of what is learnt: they stop the gradient.
  static void gradient(const ops::BatchNormalization& op, GradContext& g) {
    if (!g.grad(0).present()) return;
    std::vector<Value> inputs{g.grad(0), g.input(0), g.input(1)};
    if (!op.training_mode) inputs.insert(inputs.end(), {g.input(3), g.input(4)});
    const std::vector<Value> d = g.builder().op_n(
        ops::BatchNormalizationGrad{.epsilon = op.epsilon, .training_mode = op.training_mode},
        inputs, 3);
    for (std::size_t i = 0; i < d.size(); ++i) g.set(i, d[i]);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::BatchNormalization>() {
  static constexpr OpDef def =
      make_op<ops::BatchNormalization, BatchNormalizationImpl>("BatchNormalization", "ai.onnx", 15);
  return def;
}

}  // namespace tern
