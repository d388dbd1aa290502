#include "base/errors.h"
#include "ops/grad.h"
#include "ops/tensor/dims.h"
#include "ops/tensor/padding.h"

namespace tern {
namespace {

struct PadGradImpl {
  static constexpr std::string_view summary =
      "The sums of dY over the places that each element of data went to.";
  static constexpr auto inputs = std::array{
      Port{"dY", kFloats}, Port{"data", kAnyType, PortKind::kRequired, 'D', /*shape_only=*/true},
      Port{"pads", DType::kI64, PortKind::kRequired, 'P'},
      Port{"axes", kIndices, PortKind::kOptional, 'I'}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::PadGrad&, InferContext& c) {
    if (c.in[0].rank() != c.in[1].rank()) {
      return invalid_argument("dY has rank {}, data has {}", c.in[0].rank(), c.in[1].rank());
    }
    c.out.emplace_back(c.in[0].dtype, c.in[1].shape);
    return {};
  }

  static void reference(const ops::PadGrad& op, ReferenceContext& c) {
    const Shape& data = c.out(0).shape();
    const Shape& padded = c.in(0).shape();
    std::optional<std::vector<std::int64_t>> axes;
    if (c.has(3)) axes = ops::int_list(c.in(3));
    const Result<std::vector<ops::AxisPad>> pads =
        ops::axis_pads(ops::int_list(c.in(2)), axes ? &*axes : nullptr, data.rank());
    if (!pads.ok()) return c.fail(pads.status());
    const Result<std::vector<Dim>> expected =
        ops::padded_dims({data.begin(), data.end()}, *pads, op.mode);
    if (!expected.ok()) return c.fail(expected.status());
    for (int axis = 0; axis < data.rank(); ++axis) {
      const Dim& size = (*expected)[static_cast<std::size_t>(axis)];
      if (size.value() != padded[axis]) {
        return c.fail(invalid_argument("dY has size {} on axis {}, the padded data has {}",
                                       padded[axis], axis, size.value()));
      }
    }
    std::vector<double> sums(static_cast<std::size_t>(data.elements()), 0.0);
    const FloatReader dy(c.in(0));
    ops::for_each_padded(data, padded, *pads, op.mode, [&](std::int64_t i, std::int64_t to) {
      if (to >= 0) sums[static_cast<std::size_t>(to)] += dy[i];
    });
    const FloatWriter dx(c.out(0));
    for (std::size_t i = 0; i < sums.size(); ++i) dx.set(static_cast<std::int64_t>(i), sums[i]);
  }

  static void gradient(const ops::PadGrad& op, GradContext& g) {
    g.set(0,
          g.builder().op(ops::Pad{.mode = op.mode}, {g.grad(0), g.input(2), Value(), g.input(3)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::PadGrad>() {
  static constexpr OpDef def = make_op<ops::PadGrad, PadGradImpl>("PadGrad", "tern", 1);
  return def;
}

}  // namespace tern
