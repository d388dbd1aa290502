#include "base/errors.h"
#include "ops/axes.h"
#include "ops/broadcast.h"
#include "ops/elementwise.h"
#include "ops/nn/normalization.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

struct RMSNormalizationGradImpl {
  static constexpr std::string_view summary = "Gradients of RMSNormalization.";
  static constexpr auto inputs =
      std::array{Port{"dY", kFloats, PortKind::kRequired, 'V'}, Port{"X", kFloats},
                 Port{"scale", kFloats, PortKind::kRequired, 'V'}};
  static constexpr auto outputs =
      std::array{Port{"dX", kFloats}, Port{"dScale", kFloats, PortKind::kOptional, 'V'}};

  static Status infer(const ops::RMSNormalizationGrad& op, InferContext& c) {
    TERN_TRY(normalize_axis(op.axis, c.in[1].rank()).status());
    TERN_TRY(ops::check_same_shape("dY", c.in[0], "X", c.in[1]));
    TERN_TRY(ops::check_broadcasts_to("scale", c.in[2], c.in[1]));
    c.out = {c.in[1], c.in[2]};
    return {};
  }

  // With r = 1 / root mean square and g = dy * scale: dx = r (g - x r^2 mean(g x)).
  static void reference(const ops::RMSNormalizationGrad& op, ReferenceContext& c) {
    const Shape& shape = c.in(1).shape();
    const int axis = *normalize_axis(op.axis, shape.rank());
    const std::vector<double> dy = read_f64(c.in(0));
    const std::vector<double> x = read_f64(c.in(1));
    const std::vector<double> scale = read_f64(c.in(2));
    std::vector<std::size_t> scale_of(x.size());
    for_each_offset(shape, broadcast_strides(c.in(2).shape(), shape),
                    [&](std::int64_t i, std::int64_t s) {
                      scale_of[static_cast<std::size_t>(i)] = static_cast<std::size_t>(s);
                    });
    const auto length = static_cast<std::size_t>(shape.elements(axis, shape.rank()));
    std::vector<double> dx(x.size()), dscale(scale.size());
    for (std::size_t row = 0; row + length <= x.size() && length > 0; row += length) {
      const double r = ops::inverse_root_mean_square(std::span(x).subspan(row, length), op.epsilon);
      double mean_gx = 0;
      for (std::size_t i = row; i < row + length; ++i) {
        mean_gx += dy[i] * scale[scale_of[i]] * x[i] / static_cast<double>(length);
        dscale[scale_of[i]] += dy[i] * x[i] * r;
      }
      for (std::size_t i = row; i < row + length; ++i) {
        dx[i] = r * (dy[i] * scale[scale_of[i]] - x[i] * r * r * mean_gx);
      }
    }
    if (c.wants(0)) write_f64(dx, c.out(0));
    if (c.wants(1)) write_f64(dscale, c.out(1));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::RMSNormalizationGrad>() {
  static constexpr OpDef def = make_op<ops::RMSNormalizationGrad, RMSNormalizationGradImpl>(
      "RMSNormalizationGrad", "tern", 1);
  return def;
}

}  // namespace tern
