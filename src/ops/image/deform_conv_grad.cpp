#include <algorithm>

#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/image/deformable.h"
#include "ops/reference.h"

namespace tern {
namespace {

struct DeformConvGradImpl {
  static constexpr std::string_view summary = "Gradients of DeformConv.";
  static constexpr auto inputs =
      std::array{Port{"dY", kFloats}, Port{"X", kFloats}, Port{"W", kFloats},
                 Port{"offset", kFloats}, Port{"mask", kFloats, PortKind::kOptional}};
  static constexpr auto outputs =
      std::array{Port{"dX", kFloats}, Port{"dW", kFloats}, Port{"doffset", kFloats},
                 Port{"dmask", kFloats, PortKind::kOptional}};

  static Status infer(const ops::DeformConvGrad& op, InferContext& c) {
    const TypeInfo mask = c.has(4) ? c.in[4] : TypeInfo();
    TERN_ASSIGN_OR_RETURN(const TypeInfo y,
                          ops::infer_deform_conv(op, c.in[1], c.in[2], c.in[3], TypeInfo(), mask));
    TERN_TRY(ops::check_same_shape("dY", c.in[0], "DeformConv's output", y));
    c.out = {c.in[1], c.in[2], c.in[3]};
    if (c.has(4)) c.out.push_back(mask);
    if (c.out.size() < c.wanted_outputs) return invalid_argument("dmask without a mask");
    return {};
  }

  static void reference(const ops::DeformConvGrad& op, ReferenceContext& c) {
    const auto grid = ops::DeformableGrid::make(op, c.in(1).shape(), c.in(2).shape());
    if (!grid.ok()) return c.fail(grid.status());
    const std::vector<double> dy = read_f64(c.in(0));
    const std::vector<double> x = read_f64(c.in(1));
    const std::vector<double> w = read_f64(c.in(2));
    const FloatReader offset(c.in(3));
    std::vector<double> dx(x.size()), dw(w.size());
    std::vector<double> doffset(static_cast<std::size_t>(c.in(3).elements()));
    std::vector<double> dmask(c.has(4) ? static_cast<std::size_t>(c.in(4).elements()) : 0);
    std::vector<double> slope(grid->rank());
    grid->for_each_sample([&](const ops::DeformedSample& s) {
      const auto pixel = [&](std::int64_t at) { return s.image + static_cast<std::size_t>(at); };
      const auto pixels = grid->pixels_of(s, offset);
      double sample = 0;
      std::ranges::fill(slope, 0.0);
      ops::for_each_pixel(pixels, grid->strides(),
                          [&](std::int64_t at, double weight, auto slopes) {
                            sample += weight * x[pixel(at)];
                            for (std::size_t i = 0; i < slope.size(); ++i)
                              slope[i] += slopes[i] * x[pixel(at)];
                          });
      const double mask = c.has(4) ? FloatReader(c.in(4))[s.mask] : 1.0;
      double d = 0;  // the gradient of the masked sample
      grid->for_each_output(s, [&](std::size_t weight, std::size_t from) {
        dw[weight] += dy[from] * sample * mask;
        d += dy[from] * w[weight];
      });
      if (c.has(4)) dmask[static_cast<std::size_t>(s.mask)] += d * sample;
      ops::for_each_pixel(pixels, grid->strides(), [&](std::int64_t at, double weight, auto) {
        dx[pixel(at)] += d * mask * weight;
      });
      for (std::size_t axis = 0; axis < slope.size(); ++axis) {
        doffset[grid->offset_at(s, axis)] += d * mask * slope[axis];
      }
    });
    const std::array results{&dx, &dw, &doffset, &dmask};
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (c.wants(i)) write_f64(*results[i], c.out(i));
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::DeformConvGrad>() {
  static constexpr OpDef def =
      make_op<ops::DeformConvGrad, DeformConvGradImpl>("DeformConvGrad", "tern", 1);
  return def;
}

}  // namespace tern
