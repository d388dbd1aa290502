#include "ops/random/drawing.h"
#include "tern/ops/random.h"

namespace tern {
namespace {

struct RandomUniformImpl {
  static constexpr std::string_view summary = "Evenly distributed numbers.";
  static constexpr auto inputs = std::array<Port, 0>{};
  static constexpr auto outputs = std::array{Port{"output", kFloats}};
  static constexpr bool random = true;

  static Status infer(const ops::RandomUniform& op, InferContext& c) {
    return ops::infer_floats(c, op.dtype, op.shape);
  }

  static void reference(const ops::RandomUniform& op, ReferenceContext& c) {
    ops::fill_random(c, op.seed, [&](const ops::WideDraw& draw, std::int64_t i) {
      return op.low + (op.high - op.low) * draw.uniform(i);
    });
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::RandomUniform>() {
  static constexpr OpDef def =
      make_op<ops::RandomUniform, RandomUniformImpl>("RandomUniform", "ai.onnx", 1);
  return def;
}

}  // namespace tern
