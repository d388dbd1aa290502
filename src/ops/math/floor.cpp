#include <cmath>

#include "ops/elementwise.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "The largest integer not above X.";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Floor&, double x) { return std::floor(x); }
  static void gradient(const ops::Floor&, GradContext&) {}  // zero almost everywhere
};

}  // namespace

template <>
const OpDef& def_of<ops::Floor>() {
  static constexpr OpDef def =
      make_op<ops::Floor, ops::UnaryImpl<ops::Floor, Meaning>>("Floor", "ai.onnx", 6);
  return def;
}

}  // namespace tern
