#include "base/errors.h"
#include "ops/image/roi_sampling.h"

namespace tern {
namespace {

// Adds what a cell's gradient `d` means for the pixels of its channel.
void spread(const ops::RoiAlign& op, const std::vector<ops::RoiPoint>& points, double d,
            std::span<const double> pixels, std::span<double> gradient) {
  const auto at = [](std::int64_t pixel) { return static_cast<std::size_t>(pixel); };
  if (points.empty()) return;
  if (op.mode == ops::RoiMode::kAvg) {
    const double share = d / static_cast<double>(points.size());
    for (const ops::RoiPoint& point : points) {
      for (std::size_t k = 0; k < 4; ++k) gradient[at(point.pixel[k])] += share * point.weight[k];
    }
    return;
  }
  // The first of the largest weighted pixels gets all of it.
  std::int64_t best = points[0].pixel[0];
  double weight = points[0].weight[0];
  for (const ops::RoiPoint& point : points) {
    for (std::size_t k = 0; k < 4; ++k) {
      if (point.weight[k] * pixels[at(point.pixel[k])] > weight * pixels[at(best)]) {
        best = point.pixel[k];
        weight = point.weight[k];
      }
    }
  }
  gradient[at(best)] += d * weight;
}

struct RoiAlignGradImpl {
  static constexpr std::string_view summary = "Gradient of RoiAlign with respect to X.";
  static constexpr auto inputs =
      std::array{Port{"dY", kFloats}, Port{"X", kFloats}, Port{"rois", kFloats},
                 Port{"batch_indices", DType::kI64, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::RoiAlignGrad& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const TypeInfo y, ops::infer_roi_align(op, c.in[1], c.in[2], c.in[3]));
    if (c.in[0].rank() != y.rank()) {
      return invalid_argument("dY has rank {}, not {}", c.in[0].rank(), y.rank());
    }
    c.out.push_back(c.in[1]);
    return {};
  }

  static void reference(const ops::RoiAlignGrad& op, ReferenceContext& c) {
    const Shape& shape = c.in(1).shape();
    const auto pixels = static_cast<std::size_t>(shape[2] * shape[3]);
    const std::int64_t cells = op.output_height * op.output_width;
    if (c.in(0).elements() != c.in(2).dim(0) * shape[1] * cells) {
      return c.fail(invalid_argument("dY has {} elements for {} regions", c.in(0).elements(),
                                     c.in(2).dim(0)));
    }
    const std::vector<double> x = read_f64(c.in(1));
    std::vector<double> dx(x.size(), 0.0);
    const FloatReader dy(c.in(0));
    for (std::int64_t r = 0; r < c.in(2).dim(0); ++r) {
      const auto place = ops::roi_place(op, shape, c.in(2), c.in(3), r);
      if (!place.ok()) return c.fail(place.status());
      for (std::int64_t cell = 0; cell < cells; ++cell) {
        const auto points = place->cells.points(cell / op.output_width, cell % op.output_width);
        for (std::int64_t k = 0; k < shape[1]; ++k) {
          const auto first = static_cast<std::size_t>(place->image * shape[1] + k) * pixels;
          spread(op, points, dy[(r * shape[1] + k) * cells + cell],
                 std::span(x).subspan(first, pixels), std::span(dx).subspan(first, pixels));
        }
      }
    }
    write_f64(dx, c.out(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::RoiAlignGrad>() {
  static constexpr OpDef def =
      make_op<ops::RoiAlignGrad, RoiAlignGradImpl>("RoiAlignGrad", "tern", 1);
  return def;
}

}  // namespace tern
