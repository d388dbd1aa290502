#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/nn/normalization.h"
#include "tern/ops/fused_grad.h"

namespace tern {
namespace {

struct NhwcBatchNormalizationGradImpl {
  static constexpr std::string_view summary = "Gradients of NhwcBatchNormalization.";
  static constexpr auto inputs =
      std::array{Port{"dY", kFloats}, Port{"X", kFloats}, Port{"scale", kFloats},
                 Port{"mean", kFloats}, Port{"var", kFloats}};
  static constexpr auto outputs =
      std::array{Port{"dX", kFloats}, Port{"dScale", kFloats, PortKind::kOptional},
                 Port{"dB", kFloats, PortKind::kOptional}};

  static Status infer(const ops::NhwcBatchNormalizationGrad&, InferContext& c) {
    if (c.in[1].rank() < 1) return invalid_argument("X is a scalar");
    TERN_TRY(ops::check_same_shape("dY", c.in[0], "X", c.in[1]));
    for (const std::size_t i : {2, 3, 4}) {
      TERN_TRY(ops::check_channel_vector(inputs[i].name, c.in[i], c.in[1].shape.back()));
    }
    c.out = {c.in[1], c.in[2], c.in[2]};
    return {};
  }

  // The formulas of BatchNormalizationGrad.
  static void reference(const ops::NhwcBatchNormalizationGrad& op, ReferenceContext& c) {
    const AxisSplit s = ops::last_axis_split(c.in(1).shape());
    const std::vector<double> dy = read_f64(c.in(0));
    const std::vector<double> x = read_f64(c.in(1));
    std::vector<double> dx(x.size());
    for (std::int64_t k = 0; k < s.size; ++k) {
      const ops::Moments m{.mean = FloatReader(c.in(3))[k], .variance = FloatReader(c.in(4))[k]};
      const double inverse = m.inverse_deviation(op.epsilon);
      double dscale = 0;
      double dbias = 0;
      ops::for_each_of_channel(s, k, [&](std::size_t i) {
        dscale += dy[i] * (x[i] - m.mean) * inverse;
        dbias += dy[i];
      });
      const double share = op.training_mode ? 1 / static_cast<double>(s.outer) : 0.0;
      const double factor = FloatReader(c.in(2))[k] * inverse;
      ops::for_each_of_channel(s, k, [&](std::size_t i) {
        const double normal = (x[i] - m.mean) * inverse;
        dx[i] = factor * (dy[i] - (dbias + normal * dscale) * share);
      });
      if (c.wants(1)) FloatWriter(c.out(1)).set(k, dscale);
      if (c.wants(2)) FloatWriter(c.out(2)).set(k, dbias);
    }
    if (c.wants(0)) write_f64(dx, c.out(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::NhwcBatchNormalizationGrad>() {
  static constexpr OpDef def =
      make_op<ops::NhwcBatchNormalizationGrad, NhwcBatchNormalizationGradImpl>(
          "NhwcBatchNormalizationGrad", "tern", 1);
  return def;
}

}  // namespace tern
