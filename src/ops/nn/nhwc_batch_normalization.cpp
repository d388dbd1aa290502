#include "base/errors.h"
#include "ops/activation.h"
#include "ops/elementwise.h"
#include "ops/nn/normalization.h"
#include "ops/reference.h"
#include "tern/ops/fused_grad.h"

namespace tern {
namespace {

struct NhwcBatchNormalizationImpl {
  static constexpr std::string_view summary =
      "BatchNormalization whose channels are the last axis.";
  static constexpr auto inputs =
      std::array{Port{"X", kFloats},         Port{"scale", kFloats},
                 Port{"B", kFloats},         Port{"input_mean", kFloats},
                 Port{"input_var", kFloats}, Port{"Z", kFloats, PortKind::kOptional}};
  static constexpr auto outputs = std::array{
      Port{"Y", kFloats}, Port{"running_mean", kFloats, PortKind::kOptional},
      Port{"running_var", kFloats, PortKind::kOptional}, Port{"mean", kFloats, PortKind::kOptional},
      Port{"var", kFloats, PortKind::kOptional}};

  static Status infer(const ops::NhwcBatchNormalization&, InferContext& c) {
    if (c.in[0].rank() < 1) return invalid_argument("X is a scalar");
    for (std::size_t i = 1; i < 5; ++i) {
      TERN_TRY(ops::check_channel_vector(inputs[i].name, c.in[i], c.in[0].shape.back()));
    }
    if (c.has(5)) TERN_TRY(ops::check_same_shape("Z", c.in[5], "X", c.in[0]));
    c.out = {c.in[0], c.in[3], c.in[4], c.in[3], c.in[4]};
    return {};
  }

  static void reference(const ops::NhwcBatchNormalization& op, ReferenceContext& c) {
    const AxisSplit s = ops::last_axis_split(c.in(0).shape());
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
      const double kept = op.training_mode ? double{op.momentum} : 0.0;
      if (c.wants(1)) FloatWriter(c.out(1)).set(k, mean[k] * kept + m.mean * (1 - kept));
      if (c.wants(2)) FloatWriter(c.out(2)).set(k, variance[k] * kept + m.variance * (1 - kept));
      if (c.wants(3)) FloatWriter(c.out(3)).set(k, m.mean);
      if (c.wants(4)) FloatWriter(c.out(4)).set(k, m.variance);
    }
    const ops::ActivationSpec last{op.relu ? ops::Activation::kRelu : ops::Activation::kNone};
    ops::finish_fused(last, c.has(5) ? &c.in(5) : nullptr, y);
    if (c.wants(0)) write_f64(y, c.out(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::NhwcBatchNormalization>() {
  static constexpr OpDef def = make_op<ops::NhwcBatchNormalization, NhwcBatchNormalizationImpl>(
      "NhwcBatchNormalization", "tern", 1);
  return def;
}

}  // namespace tern
