#include <cmath>

#include "base/errors.h"
#include "ops/elementwise.h"
#include "tern/ops/train.h"

namespace tern {
namespace {

struct AdamUpdateImpl {
  static constexpr std::string_view summary = "One step of Adam or AdamW.";
  static constexpr auto inputs =
      std::array{Port{"W", kFloats},
                 Port{"G", kFloats, PortKind::kRequired, 'G'},
                 Port{"learning_rate", kFloats, PortKind::kRequired, 'R'},
                 Port{"step", DType::kI64, PortKind::kRequired, 'I'},
                 Port{"M", kFloats},
                 Port{"V", kFloats}};
  static constexpr auto outputs =
      std::array{Port{"W_new", kFloats}, Port{"M_new", kFloats}, Port{"V_new", kFloats}};

  static Status infer(const ops::AdamUpdate&, InferContext& c) {
    TERN_TRY(ops::check_scalar("learning_rate", c.in[2]));
    TERN_TRY(ops::check_scalar("step", c.in[3]));
    for (const std::size_t i : {1, 4, 5}) {
      TERN_TRY(ops::check_same_shape(inputs[i].name, c.in[i], "W", c.in[0]));
    }
    c.out = {c.in[0], c.in[0], c.in[0]};
    return {};
  }

  static void reference(const ops::AdamUpdate& op, ReferenceContext& c) {
    const FloatReader w(c.in(0)), g(c.in(1)), m(c.in(4)), v(c.in(5));
    const double rate = FloatReader(c.in(2))[0];
    const std::int64_t step = IntReader(c.in(3))[0];
    if (step < 1) return c.fail(invalid_argument("step {} is below 1", step));
    const double beta1 = op.beta1, beta2 = op.beta2, decay = op.weight_decay;
    const double correction1 = 1 - std::pow(beta1, static_cast<double>(step));
    const double correction2 = 1 - std::pow(beta2, static_cast<double>(step));
    for (std::int64_t i = 0, n = c.in(0).elements(); i < n; ++i) {
      const double gradient = g[i] + (op.decoupled_weight_decay ? 0.0 : decay * w[i]);
      const double start = op.decoupled_weight_decay ? w[i] * (1 - rate * decay) : w[i];
      const double m_new = beta1 * m[i] + (1 - beta1) * gradient;
      const double v_new = beta2 * v[i] + (1 - beta2) * gradient * gradient;
      const double size = std::sqrt(v_new / correction2) + double{op.epsilon};
      if (c.wants(0)) FloatWriter(c.out(0)).set(i, start - rate * (m_new / correction1) / size);
      if (c.wants(1)) FloatWriter(c.out(1)).set(i, m_new);
      if (c.wants(2)) FloatWriter(c.out(2)).set(i, v_new);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::AdamUpdate>() {
  static constexpr OpDef def = make_op<ops::AdamUpdate, AdamUpdateImpl>("AdamUpdate", "tern", 1);
  return def;
}

}  // namespace tern
