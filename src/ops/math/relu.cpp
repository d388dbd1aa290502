#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "max(X, 0); NaN stays NaN.";
  static constexpr TypeSet types = kFloats | kSignedInts;
  static double apply(const ops::Relu&, double x) { return x > 0 || std::isnan(x) ? x : 0.0; }
  static std::int64_t apply(const ops::Relu&, std::int64_t x) { return x > 0 ? x : 0; }
  static std::uint64_t apply(const ops::Relu&, std::uint64_t x) { return x; }
  static void gradient(const ops::Relu&, GradContext& g) {
    g.set(0, g.builder().op(ops::ReluGrad{}, {g.grad(0), g.output(0)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Relu>() {
  static constexpr OpDef def =
      make_op<ops::Relu, ops::UnaryImpl<ops::Relu, Meaning>>("Relu", "ai.onnx", 6);
  return def;
}

}  // namespace tern
