#include "base/errors.h"
#include "ops/grad.h"
#include "ops/nn/space_blocks.h"
#include "ops/reference.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

struct DepthToSpaceGradImpl {
  static constexpr std::string_view summary = "Gradient of DepthToSpace.";
  static constexpr auto inputs = std::array{Port{"dY", kFloats}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::DepthToSpaceGrad& op, InferContext& c) {
    return ops::infer_space_to_depth(op.blocksize, c);
  }
  static void reference(const ops::DepthToSpaceGrad& op, ReferenceContext& c) {
    ops::for_each_of_blocks(c.out(0).shape(), op.blocksize, op.mode,
                            [&](std::int64_t depth, std::int64_t space) {
                              copy_element(c.in(0), space, c.out(0), depth);
                            });
  }
  static void gradient(const ops::DepthToSpaceGrad& op, GradContext& g) {
    g.set(0, g.builder().op(ops::DepthToSpace{.blocksize = op.blocksize, .mode = op.mode},
                            {g.grad(0)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::DepthToSpaceGrad>() {
  static constexpr OpDef def =
      make_op<ops::DepthToSpaceGrad, DepthToSpaceGradImpl>("DepthToSpaceGrad", "tern", 1);
  return def;
}

}  // namespace tern
