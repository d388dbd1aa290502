#include "base/errors.h"
#include "ops/elementwise.h"
#include "tern/ops/train.h"

namespace tern {
namespace {

struct SgdUpdateImpl {
  static constexpr std::string_view summary =
      "One step of stochastic gradient descent, with momentum.";
  static constexpr auto inputs =
      std::array{Port{"W", kFloats}, Port{"G", kFloats, PortKind::kRequired, 'G'},
                 Port{"learning_rate", kFloats, PortKind::kRequired, 'R'},
                 Port{"M", kFloats, PortKind::kOptional}};
  static constexpr auto outputs =
      std::array{Port{"W_new", kFloats}, Port{"M_new", kFloats, PortKind::kOptional}};

  static Status infer(const ops::SgdUpdate& op, InferContext& c) {
    TERN_TRY(ops::check_same_shape("G", c.in[1], "W", c.in[0]));
    TERN_TRY(ops::check_scalar("learning_rate", c.in[2]));
    if (c.has(3)) TERN_TRY(ops::check_same_shape("M", c.in[3], "W", c.in[0]));
    if (!c.has(3) && op.momentum != 0) {
      return invalid_argument("momentum {} needs its state M", op.momentum);
    }
    c.out = {c.in[0], c.in[0]};
    return {};
  }

  static void reference(const ops::SgdUpdate& op, ReferenceContext& c) {
    const FloatReader w(c.in(0)), g(c.in(1));
    const double rate = FloatReader(c.in(2))[0];
    for (std::int64_t i = 0, n = c.in(0).elements(); i < n; ++i) {
      const double gradient = g[i] + double{op.weight_decay} * w[i];
      const double before = c.has(3) ? FloatReader(c.in(3))[i] : 0.0;
      const double velocity = double{op.momentum} * before + gradient;
      const double step = op.nesterov ? gradient + double{op.momentum} * velocity : velocity;
      if (c.wants(0)) FloatWriter(c.out(0)).set(i, w[i] - rate * step);
      if (c.wants(1)) FloatWriter(c.out(1)).set(i, velocity);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::SgdUpdate>() {
  static constexpr OpDef def = make_op<ops::SgdUpdate, SgdUpdateImpl>("SgdUpdate", "tern", 1);
  return def;
}

}  // namespace tern
