#include "ops/elementwise.h"
#include "ops/nn/roi_pooling.h"

namespace tern {
namespace {

struct MaxRoiPoolImpl {
  static constexpr std::string_view summary = "The largest value in each cell of each region.";
  static constexpr auto inputs = std::array{Port{"X", kFloats}, Port{"rois", kFloats}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::MaxRoiPool& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(TypeInfo y, ops::infer_roi_pool(op, c.in[0], c.in[1]));
    c.out.push_back(std::move(y));
    return {};
  }
  static void reference(const ops::MaxRoiPool& op, ReferenceContext& c) {
    const FloatReader x(c.in(0));
    const FloatWriter y(c.out(0));
    const Status status = ops::for_each_roi_cell(
        op, c.in(0), c.in(1),
        [&](std::int64_t i, std::int64_t at) { y.set(i, at < 0 ? 0.0 : x[at]); });
    if (!status.ok()) c.fail(status);
  }
  // Rounded corners carry no gradient.
  static void gradient(const ops::MaxRoiPool& op, GradContext& g) {
    g.set(0, g.builder().op(ops::MaxRoiPoolGrad{.pooled_shape = op.pooled_shape,
                                                .spatial_scale = op.spatial_scale},
                            {g.grad(0), g.input(0), g.input(1)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::MaxRoiPool>() {
  static constexpr OpDef def = make_op<ops::MaxRoiPool, MaxRoiPoolImpl>("MaxRoiPool", "ai.onnx", 1);
  return def;
}

}  // namespace tern
