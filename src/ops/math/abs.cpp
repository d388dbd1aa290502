#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "|X|.";
  static constexpr TypeSet types = kNumeric;
  static double apply(const ops::Abs&, double x) { return std::abs(x); }
  // The smallest integer is its own magnitude, as in two's complement arithmetic.
  static std::int64_t apply(const ops::Abs&, std::int64_t x) {
    return x < 0 ? static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(x)) : x;
  }
  static std::uint64_t apply(const ops::Abs&, std::uint64_t x) { return x; }
  static Value slope(const ops::Abs&, GradContext& g) { return sign(g.input(0)); }
};

}  // namespace

template <>
const OpDef& def_of<ops::Abs>() {
  static constexpr OpDef def =
      make_op<ops::Abs, ops::UnaryImpl<ops::Abs, Meaning>>("Abs", "ai.onnx", 6);
  return def;
}

}  // namespace tern
