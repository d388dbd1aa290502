#include <cmath>

#include "ops/elementwise.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "-1, 0 or 1; NaN stays NaN.";
  static constexpr TypeSet types = kNumeric;
  static double apply(const ops::Sign&, double x) { return std::isnan(x) ? x : (x > 0) - (x < 0); }
  static std::int64_t apply(const ops::Sign&, std::int64_t x) { return (x > 0) - (x < 0); }
  static std::uint64_t apply(const ops::Sign&, std::uint64_t x) { return x > 0 ? 1 : 0; }
  static void gradient(const ops::Sign&, GradContext&) {}  // zero almost everywhere
};

}  // namespace

template <>
const OpDef& def_of<ops::Sign>() {
  static constexpr OpDef def =
      make_op<ops::Sign, ops::UnaryImpl<ops::Sign, Meaning>>("Sign", "ai.onnx", 9);
  return def;
}

}  // namespace tern
