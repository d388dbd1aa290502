#include "ops/image/point_sampling.h"

#include <algorithm>
#include <cmath>

namespace tern::ops {
namespace {

// Coordinates far outside read the same as those just outside; NaN reads nothing.
double bounded(double x, std::int64_t size) {
  constexpr double kMargin = 8;
  return x > -kMargin ? std::min(x, static_cast<double>(size) + kMargin) : -kMargin;
}

struct Reflected {
  double x;
  double slope;
};

// x mirrored at both ends of [low, high] until it lies inside.
Reflected reflect(double x, double low, double high) {
  const double range = high - low;
  if (!(range > 0)) return {low, 0};
  if (x >= low && x <= high) return {x, 1};
  const double distance = x < low ? low - x : x - high;
  const double rest = std::fmod(distance, 2 * range);
  if (!std::isfinite(rest)) return {low, 0};
  const double sign = x < low ? -1 : 1;  // of the distance's slope
  // The first way back leads inside, the second outwards again.
  const bool back = rest <= range;
  const double inside = back ? rest : 2 * range - rest;
  const double slope = back ? sign : -sign;
  return x < low ? Reflected{low + inside, slope} : Reflected{high - inside, -slope};
}

struct CubicWeights {
  std::array<double, 4> weight;
  std::array<double, 4> slope;
};

// Weights of the pixels at -1, 0, 1, 2 for a point at t in [0, 1).
CubicWeights cubic_weights(double t) {
  constexpr double a = -0.75;
  const auto near_weight = [](double d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
  const auto near_slope = [](double d) { return (3 * (a + 2) * d - 2 * (a + 3)) * d; };
  const auto far_weight = [](double d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
  const auto far_slope = [](double d) { return (3 * a * d - 10 * a) * d + 8 * a; };
  return {{far_weight(t + 1), near_weight(t), near_weight(1 - t), far_weight(2 - t)},
          {far_slope(t + 1), near_slope(t), -near_slope(1 - t), -far_slope(2 - t)}};
}

// The pixel that stands at integer position `k`, perhaps outside.
std::int64_t padded_index(const GridSample& op, std::int64_t k, std::int64_t size) {
  if (k >= 0 && k < size) return k;
  switch (op.padding_mode) {
    case GridPadding::kZeros: return -1;
    case GridPadding::kBorder: return std::clamp<std::int64_t>(k, 0, size - 1);
    case GridPadding::kReflection: break;
  }
  const double edge = op.align_corners ? 0 : 0.5;
  const double inside =
      reflect(static_cast<double>(k), -edge, static_cast<double>(size) - 1 + edge).x;
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::nearbyint(inside)), 0, size - 1);
}

AxisPixels at_position(const GridSample& op, double x, double slope, std::int64_t size) {
  AxisPixels axis;
  const auto add = [&](std::int64_t k, double weight, double weight_slope) {
    axis.pixels[static_cast<std::size_t>(axis.count++)] = {padded_index(op, k, size), weight,
                                                           weight_slope * slope};
  };
  const auto below = static_cast<std::int64_t>(std::floor(x));
  const double t = x - static_cast<double>(below);
  switch (op.mode) {
    case GridSampleMode::kNearest: add(static_cast<std::int64_t>(std::nearbyint(x)), 1, 0); break;
    case GridSampleMode::kLinear:
      add(below, 1 - t, -1);
      add(below + 1, t, 1);
      break;
    case GridSampleMode::kCubic: {
      const CubicWeights c = cubic_weights(t);
      for (std::size_t i = 0; i < 4; ++i) {
        add(below - 1 + static_cast<std::int64_t>(i), c.weight[i], c.slope[i]);
      }
      break;
    }
  }
  return axis;
}

}  // namespace

AxisPixels linear_pixels(double x, std::int64_t size) {
  return at_position(GridSample{}, bounded(x, size), 1, size);
}

AxisPixels grid_pixels(const GridSample& op, double n, std::int64_t size) {
  const auto length = static_cast<double>(size);
  double slope = (op.align_corners ? length - 1 : length) / 2;
  double x = op.align_corners ? (n + 1) / 2 * (length - 1) : ((n + 1) * length - 1) / 2;
  if (op.mode == GridSampleMode::kNearest) x = std::nearbyint(x);
  const double edge = op.align_corners ? 0 : 0.5;
  const double low = -edge;
  const double high = length - 1 + edge;
  const bool inside = x >= low && x <= high;
  if (!inside && op.padding_mode == GridPadding::kBorder) {
    x = x > 0 ? std::min(x, length - 1) : 0;
    slope = 0;
  } else if (!inside && op.padding_mode == GridPadding::kReflection) {
    const Reflected reflected = reflect(x, low, high);
    x = reflected.x;
    slope *= reflected.slope;
  }
  return at_position(op, bounded(x, size), slope, size);
}

void for_each_pixel(std::span<const AxisPixels> axes, const tern::Shape& strides,
                    FunctionRef<void(std::int64_t, double, std::span<const double>)> body) {
  std::array<int, tern::Shape::kMaxRank> choice{};
  std::array<double, tern::Shape::kMaxRank> slopes{};
  while (true) {
    std::int64_t offset = 0;
    double weight = 1;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const AxisPixel& pixel = axes[i].pixels[static_cast<std::size_t>(choice[i])];
      if (pixel.index < 0) offset = -1;
      if (offset >= 0) offset += pixel.index * strides[static_cast<int>(i)];
      weight *= pixel.weight;
    }
    if (offset >= 0) {
      for (std::size_t i = 0; i < axes.size(); ++i) {
        slopes[i] = 1;
        for (std::size_t j = 0; j < axes.size(); ++j) {
          const AxisPixel& pixel = axes[j].pixels[static_cast<std::size_t>(choice[j])];
          slopes[i] *= i == j ? pixel.slope : pixel.weight;
        }
      }
      body(offset, weight, std::span(slopes.data(), axes.size()));
    }
    std::size_t axis = axes.size();
    while (axis > 0 && ++choice[axis - 1] == axes[axis - 1].count) choice[--axis] = 0;
    if (axis == 0) return;
  }
}

}  // namespace tern::ops
