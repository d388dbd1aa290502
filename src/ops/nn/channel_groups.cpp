#include "ops/nn/channel_groups.h"

#include <algorithm>

#include "base/errors.h"

namespace tern::ops {

Status check_channel_groups(const InferContext& c, std::size_t offset, std::int64_t groups,
                            bool with_bias) {
  const TypeInfo& x = c.in[offset];
  if (x.rank() < 2) return invalid_argument("X has rank {}, not at least 2", x.rank());
  const Dim& channels = x.shape[1];
  TERN_TRY(check_channel_vector("scale", c.in[offset + 1], channels));
  if (with_bias) TERN_TRY(check_channel_vector("bias", c.in[offset + 2], channels));
  if (groups < 0) return invalid_argument("num_groups is {}, not above 0", groups);
  if (groups > 0 && channels.known() && channels.value() % groups != 0) {
    return invalid_argument("{} channels cannot be split into {} groups", channels.value(), groups);
  }
  return {};
}

ChannelGroups::ChannelGroups(const tern::Shape& x, std::int64_t groups)
    : per_image(groups == 0 ? x[1] : groups), positions(x.elements(2, x.rank())) {
  count = x[0] * per_image;
  channels = x[1] / std::max<std::int64_t>(1, per_image);
}

void reference_channel_groups(ReferenceContext& c, std::int64_t groups, double epsilon) {
  const ChannelGroups g(c.in(0).shape(), groups);
  const std::vector<double> x = read_f64(c.in(0));
  const std::vector<double> scale = read_f64(c.in(1));
  const std::vector<double> bias = read_f64(c.in(2));
  std::vector<double> y(x.size());
  for (std::int64_t group = 0; group < g.count; ++group) {
    const std::span<const double> values = g.of(std::span(x), group);
    const std::span<double> results = g.of(std::span(y), group);
    const Moments m = moments_of(values);
    const double inverse = m.inverse_deviation(epsilon);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t channel = g.channel(group, i);
      results[i] = (values[i] - m.mean) * inverse * scale[channel] + bias[channel];
    }
  }
  write_f64(y, c.out(0));
}

}  // namespace tern::ops
