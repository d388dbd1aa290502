#include <cmath>

#include "base/errors.h"
#include "ops/axes.h"
#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/norm.h"

namespace tern {
namespace {

struct LpNormalizationImpl {
  static constexpr std::string_view summary = "X divided by its norm along `axis`.";
  static constexpr auto inputs = std::array{Port{"input", kFloats}};
  static constexpr auto outputs = std::array{Port{"output", kFloats}};

  static Status infer(const ops::LpNormalization& op, InferContext& c) {
    TERN_TRY(normalize_axis(op.axis, c.in[0].rank()).status());
    if (op.p != 1 && op.p != 2) return invalid_argument("p is {}, not 1 or 2", op.p);
    return ops::infer_same(c);
  }

  static void reference(const ops::LpNormalization& op, ReferenceContext& c) {
    const FloatReader x(c.in(0));
    const FloatWriter y(c.out(0));
    const AxisSplit s = split_at(c.in(0).shape(), *normalize_axis(op.axis, c.in(0).rank()));
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (std::int64_t i = 0; i < s.inner; ++i) {
        const auto at = [&](std::int64_t k) { return (o * s.size + k) * s.inner + i; };
        double sum = 0;
        for (std::int64_t k = 0; k < s.size; ++k) {
          sum += op.p == 1 ? std::abs(x[at(k)]) : x[at(k)] * x[at(k)];
        }
        const double norm = op.p == 1 ? sum : std::sqrt(sum);
        for (std::int64_t k = 0; k < s.size; ++k) y.set(at(k), norm == 0 ? 0.0 : x[at(k)] / norm);
      }
    }
  }

  // With n the norm, s = sum(dy y) and d its slope, sign(x) or y: dx = (dy - d s) / n.
  static void gradient(const ops::LpNormalization& op, GradContext& g) {
    const Value x = g.input(0), y = g.output(0), dy = g.grad(0);
    const Value norm =
        op.p == 1 ? reduce_sum(abs(x), {op.axis}) : sqrt(reduce_sum(x * x, {op.axis}));
    const Value slope = op.p == 1 ? sign(x) : y;
    const Value change = dy - slope * reduce_sum(dy * y, {op.axis});
    const Value empty = equal(norm, 0.0);
    g.set(0, where(empty, 0.0, change / where(empty, 1.0, norm)));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::LpNormalization>() {
  static constexpr OpDef def =
      make_op<ops::LpNormalization, LpNormalizationImpl>("LpNormalization", "ai.onnx", 1);
  return def;
}

}  // namespace tern
