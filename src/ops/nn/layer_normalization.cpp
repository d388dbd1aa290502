#include "base/errors.h"
#include "ops/axes.h"
#include "ops/broadcast.h"
#include "ops/grad.h"
#include "ops/nn/normalization.h"
#include "ops/reference.h"
#include "tern/functions.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

constexpr TypeSet kStashTypes = TypeSet(DType::kF32) | DType::kF16 | DType::kBF16 | DType::kF64;

struct LayerNormalizationImpl {
  static constexpr std::string_view summary =
      "Mean 0 and variance 1 over the last axes, then scale and bias.";
  static constexpr auto inputs = std::array{Port{"X", kFloats}, Port{"Scale", kFloats},
                                            Port{"B", kFloats, PortKind::kOptional}};
  static constexpr auto outputs =
      std::array{Port{"Y", kFloats}, Port{"Mean", kStashTypes, PortKind::kOptional, 'U'},
                 Port{"InvStdDev", kStashTypes, PortKind::kOptional, 'U'}};

  static Status infer(const ops::LayerNormalization& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const int axis, normalize_axis(op.axis, c.in[0].rank()));
    TERN_TRY(ops::check_broadcasts_to("Scale", c.in[1], c.in[0]));
    if (c.has(2)) TERN_TRY(ops::check_broadcasts_to("B", c.in[2], c.in[0]));
    if (!kStashTypes.contains(op.stash_type)) {
      return invalid_argument("stash_type is {}, not one of {}", to_string(op.stash_type),
                              kStashTypes.to_string());
    }
    TypeInfo statistics = c.in[0];
    statistics.dtype = op.stash_type;
    for (std::size_t i = static_cast<std::size_t>(axis); i < statistics.shape.size(); ++i) {
      statistics.shape[i] = Dim(1);
    }
    c.out = {c.in[0], statistics, statistics};
    return {};
  }

  static void reference(const ops::LayerNormalization& op, ReferenceContext& c) {
    const Shape& shape = c.in(0).shape();
    const int axis = *normalize_axis(op.axis, shape.rank());
    const std::vector<double> x = read_f64(c.in(0));
    const auto rows = static_cast<std::size_t>(shape.elements(0, axis));
    const auto length = static_cast<std::size_t>(shape.elements(axis, shape.rank()));
    std::vector<double> y(x.size());
    for (std::size_t row = 0; row < rows; ++row) {
      const ops::Moments m = ops::moments_of(std::span(x).subspan(row * length, length));
      const double inverse = m.inverse_deviation(op.epsilon);
      for (std::size_t i = row * length; i < (row + 1) * length; ++i) {
        y[i] = (x[i] - m.mean) * inverse;
      }
      const auto index = static_cast<std::int64_t>(row);
      if (c.wants(1)) FloatWriter(c.out(1)).set(index, m.mean);
      if (c.wants(2)) FloatWriter(c.out(2)).set(index, inverse);
    }
    if (!c.wants(0)) return;
    const FloatReader scale(c.in(1));
    const FloatReader bias(c.has(2) ? c.in(2) : c.in(1));
    const double with_bias = c.has(2) ? 1.0 : 0.0;
    const FloatWriter out(c.out(0));
    for_each_offset(shape, broadcast_strides(c.in(1).shape(), shape),
                    broadcast_strides(c.has(2) ? c.in(2).shape() : c.in(1).shape(), shape),
                    [&](std::int64_t i, std::int64_t s, std::int64_t b) {
                      out.set(i, y[static_cast<std::size_t>(i)] * scale[s] + with_bias * bias[b]);
                    });
  }

  static void gradient(const ops::LayerNormalization& op, GradContext& g) {
    if (g.grad(1).present() || g.grad(2).present()) {
      return g.builder().fail(
          unimplemented("a gradient through the statistics of LayerNormalization"));
    }
    const Value scale = g.input(1), bias = g.input(2);
    const std::vector<Value> d =
        g.builder().op_n(ops::LayerNormalizationGrad{.axis = op.axis, .epsilon = op.epsilon},
                         {g.grad(0), g.input(0), scale}, 3);
    g.set(0, d[0]);
    g.set(1, d[1]);
    if (!g.wants(2)) return;
    // The third output has Scale's shape; B may broadcast in another way.
    g.set(2, ops::same_shape(scale.type(), bias.type()) ? d[2] : sum_to_like(g.grad(0), bias));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::LayerNormalization>() {
  static constexpr OpDef def =
      make_op<ops::LayerNormalization, LayerNormalizationImpl>("LayerNormalization", "ai.onnx", 17);
  return def;
}

}  // namespace tern
