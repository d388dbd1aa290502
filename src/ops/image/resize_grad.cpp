#include "base/errors.h"
#include "ops/axes.h"
#include "ops/grad.h"
#include "ops/image/resampling.h"

namespace tern {
namespace {

// The transpose of resampling one axis: back to an axis of `size` elements.
std::vector<double> spread(const std::vector<double>& values, Shape& shape,
                           const ops::AxisTaps& axis, std::int64_t size) {
  const AxisSplit s = split_at(shape, axis.axis);
  std::vector<double> out(static_cast<std::size_t>(s.outer * size * s.inner), 0.0);
  std::size_t from = 0;
  for (std::int64_t o = 0; o < s.outer; ++o) {
    for (const std::vector<ops::Tap>& taps : axis.taps) {
      for (std::int64_t i = 0; i < s.inner; ++i, ++from) {
        for (const ops::Tap& tap : taps) {
          out[static_cast<std::size_t>((o * size + tap.from) * s.inner + i)] +=
              tap.weight * values[from];
        }
      }
    }
  }
  shape[axis.axis] = size;
  return out;
}

struct ResizeGradImpl {
  static constexpr std::string_view summary = "Sums of dY over what each element of X went into.";
  static constexpr auto inputs = std::array{
      Port{"dY", kFloats}, Port{"X", kAnyType, PortKind::kRequired, 'X', /*shape_only=*/true},
      Port{"roi", kFloats, PortKind::kOptional, 'R'},
      Port{"scales", DType::kF32, PortKind::kOptional, 'S'},
      Port{"sizes", DType::kI64, PortKind::kOptional, 'I'}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::ResizeGrad&, InferContext& c) {
    if (c.in[0].rank() != c.in[1].rank()) {
      return invalid_argument("dY has rank {}, X has {}", c.in[0].rank(), c.in[1].rank());
    }
    c.out.emplace_back(c.in[0].dtype, c.in[1].shape);
    return {};
  }

  static void reference(const ops::ResizeGrad& op, ReferenceContext& c) {
    const Shape& x = c.out(0).shape();
    const auto axes = ops::resize_taps(op, c, x, c.in(0).shape(), 2);
    if (!axes.ok()) return c.fail(axes.status());
    Shape shape = c.in(0).shape();
    std::vector<double> values = read_f64(c.in(0));
    for (const ops::AxisTaps& axis : *axes) values = spread(values, shape, axis, x[axis.axis]);
    if (!(shape == x)) {
      return c.fail(invalid_argument("dY {} does not come from X {}", c.in(0).shape().to_string(),
                                     x.to_string()));
    }
    write_f64(values, c.out(0));
  }

  static void gradient(const ops::ResizeGrad& op, GradContext& g) {
    ops::Resize resize = op;
    resize.extrapolation_value = 0;
    g.set(0, g.builder().op(resize, {g.grad(0), g.input(2), g.input(3), g.input(4)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ResizeGrad>() {
  static constexpr OpDef def = make_op<ops::ResizeGrad, ResizeGradImpl>("ResizeGrad", "tern", 1);
  return def;
}

}  // namespace tern
