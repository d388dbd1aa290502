#include "ops/random/drawing.h"
#include "tern/ops/random.h"

namespace tern {
namespace {

struct RandomNormalLikeImpl {
  static constexpr std::string_view summary =
      "Normally distributed numbers in the sizes of the input.";
  static constexpr auto inputs =
      std::array{Port{"input", kAnyType, PortKind::kRequired, 'X', /*shape_only=*/true}};
  static constexpr auto outputs = std::array{Port{"output", kFloats}};
  static constexpr bool random = true;

  static Status infer(const ops::RandomNormalLike& op, InferContext& c) {
    return ops::infer_float_like(c, op.dtype);
  }

  static void reference(const ops::RandomNormalLike& op, ReferenceContext& c) {
    ops::fill_random(c, op.seed, [&](const ops::WideDraw& draw, std::int64_t i) {
      return op.mean + op.scale * draw.normal(i);
    });
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::RandomNormalLike>() {
  static constexpr OpDef def =
      make_op<ops::RandomNormalLike, RandomNormalLikeImpl>("RandomNormalLike", "ai.onnx", 1);
  return def;
}

}  // namespace tern
