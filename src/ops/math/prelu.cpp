#include "base/errors.h"
#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

constexpr TypeSet kTypes = kFloats | kIndices | DType::kU32 | DType::kU64;

struct Meaning {
  static constexpr TypeSet types = kTypes;
  template <class T>
  static T apply(T x, T slope) {
    return x < 0 ? slope * x : x;
  }
};

struct PReluImpl {
  static constexpr std::string_view summary = "X for X >= 0, else slope X.";
  static constexpr auto inputs = std::array{Port{"X", kTypes}, Port{"slope", kTypes}};
  static constexpr auto outputs = ops::unary_output(kTypes);

  static Status infer(const ops::PRelu&, InferContext& c) {
    // Only the slope is broadcast.
    const TypeInfo& x = c.in[0];
    const TypeInfo& slope = c.in[1];
    if (slope.rank() > x.rank()) {
      return invalid_argument("slope has rank {}, X has {}", slope.rank(), x.rank());
    }
    const std::size_t lead = x.shape.size() - slope.shape.size();
    for (std::size_t i = 0; i < slope.shape.size(); ++i) {
      const Dim& s = slope.shape[i];
      const Dim& d = x.shape[lead + i];
      if (s.known() && d.known() && s.value() != 1 && s.value() != d.value()) {
        return invalid_argument("slope has size {} on axis {} of X, which has {}", s.value(),
                                lead + i, d.value());
      }
    }
    return ops::infer_same(c);
  }
  static void reference(const ops::PRelu&, ReferenceContext& c) {
    ops::reference_binary(c, ops::binary_functions<Meaning>());
  }
  static void gradient(const ops::PRelu&, GradContext& g) {
    const Value x = g.input(0);
    const Value dy = g.grad(0);
    const Value negative = less(x, 0.0);
    if (g.wants(0)) g.set(0, where(negative, dy * g.input(1), dy));
    if (g.wants(1)) ops::set_broadcast_gradient(g, 1, where(negative, dy * x, 0.0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::PRelu>() {
  static constexpr OpDef def = make_op<ops::PRelu, PReluImpl>("PRelu", "ai.onnx", 9);
  return def;
}

}  // namespace tern
