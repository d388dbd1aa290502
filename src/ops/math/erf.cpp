#include <cmath>
#include <numbers>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

std::int64_t erf_of_integer(double x) { return static_cast<std::int64_t>(std::erf(x)); }

struct Meaning {
  static constexpr std::string_view summary = "The error function.";
  static constexpr TypeSet types = kNumeric;
  static double apply(const ops::Erf&, double x) { return std::erf(x); }
  // erf rounded towards zero, as a cast of the real value would be; it never reaches 1.
  static std::int64_t apply(const ops::Erf&, std::int64_t x) {
    return erf_of_integer(static_cast<double>(x));
  }
  static std::uint64_t apply(const ops::Erf&, std::uint64_t x) {
    return static_cast<std::uint64_t>(erf_of_integer(static_cast<double>(x)));
  }
  static Value slope(const ops::Erf&, GradContext& g) {
    const Value x = g.input(0);
    return exp(-(x * x)) * (2.0 * std::numbers::inv_sqrtpi);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Erf>() {
  static constexpr OpDef def =
      make_op<ops::Erf, ops::UnaryImpl<ops::Erf, Meaning>>("Erf", "ai.onnx", 9);
  return def;
}

}  // namespace tern
