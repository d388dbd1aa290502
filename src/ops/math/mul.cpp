#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct MulImpl {
  static constexpr std::string_view summary = "A * B element by element, broadcast.";
  static constexpr auto inputs = ops::binary_inputs(kNumeric);
  static constexpr auto outputs = ops::binary_output(kNumeric);

  static Status infer(const ops::Mul&, InferContext& c) { return ops::infer_broadcast(c); }
  static void reference(const ops::Mul&, ReferenceContext& c) {
    ops::reference_binary(
        c, [](double a, double b) { return a * b; },
        [](std::int64_t a, std::int64_t b) {
          return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) *
                                           static_cast<std::uint64_t>(b));
        });
  }
  static void gradient(const ops::Mul&, GradContext& g) {
    if (g.wants(0)) ops::set_broadcast_gradient(g, 0, g.grad(0) * g.input(1));
    if (g.wants(1)) ops::set_broadcast_gradient(g, 1, g.grad(0) * g.input(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Mul>() {
  static constexpr OpDef def = make_op<ops::Mul, MulImpl>("Mul", "ai.onnx", 14);
  return def;
}

}  // namespace tern
