#include "base/errors.h"
#include "ops/draw.h"
#include "ops/elementwise.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

struct DropoutImpl {
  static constexpr std::string_view summary =
      "Zeroes random elements and scales the rest, in training.";
  static constexpr auto inputs =
      std::array{Port{"data", kFloats}, Port{"ratio", kFloats, PortKind::kOptional, 'R'},
                 Port{"training_mode", kBools, PortKind::kOptional, 'B'}};
  static constexpr auto outputs =
      std::array{Port{"output", kFloats}, Port{"mask", kBools, PortKind::kOptional, 'B'}};
  static constexpr bool random = true;

  static Status infer(const ops::Dropout&, InferContext& c) {
    TypeInfo mask = c.in[0];
    mask.dtype = DType::kBool;
    c.out.push_back(c.in[0]);
    c.out.push_back(std::move(mask));
    for (const std::size_t i : {1, 2}) {
      if (c.has(i)) TERN_TRY(ops::check_scalar(inputs[i].name, c.in[i]));
    }
    return {};
  }

  static void reference(const ops::Dropout& op, ReferenceContext& c) {
    const bool training = c.has(2) && IntReader(c.in(2))[0] != 0;
    const double ratio = c.has(1) ? FloatReader(c.in(1))[0] : 0.5;
    if (training && !(ratio >= 0 && ratio < 1)) {
      return c.fail(invalid_argument("ratio {} is not in [0, 1)", ratio));
    }
    const ElementDraw draw(c.random(), op.seed);
    const FloatReader in(c.in(0));
    for (std::int64_t i = 0, n = c.in(0).elements(); i < n; ++i) {
      const bool kept = !training || draw.uniform(i) >= static_cast<float>(ratio);
      if (c.wants(0)) {
        FloatWriter(c.out(0)).set(i, !training ? in[i] : kept ? in[i] / (1 - ratio) : 0.0);
      }
      if (c.wants(1)) c.out(1).mutable_data<bool>()[i] = kept;
    }
  }

  static void gradient(const ops::Dropout&, GradContext& g) {
    if (!g.grad(0).present()) return;
    if (!g.input(2).present()) return g.set(0, g.grad(0));  // the identity
    // A second draw would be another node's; the mask says what this one kept.
    g.set(0, g.builder().op(ops::DropoutGrad{},
                            {g.grad(0), g.require_output(1), g.input(1), g.input(2)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Dropout>() {
  static constexpr OpDef def = make_op<ops::Dropout, DropoutImpl>("Dropout", "ai.onnx", 13);
  return def;
}

}  // namespace tern
