#include "ops/nn/global_pool.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

struct GlobalAveragePoolGradImpl {
  static constexpr std::string_view summary = "Gradient of GlobalAveragePool.";
  static constexpr auto inputs = std::array{
      Port{"dY", kFloats}, Port{"X", kFloats, PortKind::kRequired, 'L', /*shape_only=*/true}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::GlobalAveragePoolGrad&, InferContext& c) {
    return ops::infer_global_pool_gradient(c);
  }
  static void reference(const ops::GlobalAveragePoolGrad&, ReferenceContext& c) {
    const Shape& shape = c.out(0).shape();
    const std::int64_t plane = shape.elements(2, shape.rank());
    const FloatReader dy(c.in(0));
    const FloatWriter dx(c.out(0));
    for (std::int64_t i = 0, n = shape.elements(); i < n; ++i) {
      dx.set(i, dy[i / plane] / static_cast<double>(plane));
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::GlobalAveragePoolGrad>() {
  static constexpr OpDef def = make_op<ops::GlobalAveragePoolGrad, GlobalAveragePoolGradImpl>(
      "GlobalAveragePoolGrad", "tern", 1);
  return def;
}

}  // namespace tern
