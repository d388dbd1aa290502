#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "A + B.";
  static constexpr TypeSet types = kNumeric;
  static constexpr bool wraps = true;
  template <class T>
  static T apply(T a, T b) {
    return a + b;
  }
  static void gradient(const ops::Add&, GradContext& g) {
    ops::set_broadcast_gradient(g, 0, g.grad(0));
    ops::set_broadcast_gradient(g, 1, g.grad(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Add>() {
  static constexpr OpDef def =
      make_op<ops::Add, ops::BinaryImpl<ops::Add, Meaning>>("Add", "ai.onnx", 7);
  return def;
}

}  // namespace tern
