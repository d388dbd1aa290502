#include "ops/elementwise.h"
#include "ops/nn/unpooling.h"
#include "tern/functions.h"
#include "tern/ops/pool.h"

namespace tern {
namespace {

struct MaxUnpoolGradImpl {
  static constexpr std::string_view summary = "Gradient of MaxUnpool.";
  static constexpr auto inputs =
      std::array{Port{"dY", kFloats}, Port{"I", DType::kI64, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::MaxUnpoolGrad& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const std::vector<Dim> least, ops::unpooled_dims(op, c.in[1].shape));
    const std::vector<Dim>& dims = c.in[0].shape;
    if (dims.size() != least.size()) {
      return invalid_argument("dY has rank {}, I has {}", dims.size(), least.size());
    }
    for (std::size_t i = 0; i < dims.size(); ++i) {
      if (dims[i].known() && least[i].known() && dims[i].value() < least[i].value()) {
        return invalid_argument("dY has {} on axis {}, at least {} are needed", dims[i].value(), i,
                                least[i].value());
      }
    }
    c.out.emplace_back(c.in[0].dtype, c.in[1].shape);
    return {};
  }

  static void reference(const ops::MaxUnpoolGrad& op, ReferenceContext& c) {
    const FloatReader dy(c.in(0));
    const FloatWriter dx(c.out(0));
    const Status status = ops::for_each_unpooled(
        op, c.in(1), c.in(0).shape(), [&](std::int64_t i, std::int64_t at) { dx.set(i, dy[at]); });
    if (!status.ok()) c.fail(status);
  }

  static void gradient(const ops::MaxUnpoolGrad& op, GradContext& g) {
    g.set(0, g.builder().op(
                 ops::MaxUnpool{
                     .kernel_shape = op.kernel_shape, .pads = op.pads, .strides = op.strides},
                 {g.grad(0), g.input(1), shape_of(g.input(0))}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::MaxUnpoolGrad>() {
  static constexpr OpDef def =
      make_op<ops::MaxUnpoolGrad, MaxUnpoolGradImpl>("MaxUnpoolGrad", "tern", 1);
  return def;
}

}  // namespace tern
