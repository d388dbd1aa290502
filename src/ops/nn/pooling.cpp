#include "ops/nn/pooling.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/errors.h"

namespace tern::ops {
namespace {

// What a maximum over nothing is.
double lowest(DType dtype) {
  if (dtype == DType::kU8) return 0;
  if (dtype == DType::kI8) return std::numeric_limits<std::int8_t>::lowest();
  return -std::numeric_limits<double>::infinity();
}

}  // namespace

Result<TypeInfo> infer_pooling(const WindowSpec& spec, const TypeInfo& x, ImageLayout layout) {
  if (x.rank() < 3) return invalid_argument("X has rank {}, pooling needs at least 3", x.rank());
  const std::size_t first = first_spatial_axis(layout);
  const std::size_t spatial = x.shape.size() - 2;
  TERN_ASSIGN_OR_RETURN(std::vector<WindowAxis> axes, window_axes(spec, spatial));
  TERN_ASSIGN_OR_RETURN(std::vector<Dim> sizes,
                        window_output(spec, std::span(x.shape).subspan(first, spatial), axes));
  TypeInfo y = x;
  std::ranges::copy(sizes, y.shape.begin() + static_cast<std::ptrdiff_t>(first));
  return y;
}

Result<Pooling> Pooling::make(const WindowSpec& spec, const tern::Shape& x, ImageLayout layout) {
  TERN_ASSIGN_OR_RETURN(
      WindowGrid grid,
      WindowGrid::make(spec, x.dims().subspan(first_spatial_axis(layout), x.size() - 2)));
  Pooling pool{.batch = x[0],
               .channels = x[static_cast<int>(channel_axis(layout, x.size()))],
               .grid = std::move(grid)};
  pool.x = {layout, pool.channels, pool.grid.positions()};
  pool.y = {layout, pool.channels, pool.grid.windows()};
  return pool;
}

std::int64_t Pooling::largest(std::span<const double> in, std::int64_t n, std::int64_t c,
                              std::int64_t window) const {
  std::int64_t best = WindowGrid::kPadding;
  double value = 0;
  for (std::int64_t t = 0; t < grid.taps(); ++t) {
    const std::int64_t position = grid.at(window, t);
    if (position < 0) continue;
    const double candidate = in[static_cast<std::size_t>(x(n, c, position))];
    if (best >= 0 && !(candidate > value)) continue;
    best = position;
    value = candidate;
  }
  return best;
}

std::int64_t Pooling::divisor(std::int64_t window, bool count_include_pad) const {
  std::int64_t count = 0;
  for (std::int64_t t = 0; t < grid.taps(); ++t) {
    const std::int64_t position = grid.at(window, t);
    count += position >= 0 || (count_include_pad && position == WindowGrid::kPadding) ? 1 : 0;
  }
  return std::max<std::int64_t>(count, 1);
}

double Pooling::norm(std::span<const double> in, std::int64_t n, std::int64_t c,
                     std::int64_t window, double p) const {
  double sum = 0;
  for (std::int64_t t = 0; t < grid.taps(); ++t) {
    const std::int64_t position = grid.at(window, t);
    if (position < 0) continue;
    sum += std::pow(std::abs(in[static_cast<std::size_t>(x(n, c, position))]), p);
  }
  return std::pow(sum, 1 / p);
}

void reference_max_pool(const Pooling& pool, ReferenceContext& c) {
  const std::vector<double> in = read_f64(c.in(0));
  const FloatWriter out(c.out(0));
  pool.for_each_window([&](std::int64_t n, std::int64_t channel, std::int64_t window) {
    const std::int64_t position = pool.largest(in, n, channel, window);
    out.set(pool.y(n, channel, window),
            position < 0 ? lowest(c.in(0).dtype())
                         : in[static_cast<std::size_t>(pool.x(n, channel, position))]);
  });
}

void reference_average_pool(const Pooling& pool, bool count_include_pad, ReferenceContext& c) {
  const std::vector<double> in = read_f64(c.in(0));
  const FloatWriter out(c.out(0));
  pool.for_each_window([&](std::int64_t n, std::int64_t channel, std::int64_t window) {
    double sum = 0;
    for (std::int64_t t = 0; t < pool.grid.taps(); ++t) {
      const std::int64_t position = pool.grid.at(window, t);
      if (position >= 0) sum += in[static_cast<std::size_t>(pool.x(n, channel, position))];
    }
    out.set(pool.y(n, channel, window),
            sum / static_cast<double>(pool.divisor(window, count_include_pad)));
  });
}

}  // namespace tern::ops
