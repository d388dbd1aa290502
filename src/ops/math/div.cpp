#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "A / B; integers truncate towards zero.";
  static constexpr TypeSet types = kNumeric;
  static double apply(double a, double b) { return a / b; }
  static std::int64_t apply(std::int64_t a, std::int64_t b) {
    // The smallest integer divided by -1 overflows; negation wraps around instead.
    if (b == -1) return static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(a));
    return b == 0 ? 0 : a / b;
  }
  static std::uint64_t apply(std::uint64_t a, std::uint64_t b) { return b == 0 ? 0 : a / b; }
  static void gradient(const ops::Div&, GradContext& g) {
    const Value da = g.grad(0) / g.input(1);
    ops::set_broadcast_gradient(g, 0, da);
    if (g.wants(1)) ops::set_broadcast_gradient(g, 1, -(da * g.output(0)));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Div>() {
  static constexpr OpDef def =
      make_op<ops::Div, ops::BinaryImpl<ops::Div, Meaning>>("Div", "ai.onnx", 7);
  return def;
}

}  // namespace tern
