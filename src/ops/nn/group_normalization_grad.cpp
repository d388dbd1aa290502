#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/nn/channel_groups.h"
#include "tern/ops/norm.h"

namespace tern {
namespace {

struct GroupNormalizationGradImpl {
  static constexpr std::string_view summary =
      "Gradients of GroupNormalization and InstanceNormalization.";
  static constexpr auto inputs =
      std::array{Port{"dY", kFloats}, Port{"X", kFloats}, Port{"scale", kFloats}};
  static constexpr auto outputs =
      std::array{Port{"dX", kFloats}, Port{"dScale", kFloats, PortKind::kOptional},
                 Port{"dBias", kFloats, PortKind::kOptional}};

  static Status infer(const ops::GroupNormalizationGrad& op, InferContext& c) {
    TERN_TRY(ops::check_same_shape("dY", c.in[0], "X", c.in[1]));
    TERN_TRY(ops::check_channel_groups(c, 1, op.num_groups, false));
    c.out = {c.in[1], c.in[2], c.in[2]};
    return {};
  }

  // With n = (x - mean) / deviation and g = dy * scale:
  // dx = (g - mean(g) - n * mean(g * n)) / deviation.
  static void reference(const ops::GroupNormalizationGrad& op, ReferenceContext& c) {
    const ops::ChannelGroups groups(c.in(1).shape(), op.num_groups);
    const std::vector<double> all_dy = read_f64(c.in(0));
    const std::vector<double> all_x = read_f64(c.in(1));
    const std::vector<double> scale = read_f64(c.in(2));
    std::vector<double> all_dx(all_x.size()), dscale(scale.size()), dbias(scale.size());
    for (std::int64_t group = 0; group < groups.count; ++group) {
      const std::span<const double> dy = groups.of(std::span<const double>(all_dy), group);
      const std::span<const double> x = groups.of(std::span<const double>(all_x), group);
      const std::span<double> dx = groups.of(std::span(all_dx), group);
      const ops::Moments m = ops::moments_of(x);
      const double inverse = m.inverse_deviation(op.epsilon);
      const auto count = static_cast<double>(x.size());
      double mean_g = 0;
      double mean_gn = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const std::size_t channel = groups.channel(group, i);
        const double normal = (x[i] - m.mean) * inverse;
        mean_g += dy[i] * scale[channel] / count;
        mean_gn += dy[i] * scale[channel] * normal / count;
        dscale[channel] += dy[i] * normal;
        dbias[channel] += dy[i];
      }
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double normal = (x[i] - m.mean) * inverse;
        dx[i] = (dy[i] * scale[groups.channel(group, i)] - mean_g - normal * mean_gn) * inverse;
      }
    }
    if (c.wants(0)) write_f64(all_dx, c.out(0));
    if (c.wants(1)) write_f64(dscale, c.out(1));
    if (c.wants(2)) write_f64(dbias, c.out(2));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::GroupNormalizationGrad>() {
  static constexpr OpDef def = make_op<ops::GroupNormalizationGrad, GroupNormalizationGradImpl>(
      "GroupNormalizationGrad", "tern", 1);
  return def;
}

}  // namespace tern
