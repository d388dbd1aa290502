#include "ops/random/drawing.h"
#include "tern/ops/random.h"

namespace tern {
namespace {

struct RandomNormalImpl {
  static constexpr std::string_view summary = "Normally distributed numbers.";
  static constexpr auto inputs = std::array<Port, 0>{};
  static constexpr auto outputs = std::array{Port{"output", kFloats}};
  static constexpr bool random = true;

  static Status infer(const ops::RandomNormal& op, InferContext& c) {
    return ops::infer_floats(c, op.dtype, op.shape);
  }

  static void reference(const ops::RandomNormal& op, ReferenceContext& c) {
    ops::fill_random(c, op.seed, [&](const ops::WideDraw& draw, std::int64_t i) {
      return op.mean + op.scale * draw.normal(i);
    });
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::RandomNormal>() {
  static constexpr OpDef def =
      make_op<ops::RandomNormal, RandomNormalImpl>("RandomNormal", "ai.onnx", 1);
  return def;
}

}  // namespace tern
