#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "A - B.";
  static constexpr TypeSet types = kNumeric;
  static constexpr bool wraps = true;
  template <class T>
  static T apply(T a, T b) {
    return a - b;
  }
  static void gradient(const ops::Sub&, GradContext& g) {
    ops::set_broadcast_gradient(g, 0, g.grad(0));
    if (g.wants(1)) ops::set_broadcast_gradient(g, 1, -g.grad(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Sub>() {
  static constexpr OpDef def =
      make_op<ops::Sub, ops::BinaryImpl<ops::Sub, Meaning>>("Sub", "ai.onnx", 7);
  return def;
}

}  // namespace tern
