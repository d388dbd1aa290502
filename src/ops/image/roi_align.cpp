#include <algorithm>

#include "base/errors.h"
#include "ops/grad.h"
#include "ops/image/roi_sampling.h"

namespace tern {
namespace {

// Of each point the largest of its four weighted pixels counts, not the interpolated value: that is
// what the operator's published results are.
double largest(const std::vector<ops::RoiPoint>& points, std::span<const double> pixels) {
  double best = 0;
  for (std::size_t p = 0; p < points.size(); ++p) {
    for (std::size_t k = 0; k < 4; ++k) {
      const double value =
          points[p].weight[k] * pixels[static_cast<std::size_t>(points[p].pixel[k])];
      best = p == 0 && k == 0 ? value : std::max(best, value);
    }
  }
  return best;
}

double mean(const std::vector<ops::RoiPoint>& points, std::span<const double> pixels) {
  double sum = 0;
  for (const ops::RoiPoint& point : points) {
    for (std::size_t k = 0; k < 4; ++k) {
      sum += point.weight[k] * pixels[static_cast<std::size_t>(point.pixel[k])];
    }
  }
  return sum / std::max(1.0, static_cast<double>(points.size()));
}

struct RoiAlignImpl {
  static constexpr std::string_view summary = "Regions of an image at a common size.";
  static constexpr auto inputs =
      std::array{Port{"X", kFloats}, Port{"rois", kFloats},
                 Port{"batch_indices", DType::kI64, PortKind::kRequired, 'I'}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::RoiAlign& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(TypeInfo y, ops::infer_roi_align(op, c.in[0], c.in[1], c.in[2]));
    c.out.push_back(std::move(y));
    return {};
  }

  static void reference(const ops::RoiAlign& op, ReferenceContext& c) {
    const Shape& shape = c.in(0).shape();
    const auto pixels = static_cast<std::size_t>(shape[2] * shape[3]);
    const std::vector<double> x = read_f64(c.in(0));
    const FloatWriter y(c.out(0));
    const std::int64_t cells = op.output_height * op.output_width;
    for (std::int64_t r = 0; r < c.in(1).dim(0); ++r) {
      const auto place = ops::roi_place(op, shape, c.in(1), c.in(2), r);
      if (!place.ok()) return c.fail(place.status());
      for (std::int64_t cell = 0; cell < cells; ++cell) {
        const auto points = place->cells.points(cell / op.output_width, cell % op.output_width);
        for (std::int64_t k = 0; k < shape[1]; ++k) {
          const auto channel = static_cast<std::size_t>(place->image * shape[1] + k);
          const auto values = std::span(x).subspan(channel * pixels, pixels);
          y.set((r * shape[1] + k) * cells + cell,
                op.mode == ops::RoiMode::kMax ? largest(points, values) : mean(points, values));
        }
      }
    }
  }

  static void gradient(const ops::RoiAlign& op, GradContext& g) {
    g.set(0,
          g.builder().op(ops::RoiAlignGrad{op}, {g.grad(0), g.input(0), g.input(1), g.input(2)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::RoiAlign>() {
  static constexpr OpDef def = make_op<ops::RoiAlign, RoiAlignImpl>("RoiAlign", "ai.onnx", 16);
  return def;
}

}  // namespace tern
