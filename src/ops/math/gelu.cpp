#include <cmath>
#include <numbers>

#include "ops/elementwise.h"
#include "ops/expand.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

// Hendrycks and Gimpel, "Gaussian Error Linear Units": 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715
// x^3)))
constexpr double kTanhScale = 0.79788456080286535588;  // sqrt(2 / pi)
constexpr double kTanhCubic = 0.044715;

Value tanh_argument(Value x) { return (x + x * x * x * kTanhCubic) * kTanhScale; }
Value distribution(Value x) { return (erf(x * (1.0 / std::numbers::sqrt2)) + 1.0) * 0.5; }

struct Meaning {
  static constexpr std::string_view summary = "X times the normal distribution function of X.";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Gelu& op, double x) {
    if (op.approximate == ops::GeluApproximation::kTanh) {
      return 0.5 * x * (1.0 + std::tanh(kTanhScale * (x + kTanhCubic * x * x * x)));
    }
    return 0.5 * x * (1.0 + std::erf(x / std::numbers::sqrt2));
  }
  static Value slope(const ops::Gelu& op, GradContext& g) {
    const Value x = g.input(0);
    if (op.approximate == ops::GeluApproximation::kTanh) {
      const Value t = tanh(tanh_argument(x));
      const Value inner = (x * x * (3.0 * kTanhCubic) + 1.0) * kTanhScale;
      return 0.5 * (t + 1.0) + x * 0.5 * (1.0 - t * t) * inner;
    }
    const double density = 1.0 / std::sqrt(2.0 * std::numbers::pi);
    return distribution(x) + x * exp(x * x * -0.5) * density;
  }
  static void expand(const ops::Gelu& op, ExpandContext& c) {
    const Value x = c.input(0);
    if (op.approximate == ops::GeluApproximation::kTanh) {
      c.set(0, x * (tanh(tanh_argument(x)) + 1.0) * 0.5);
    } else {
      c.set(0, x * distribution(x));
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Gelu>() {
  static constexpr OpDef def =
      make_op<ops::Gelu, ops::UnaryImpl<ops::Gelu, Meaning>>("Gelu", "ai.onnx", 20);
  return def;
}

}  // namespace tern
