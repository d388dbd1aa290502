#include "base/errors.h"
#include "ops/grad.h"
#include "ops/nn/space_blocks.h"
#include "ops/reference.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

struct DepthToSpaceImpl {
  static constexpr std::string_view summary = "Moves channels into blocks of space.";
  static constexpr auto inputs = std::array{Port{"input", kAnyType}};
  static constexpr auto outputs = std::array{Port{"output", kAnyType}};

  static Status infer(const ops::DepthToSpace& op, InferContext& c) {
    return ops::infer_depth_to_space(op.blocksize, c);
  }
  static void reference(const ops::DepthToSpace& op, ReferenceContext& c) {
    ops::for_each_of_blocks(c.in(0).shape(), op.blocksize, op.mode,
                            [&](std::int64_t depth, std::int64_t space) {
                              copy_element(c.in(0), depth, c.out(0), space);
                            });
  }
  static void gradient(const ops::DepthToSpace& op, GradContext& g) {
    g.set(0, g.builder().op(ops::DepthToSpaceGrad{.blocksize = op.blocksize, .mode = op.mode},
                            {g.grad(0)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::DepthToSpace>() {
  static constexpr OpDef def =
      make_op<ops::DepthToSpace, DepthToSpaceImpl>("DepthToSpace", "ai.onnx", 13);
  return def;
}

}  // namespace tern
