#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct WhereImpl {
  static constexpr std::string_view summary = "X where the condition holds, else Y.";
  static constexpr auto inputs = std::array{Port{"condition", kBools, PortKind::kRequired, 'B'},
                                            Port{"X", kAnyType}, Port{"Y", kAnyType}};
  static constexpr auto outputs = std::array{Port{"output", kAnyType}};

  static Status infer(const ops::Where&, InferContext& c) {
    return ops::infer_broadcast(c, c.in[1].dtype);
  }

  static void reference(const ops::Where&, ReferenceContext& c) {
    Tensor& out = c.out(0);
    const Shape& shape = out.shape();
    const bool* condition = c.in(0).data<bool>();
    const Shape of_condition = broadcast_strides(c.in(0).shape(), shape);
    for (const bool chosen : {true, false}) {
      const Tensor& from = c.in(chosen ? 1 : 2);
      for_each_offset(shape, of_condition, broadcast_strides(from.shape(), shape),
                      [&](std::int64_t i, std::int64_t at, std::int64_t k) {
                        if (condition[at] == chosen) copy_element(from, k, out, i);
                      });
    }
  }

  static void gradient(const ops::Where&, GradContext& g) {
    const Value condition = g.input(0);
    const Value dy = g.grad(0);
    if (g.wants(1)) ops::set_broadcast_gradient(g, 1, where(condition, dy, 0.0));
    if (g.wants(2)) ops::set_broadcast_gradient(g, 2, where(condition, 0.0, dy));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Where>() {
  static constexpr OpDef def = make_op<ops::Where, WhereImpl>("Where", "ai.onnx", 9);
  return def;
}

}  // namespace tern
