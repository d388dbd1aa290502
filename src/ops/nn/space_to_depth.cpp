#include "base/errors.h"
#include "ops/grad.h"
#include "ops/nn/space_blocks.h"
#include "ops/reference.h"

namespace tern {
namespace {

struct SpaceToDepthImpl {
  static constexpr std::string_view summary = "Moves blocks of space into channels.";
  static constexpr auto inputs = std::array{Port{"input", kAnyType}};
  static constexpr auto outputs = std::array{Port{"output", kAnyType}};

  static Status infer(const ops::SpaceToDepth& op, InferContext& c) {
    return ops::infer_space_to_depth(op.blocksize, c);
  }
  static void reference(const ops::SpaceToDepth& op, ReferenceContext& c) {
    ops::for_each_of_blocks(c.out(0).shape(), op.blocksize, ops::DepthToSpaceMode::kDcr,
                            [&](std::int64_t depth, std::int64_t space) {
                              copy_element(c.in(0), space, c.out(0), depth);
                            });
  }
  static void gradient(const ops::SpaceToDepth& op, GradContext& g) {
    g.set(0, g.builder().op(ops::DepthToSpace{.blocksize = op.blocksize}, {g.grad(0)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::SpaceToDepth>() {
  static constexpr OpDef def =
      make_op<ops::SpaceToDepth, SpaceToDepthImpl>("SpaceToDepth", "ai.onnx", 13);
  return def;
}

}  // namespace tern
