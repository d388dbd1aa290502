#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/nn/channel_groups.h"
#include "tern/ops/nn.h"
#include "tern/ops/norm.h"

namespace tern {
namespace {

struct InstanceNormalizationImpl {
  static constexpr std::string_view summary =
      "Mean 0 and variance 1 in each channel of each image, then scale and bias.";
  static constexpr auto inputs =
      std::array{Port{"input", kFloats}, Port{"scale", kFloats}, Port{"B", kFloats}};
  static constexpr auto outputs = std::array{Port{"output", kFloats}};

  static Status infer(const ops::InstanceNormalization&, InferContext& c) {
    TERN_TRY(ops::check_channel_groups(c, 0, 0, true));
    return ops::infer_same(c);
  }
  static void reference(const ops::InstanceNormalization& op, ReferenceContext& c) {
    ops::reference_channel_groups(c, 0, op.epsilon);
  }
  static void gradient(const ops::InstanceNormalization& op, GradContext& g) {
    const std::vector<Value> d = g.builder().op_n(
        ops::GroupNormalizationGrad{.epsilon = op.epsilon}, {g.grad(0), g.input(0), g.input(1)}, 3);
    for (std::size_t i = 0; i < 3; ++i) g.set(i, d[i]);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::InstanceNormalization>() {
  static constexpr OpDef def = make_op<ops::InstanceNormalization, InstanceNormalizationImpl>(
      "InstanceNormalization", "ai.onnx", 6);
  return def;
}

}  // namespace tern
