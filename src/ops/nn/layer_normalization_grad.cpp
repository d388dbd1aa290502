#include "base/errors.h"
#include "ops/axes.h"
#include "ops/broadcast.h"
#include "ops/elementwise.h"
#include "ops/nn/normalization.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

struct LayerNormalizationGradImpl {
  static constexpr std::string_view summary = "Gradients of LayerNormalization.";
  static constexpr auto inputs =
      std::array{Port{"dY", kFloats}, Port{"X", kFloats}, Port{"Scale", kFloats}};
  static constexpr auto outputs =
      std::array{Port{"dX", kFloats}, Port{"dScale", kFloats, PortKind::kOptional},
                 Port{"dB", kFloats, PortKind::kOptional}};

  static Status infer(const ops::LayerNormalizationGrad& op, InferContext& c) {
    TERN_TRY(normalize_axis(op.axis, c.in[1].rank()).status());
    TERN_TRY(ops::check_same_shape("dY", c.in[0], "X", c.in[1]));
    TERN_TRY(ops::check_broadcasts_to("Scale", c.in[2], c.in[1]));
    c.out = {c.in[1], c.in[2], c.in[2]};
    return {};
  }

  // With n = (x - mean) / deviation and g = dy * scale:
  // dx = (g - mean(g) - n * mean(g * n)) / deviation.
  static void reference(const ops::LayerNormalizationGrad& op, ReferenceContext& c) {
    const Shape& shape = c.in(1).shape();
    const int axis = *normalize_axis(op.axis, shape.rank());
    const std::vector<double> dy = read_f64(c.in(0));
    const std::vector<double> x = read_f64(c.in(1));
    const auto length = static_cast<std::size_t>(shape.elements(axis, shape.rank()));
    const auto scale_size = static_cast<std::size_t>(c.in(2).elements());
    std::vector<std::size_t> scale_of(x.size());
    for_each_offset(shape, broadcast_strides(c.in(2).shape(), shape),
                    [&](std::int64_t i, std::int64_t s) {
                      scale_of[static_cast<std::size_t>(i)] = static_cast<std::size_t>(s);
                    });
    const std::vector<double> scale = read_f64(c.in(2));
    std::vector<double> dx(x.size()), dscale(scale_size), dbias(scale_size);
    for (std::size_t row = 0; row + length <= x.size() && length > 0; row += length) {
      const ops::Moments m = ops::moments_of(std::span(x).subspan(row, length));
      const double inverse = m.inverse_deviation(op.epsilon);
      double mean_g = 0;
      double mean_gn = 0;
      for (std::size_t i = row; i < row + length; ++i) {
        const double normal = (x[i] - m.mean) * inverse;
        const double g = dy[i] * scale[scale_of[i]];
        mean_g += g / static_cast<double>(length);
        mean_gn += g * normal / static_cast<double>(length);
        dscale[scale_of[i]] += dy[i] * normal;
        dbias[scale_of[i]] += dy[i];
      }
      for (std::size_t i = row; i < row + length; ++i) {
        const double normal = (x[i] - m.mean) * inverse;
        dx[i] = (dy[i] * scale[scale_of[i]] - mean_g - normal * mean_gn) * inverse;
      }
    }
    if (c.wants(0)) write_f64(dx, c.out(0));
    if (c.wants(1)) write_f64(dscale, c.out(1));
    if (c.wants(2)) write_f64(dbias, c.out(2));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::LayerNormalizationGrad>() {
  static constexpr OpDef def = make_op<ops::LayerNormalizationGrad, LayerNormalizationGradImpl>(
      "LayerNormalizationGrad", "tern", 1);
  return def;
}

}  // namespace tern
