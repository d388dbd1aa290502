#include <cmath>

#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/expand.h"
#include "tern/functions.h"
#include "tern/ops/transformer.h"

namespace tern {
namespace {

struct SwiGLUImpl {
  static constexpr std::string_view summary = "A sigmoid(alpha A) B.";
  static constexpr auto inputs = std::array{Port{"A", kFloats}, Port{"B", kFloats}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::SwiGLU&, InferContext& c) {
    TERN_TRY(ops::check_same_shape("B", c.in[1], "A", c.in[0]));
    return ops::infer_same(c);
  }

  static void reference(const ops::SwiGLU& op, ReferenceContext& c) {
    const FloatReader a(c.in(0)), b(c.in(1));
    const FloatWriter y(c.out(0));
    for (std::int64_t i = 0; i < c.in(0).elements(); ++i) {
      y.set(i, a[i] / (1 + std::exp(-op.alpha * a[i])) * b[i]);
    }
  }

  static void gradient(const ops::SwiGLU& op, GradContext& g) {
    const Value a = g.input(0), b = g.input(1), dy = g.grad(0);
    const Value s = sigmoid(a * op.alpha);
    const Value gate = a * s;
    g.set(0, dy * b * (s + gate * op.alpha * (1.0 - s)));
    g.set(1, dy * gate);
  }

  static void expand(const ops::SwiGLU& op, ExpandContext& c) {
    c.set(0, c.builder().op(ops::Swish{.alpha = op.alpha}, {c.input(0)}) * c.input(1));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::SwiGLU>() {
  static constexpr OpDef def = make_op<ops::SwiGLU, SwiGLUImpl>("SwiGLU", "ai.onnx", 28);
  return def;
}

}  // namespace tern
