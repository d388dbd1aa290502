#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "A * B element by element.";
  static constexpr TypeSet types = kNumeric;
  static constexpr bool wraps = true;
  template <class T>
  static T apply(T a, T b) {
    return a * b;
  }
  static void gradient(const ops::Mul&, GradContext& g) {
    if (g.wants(0)) ops::set_broadcast_gradient(g, 0, g.grad(0) * g.input(1));
    if (g.wants(1)) ops::set_broadcast_gradient(g, 1, g.grad(0) * g.input(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Mul>() {
  static constexpr OpDef def =
      make_op<ops::Mul, ops::BinaryImpl<ops::Mul, Meaning>>("Mul", "ai.onnx", 7);
  return def;
}

}  // namespace tern
