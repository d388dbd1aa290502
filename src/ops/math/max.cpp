#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Better {
  static constexpr TypeSet types = kNumeric;
  static double apply(double a, double b) {
    return std::isnan(a) || a > b ? a : b;  // a NaN in b compares false, so it is taken
  }
  static std::int64_t apply(std::int64_t a, std::int64_t b) { return a > b ? a : b; }
  static std::uint64_t apply(std::uint64_t a, std::uint64_t b) { return a > b ? a : b; }
};

struct MaxImpl {
  static constexpr std::string_view summary = "The largest of all inputs.";
  static constexpr auto inputs = ops::variadic_input(kNumeric);
  static constexpr auto outputs = ops::unary_output(kNumeric);

  static Status infer(const ops::Max&, InferContext& c) { return ops::infer_variadic(c); }
  static void reference(const ops::Max&, ReferenceContext& c) {
    ops::reference_variadic(c, ops::binary_functions<Better>());
  }
  static void gradient(const ops::Max&, GradContext& g) { ops::gradient_of_choice(g); }
};

}  // namespace

template <>
const OpDef& def_of<ops::Max>() {
  static constexpr OpDef def = make_op<ops::Max, MaxImpl>("Max", "ai.onnx", 12);
  return def;
}

}  // namespace tern
