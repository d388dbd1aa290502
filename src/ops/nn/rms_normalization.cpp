#include <cmath>

#include "base/errors.h"
#include "ops/axes.h"
#include "ops/broadcast.h"
#include "ops/elementwise.h"
#include "ops/expand.h"
#include "ops/nn/normalization.h"
#include "tern/functions.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

struct RMSNormalizationImpl {
  static constexpr std::string_view summary =
      "X divided by the root of its mean square over the last axes, then scaled.";
  static constexpr auto inputs =
      std::array{Port{"X", kFloats}, Port{"scale", kFloats, PortKind::kRequired, 'V'}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats, PortKind::kRequired, 'V'}};

  static Status infer(const ops::RMSNormalization& op, InferContext& c) {
    TERN_TRY(normalize_axis(op.axis, c.in[0].rank()).status());
    TERN_TRY(ops::check_broadcasts_to("scale", c.in[1], c.in[0]));
    TypeInfo y = c.in[0];
    y.dtype = c.in[1].dtype;
    c.out.push_back(std::move(y));
    return {};
  }

  static void reference(const ops::RMSNormalization& op, ReferenceContext& c) {
    const Shape& shape = c.in(0).shape();
    const int axis = *normalize_axis(op.axis, shape.rank());
    std::vector<double> x = read_f64(c.in(0));
    const auto length = static_cast<std::size_t>(shape.elements(axis, shape.rank()));
    for (std::size_t row = 0; row + length <= x.size() && length > 0; row += length) {
      const std::span<double> values = std::span(x).subspan(row, length);
      const double inverse = ops::inverse_root_mean_square(values, op.epsilon);
      for (double& value : values) value *= inverse;
    }
    const FloatReader scale(c.in(1));
    const FloatWriter out(c.out(0));
    for_each_offset(shape, broadcast_strides(c.in(1).shape(), shape),
                    [&](std::int64_t i, std::int64_t s) {
                      out.set(i, x[static_cast<std::size_t>(i)] * scale[s]);
                    });
  }

  static void gradient(const ops::RMSNormalization& op, GradContext& g) {
    const std::vector<Value> d =
        g.builder().op_n(ops::RMSNormalizationGrad{.axis = op.axis, .epsilon = op.epsilon},
                         {g.grad(0), g.input(0), g.input(1)}, 2);
    g.set(0, d[0]);
    g.set(1, d[1]);
  }

  static void expand(const ops::RMSNormalization& op, ExpandContext& c) {
    const Value x = c.input(0), scale = c.input(1);
    std::vector<std::int64_t> axes;
    for (std::int64_t axis = op.axis < 0 ? op.axis : op.axis - x.rank(); axis < 0; ++axis) {
      axes.push_back(axis);
    }
    const Value wide = x.dtype() == op.stash_type ? x : cast(x, op.stash_type);
    const Value normal = wide / sqrt(reduce_mean(wide * wide, axes) + op.epsilon);
    c.set(0, (op.stash_type == scale.dtype() ? normal : cast(normal, scale.dtype())) * scale);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::RMSNormalization>() {
  static constexpr OpDef def =
      make_op<ops::RMSNormalization, RMSNormalizationImpl>("RMSNormalization", "ai.onnx", 23);
  return def;
}

}  // namespace tern
