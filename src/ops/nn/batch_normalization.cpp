#include "base/errors.h"
#include "ops/axes.h"
#include "ops/nn/normalization.h"
#include "ops/reference.h"
#include "tern/ops/nn.h"

namespace tern {
namespace {

// X seen as [N, C, positions]; a vector is a batch of one channel.
AxisSplit channel_split(const Shape& x) {
  return x.rank() >= 2 ? split_at(x, 1) : AxisSplit{.outer = x.elements()};
}

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
    const Dim channels = x.rank() >= 2 ? x.shape[1] : Dim(1);
    for (std::size_t i = 1; i < 5; ++i) {
      TERN_TRY(ops::check_channel_vector(inputs[i].name, c.in[i], channels));
    }
    c.out = {c.in[0], c.in[3], c.in[4]};
    return {};
  }

  static void reference(const ops::BatchNormalization& op, ReferenceContext& c) {
    const AxisSplit s = channel_split(c.in(0).shape());
    const std::vector<double> x = read_f64(c.in(0));
    const FloatReader scale(c.in(1)), bias(c.in(2)), mean(c.in(3)), variance(c.in(4));
    std::vector<double> channel;
    for (std::int64_t k = 0; k < s.size; ++k) {
      ops::Moments m{.mean = mean[k], .variance = variance[k]};
      if (op.training_mode) {
        channel.clear();
        for (std::int64_t n = 0; n < s.outer; ++n) {
          const auto first = x.begin() + (n * s.size + k) * s.inner;
          channel.insert(channel.end(), first, first + s.inner);
        }
        m = ops::moments_of(channel);
      }
      // Without training the running statistics stay what they are.
      const double kept = op.training_mode ? double{op.momentum} : 0.0;
      if (c.wants(1)) FloatWriter(c.out(1)).set(k, mean[k] * kept + m.mean * (1 - kept));
      if (c.wants(2)) FloatWriter(c.out(2)).set(k, variance[k] * kept + m.variance * (1 - kept));
      if (!c.wants(0)) continue;
      const FloatWriter y(c.out(0));
      const double factor = scale[k] * m.inverse_deviation(op.epsilon);
      for (std::int64_t n = 0; n < s.outer; ++n) {
        for (std::int64_t p = 0; p < s.inner; ++p) {
          const std::int64_t i = (n * s.size + k) * s.inner + p;
          y.set(i, (x[static_cast<std::size_t>(i)] - m.mean) * factor + bias[k]);
        }
      }
    }
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
