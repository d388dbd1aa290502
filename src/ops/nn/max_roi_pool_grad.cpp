#include "ops/elementwise.h"
#include "ops/nn/roi_pooling.h"

namespace tern {
namespace {

struct MaxRoiPoolGradImpl {
  static constexpr std::string_view summary = "Gradient of MaxRoiPool.";
  static constexpr auto inputs =
      std::array{Port{"dY", kFloats}, Port{"X", kFloats}, Port{"rois", kFloats}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::MaxRoiPoolGrad& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const TypeInfo y, ops::infer_roi_pool(op, c.in[1], c.in[2]));
    TERN_TRY(ops::check_same_shape("dY", c.in[0], "Y", y));
    c.out.push_back(c.in[1]);
    return {};
  }
  static void reference(const ops::MaxRoiPoolGrad& op, ReferenceContext& c) {
    const FloatReader dy(c.in(0));
    std::vector<double> dx(static_cast<std::size_t>(c.in(1).elements()), 0.0);
    const Status status =
        ops::for_each_roi_cell(op, c.in(1), c.in(2), [&](std::int64_t i, std::int64_t at) {
          if (at >= 0) dx[static_cast<std::size_t>(at)] += dy[i];
        });
    if (!status.ok()) return c.fail(status);
    write_f64(dx, c.out(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::MaxRoiPoolGrad>() {
  static constexpr OpDef def =
      make_op<ops::MaxRoiPoolGrad, MaxRoiPoolGradImpl>("MaxRoiPoolGrad", "tern", 1);
  return def;
}

}  // namespace tern
