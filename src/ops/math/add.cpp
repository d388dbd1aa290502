#include "ops/elementwise.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct AddImpl {
  static constexpr std::string_view summary = "A + B, broadcast.";
  static constexpr auto inputs = ops::binary_inputs(kNumeric);
  static constexpr auto outputs = ops::binary_output(kNumeric);

  static Status infer(const ops::Add&, InferContext& c) { return ops::infer_broadcast(c); }
  static void reference(const ops::Add&, ReferenceContext& c) {
    ops::reference_binary(
        c, [](double a, double b) { return a + b; },
        [](std::int64_t a, std::int64_t b) {
          // Integer sums wrap around, which signed arithmetic may not.
          return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) +
                                           static_cast<std::uint64_t>(b));
        });
  }
  static void gradient(const ops::Add&, GradContext& g) {
    ops::set_broadcast_gradient(g, 0, g.grad(0));
    ops::set_broadcast_gradient(g, 1, g.grad(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Add>() {
  static constexpr OpDef def = make_op<ops::Add, AddImpl>("Add", "ai.onnx", 14);
  return def;
}

}  // namespace tern
