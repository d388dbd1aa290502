#include <cmath>
#include <numbers>

#include "base/errors.h"
#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/fused_grad.h"

namespace tern {
namespace {

constexpr double kTanhScale = 0.79788456080286535588;  // sqrt(2 / pi)
constexpr double kTanhCubic = 0.044715;

// Density and distribution function of the normal distribution.
double density(double x) { return std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi); }
double distribution(double x) { return 0.5 * (1 + std::erf(x / std::numbers::sqrt2)); }

double slope(const ops::GeluGrad& op, double x) {
  if (op.approximate == ops::GeluApproximation::kNone) return distribution(x) + x * density(x);
  const double t = std::tanh(kTanhScale * (x + kTanhCubic * x * x * x));
  const double inner = kTanhScale * (1 + 3 * kTanhCubic * x * x);
  return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner;
}

struct GeluGradImpl {
  static constexpr std::string_view summary = "Gradient of Gelu.";
  static constexpr auto inputs = std::array{Port{"dY", kFloats}, Port{"X", kFloats}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::GeluGrad&, InferContext& c) {
    TERN_TRY(ops::check_same_shape("dY", c.in[0], "X", c.in[1]));
    c.out.push_back(c.in[1]);
    return {};
  }

  static void reference(const ops::GeluGrad& op, ReferenceContext& c) {
    const FloatReader dy(c.in(0)), x(c.in(1));
    const FloatWriter dx(c.out(0));
    for (std::int64_t i = 0, n = c.in(1).elements(); i < n; ++i) dx.set(i, dy[i] * slope(op, x[i]));
  }

  // The second derivative is density(x) (2 - x^2); with t = tanh(u(x)) that of the approximation is
  // (1 - t^2) (u' + x / 2 (u'' - 2 t u'^2)).
  static void gradient(const ops::GeluGrad& op, GradContext& g) {
    const Value d = g.grad(0), dy = g.input(0), x = g.input(1);
    if (g.wants(0)) g.set(0, g.builder().op(op, {d, x}));
    if (!g.wants(1)) return;
    if (op.approximate == ops::GeluApproximation::kNone) {
      const double scale = 1 / std::sqrt(2 * std::numbers::pi);
      return g.set(1, d * dy * exp(x * x * -0.5) * (2.0 - x * x) * scale);
    }
    const Value t = tanh((x + x * x * x * kTanhCubic) * kTanhScale);
    const Value first = (x * x * (3 * kTanhCubic) + 1.0) * kTanhScale;
    const Value second = x * (6 * kTanhCubic * kTanhScale);
    g.set(1, d * dy * (1.0 - t * t) * (first + x * 0.5 * (second - t * first * first * 2.0)));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::GeluGrad>() {
  static constexpr OpDef def = make_op<ops::GeluGrad, GeluGradImpl>("GeluGrad", "tern", 1);
  return def;
}

}  // namespace tern
