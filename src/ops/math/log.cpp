#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "The natural logarithm.";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Log&, double x) { return std::log(x); }
  static void gradient(const ops::Log&, GradContext& g) { g.set(0, g.grad(0) / g.input(0)); }
};

}  // namespace

template <>
const OpDef& def_of<ops::Log>() {
  static constexpr OpDef def =
      make_op<ops::Log, ops::UnaryImpl<ops::Log, Meaning>>("Log", "ai.onnx", 6);
  return def;
}

}  // namespace tern
