#include <algorithm>

#include "base/errors.h"
#include "ops/axes.h"
#include "ops/broadcast.h"
#include "ops/elementwise.h"
#include "ops/nn/normalization.h"
#include "tern/functions.h"
#include "tern/ops/norm.h"

namespace tern {
namespace {

constexpr double kEpsilon = 1e-9;  // added to the deviation, as the standard says

struct MeanVarianceNormalizationImpl {
  static constexpr std::string_view summary = "Mean 0 and variance 1 over `axes`.";
  static constexpr auto inputs = std::array{Port{"X", kFloats}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::MeanVarianceNormalization& op, InferContext& c) {
    TERN_TRY(normalize_axes(op.axes, c.in[0].rank()).status());
    return ops::infer_same(c);
  }

  static void reference(const ops::MeanVarianceNormalization& op, ReferenceContext& c) {
    const Shape& shape = c.in(0).shape();
    const std::vector<int> axes = *normalize_axes(op.axes, shape.rank());
    Shape kept = shape;
    for (const int axis : axes) kept[axis] = 1;
    std::vector<std::vector<double>> groups(static_cast<std::size_t>(kept.elements()));
    const Shape strides = broadcast_strides(kept, shape);
    const FloatReader x(c.in(0));
    for_each_offset(shape, strides, [&](std::int64_t i, std::int64_t group) {
      groups[static_cast<std::size_t>(group)].push_back(x[i]);
    });
    std::vector<ops::Moments> moments;
    for (const std::vector<double>& group : groups) moments.push_back(ops::moments_of(group));
    const FloatWriter y(c.out(0));
    for_each_offset(shape, strides, [&](std::int64_t i, std::int64_t group) {
      const ops::Moments& m = moments[static_cast<std::size_t>(group)];
      y.set(i, (x[i] - m.mean) / (std::sqrt(m.variance) + kEpsilon));
    });
  }

  // dx = (dy - mean(dy) - y mean(dy y)) / deviation.
  static void gradient(const ops::MeanVarianceNormalization& op, GradContext& g) {
    const Value x = g.input(0), y = g.output(0), dy = g.grad(0);
    if (op.axes.empty()) return;  // y is 0 wherever a group has one element
    const Value centred = x - reduce_mean(x, op.axes);
    const Value deviation = sqrt(reduce_mean(centred * centred, op.axes)) + kEpsilon;
    g.set(0, (dy - reduce_mean(dy, op.axes) - y * reduce_mean(dy * y, op.axes)) / deviation);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::MeanVarianceNormalization>() {
  static constexpr OpDef def =
      make_op<ops::MeanVarianceNormalization, MeanVarianceNormalizationImpl>(
          "MeanVarianceNormalization", "ai.onnx", 9);
  return def;
}

}  // namespace tern
