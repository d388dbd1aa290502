#include "ops/random/drawing.h"
#include "tern/ops/random.h"

namespace tern {
namespace {

struct RandomUniformLikeImpl {
  static constexpr std::string_view summary =
      "Evenly distributed numbers in the sizes of the input.";
  static constexpr auto inputs =
      std::array{Port{"input", kAnyType, PortKind::kRequired, 'X', /*shape_only=*/true}};
  static constexpr auto outputs = std::array{Port{"output", kFloats}};
  static constexpr bool random = true;

  static Status infer(const ops::RandomUniformLike& op, InferContext& c) {
    return ops::infer_float_like(c, op.dtype);
  }

  static void reference(const ops::RandomUniformLike& op, ReferenceContext& c) {
    ops::fill_random(c, op.seed, [&](const ops::WideDraw& draw, std::int64_t i) {
      return op.low + (op.high - op.low) * draw.uniform(i);
    });
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::RandomUniformLike>() {
  static constexpr OpDef def =
      make_op<ops::RandomUniformLike, RandomUniformLikeImpl>("RandomUniformLike", "ai.onnx", 1);
  return def;
}

}  // namespace tern
