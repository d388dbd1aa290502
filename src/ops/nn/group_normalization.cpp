#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/expand.h"
#include "ops/nn/channel_groups.h"
#include "tern/functions.h"
#include "tern/ops/norm.h"

namespace tern {
namespace {

struct GroupNormalizationImpl {
  static constexpr std::string_view summary =
      "Mean 0 and variance 1 in each group of channels, then scale and bias per channel.";
  static constexpr auto inputs =
      std::array{Port{"X", kFloats}, Port{"scale", kFloats}, Port{"bias", kFloats}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::GroupNormalization& op, InferContext& c) {
    if (op.num_groups < 1) return invalid_argument("num_groups is {}, not above 0", op.num_groups);
    TERN_TRY(ops::check_channel_groups(c, 0, op.num_groups, true));
    return ops::infer_same(c);
  }
  static void reference(const ops::GroupNormalization& op, ReferenceContext& c) {
    ops::reference_channel_groups(c, op.num_groups, op.epsilon);
  }
  static void gradient(const ops::GroupNormalization& op, GradContext& g) {
    const std::vector<Value> d = g.builder().op_n(
        ops::GroupNormalizationGrad{.epsilon = op.epsilon, .num_groups = op.num_groups},
        {g.grad(0), g.input(0), g.input(1)}, 3);
    for (std::size_t i = 0; i < 3; ++i) g.set(i, d[i]);
  }

  // The groups as channels of an InstanceNormalization, then scale and bias.
  static void expand(const ops::GroupNormalization& op, ExpandContext& c) {
    GraphBuilder& b = c.builder();
    const Value x = c.input(0);
    const auto vector = [&](double value) {
      return expand_to(b, b.scalar_of(x.dtype(), value), op.num_groups);
    };
    const Value groups = reshape(x, {0, op.num_groups, -1});
    const Value normal =
        b.op(ops::InstanceNormalization{.epsilon = op.epsilon}, {groups, vector(1.0), vector(0.0)});
    std::vector<std::int64_t> axes;
    for (int axis = 1; axis < x.rank() - 1; ++axis) axes.push_back(axis);
    const auto spread = [&](Value parameter) {
      return axes.empty() ? parameter : unsqueeze(parameter, axes);
    };
    c.set(0, reshape(normal, shape_of(x)) * spread(c.input(1)) + spread(c.input(2)));
  }

 private:
  static Value expand_to(GraphBuilder& b, Value scalar, std::int64_t size) {
    return tern::expand(scalar, b.constant(Tensor::vector<std::int64_t>({size})));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::GroupNormalization>() {
  static constexpr OpDef def =
      make_op<ops::GroupNormalization, GroupNormalizationImpl>("GroupNormalization", "ai.onnx", 21);
  return def;
}

}  // namespace tern
