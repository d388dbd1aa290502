#include "base/errors.h"
#include "ops/image/grid_sampling.h"
#include "ops/reference.h"

namespace tern {
namespace {

struct GridSampleGradImpl {
  static constexpr std::string_view summary = "Gradients of GridSample.";
  static constexpr auto inputs = std::array{Port{"dY", kFloats}, Port{"X", kFloats},
                                            Port{"grid", kFloats, PortKind::kRequired, 'G'}};
  static constexpr auto outputs =
      std::array{Port{"dX", kFloats}, Port{"dgrid", kFloats, PortKind::kRequired, 'G'}};

  static Status infer(const ops::GridSampleGrad&, InferContext& c) {
    TERN_TRY(ops::check_grid(c.in[1], c.in[2]));
    if (c.in[0].rank() != c.in[1].rank()) {
      return invalid_argument("dY has rank {}, X has {}", c.in[0].rank(), c.in[1].rank());
    }
    c.out = {c.in[1], c.in[2]};
    return {};
  }

  static void reference(const ops::GridSampleGrad& op, ReferenceContext& c) {
    const ops::GridGeometry g(c.in(1).shape(), c.in(2).shape());
    if (c.in(0).elements() != g.batch * g.channels * g.points) {
      return c.fail(invalid_argument("dY has {} elements, not {}", c.in(0).elements(),
                                     g.batch * g.channels * g.points));
    }
    const std::vector<double> x = read_f64(c.in(1));
    std::vector<double> dx(x.size(), 0.0);
    std::vector<double> dgrid(static_cast<std::size_t>(c.in(2).elements()), 0.0);
    const FloatReader dy(c.in(0));
    const FloatReader grid(c.in(2));
    const std::int64_t rank = g.spatial.rank();
    for (std::int64_t n = 0; n < g.batch; ++n) {
      for (std::int64_t p = 0; p < g.points; ++p) {
        const std::int64_t point = n * g.points + p;
        const auto axes = g.axes_of(op, grid, point);
        for (std::int64_t channel = n * g.channels; channel < (n + 1) * g.channels; ++channel) {
          const double d = dy[channel * g.points + p];
          ops::for_each_pixel(axes, g.strides,
                              [&](std::int64_t at, double weight, std::span<const double> slopes) {
                                const auto from = static_cast<std::size_t>(channel * g.pixels + at);
                                dx[from] += d * weight;
                                for (std::int64_t axis = 0; axis < rank; ++axis) {
                                  dgrid[static_cast<std::size_t>(point * rank + rank - 1 - axis)] +=
                                      d * x[from] * slopes[static_cast<std::size_t>(axis)];
                                }
                              });
        }
      }
    }
    if (c.wants(0)) write_f64(dx, c.out(0));
    if (c.wants(1)) write_f64(dgrid, c.out(1));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::GridSampleGrad>() {
  static constexpr OpDef def =
      make_op<ops::GridSampleGrad, GridSampleGradImpl>("GridSampleGrad", "tern", 1);
  return def;
}

}  // namespace tern
