#include <cmath>
#include <numbers>

#include "ops/elementwise.h"
#include "ops/expand.h"
#include "tern/functions.h"
#include "tern/ops/fused_grad.h"
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
  static void gradient(const ops::Gelu& op, GradContext& g) {
    g.set(0, g.builder().op(ops::GeluGrad{.approximate = op.approximate}, {g.grad(0), g.input(0)}));
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
