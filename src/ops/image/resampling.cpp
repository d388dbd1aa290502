#include "ops/image/resampling.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/errors.h"
#include "ops/axes.h"
#include "ops/tensor/dims.h"

namespace tern::ops {
namespace {

// An axis on its way from `in` elements to `out`, which is in * scale made whole.
struct AxisScale {
  int axis = 0;
  std::int64_t in = 0;
  std::int64_t out = 0;
  double scale = 1;
  double roi_begin = 0;
  double roi_end = 1;
};

bool is_empty(const Tensor& t) { return t.elements() == 0; }

Result<std::vector<int>> resized_axes(const Resize& op, int rank) {
  std::vector<int> axes;
  if (op.axes.empty()) {
    for (int axis = 0; axis < rank; ++axis) axes.push_back(axis);
    return axes;
  }
  TERN_ASSIGN_OR_RETURN(const std::vector<int> sorted, normalize_axes(op.axes, rank));
  for (const std::int64_t axis : op.axes) axes.push_back(*normalize_axis(axis, rank));
  return axes;
}

Status check_length(std::string_view name, const Tensor& t, std::size_t wanted) {
  if (t.elements() == static_cast<std::int64_t>(wanted)) return {};
  return invalid_argument("{} has {} entries, not {}", name, t.elements(), wanted);
}

Result<AxisScale> scaled_axis(int axis, std::int64_t in, float scale) {
  // In f32, as exporters and other runtimes compute it.
  const float out = std::floor(static_cast<float>(in) * scale);
  if (!(scale > 0) || !(out < 0x1p62F)) return invalid_argument("scale {} of {}", scale, in);
  return AxisScale{.axis = axis, .in = in, .out = static_cast<std::int64_t>(out), .scale = scale};
}

// The axes, scaled so that their sizes become `sizes` or keep their proportions.
Status fit_sizes(AspectPolicy policy, std::span<const std::int64_t> sizes,
                 std::vector<AxisScale>& axes) {
  double common = policy == AspectPolicy::kNotLarger ? std::numeric_limits<double>::infinity() : 0;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    AxisScale& axis = axes[i];
    if (sizes[i] < 0) return invalid_argument("sizes holds {}", sizes[i]);
    axis.out = sizes[i];
    axis.scale = static_cast<double>(sizes[i]) / static_cast<double>(axis.in);
    common = policy == AspectPolicy::kNotLarger ? std::min(common, axis.scale)
                                                : std::max(common, axis.scale);
  }
  if (policy == AspectPolicy::kStretch) return {};
  for (AxisScale& axis : axes) {
    const double size = std::floor(common * static_cast<double>(axis.in) + 0.5);
    if (!(size < 0x1p62)) return invalid_argument("the resized axis {} is too long", axis.axis);
    axis.scale = common;
    axis.out = static_cast<std::int64_t>(size);
  }
  return {};
}

// Axes of x with known sizes, from the scales or the sizes, of which one is null.
Result<std::vector<AxisScale>> axis_scales(const Resize& op, std::span<const std::int64_t> x,
                                           const Tensor* scales, const Tensor* sizes) {
  TERN_ASSIGN_OR_RETURN(const std::vector<int> axes, resized_axes(op, static_cast<int>(x.size())));
  std::vector<AxisScale> result;
  for (const int axis : axes) {
    result.push_back({.axis = axis, .in = x[static_cast<std::size_t>(axis)]});
  }
  if (scales != nullptr) {
    TERN_TRY(check_length("scales", *scales, axes.size()));
    const auto factors = scales->span<float>();
    for (std::size_t i = 0; i < result.size(); ++i) {
      TERN_ASSIGN_OR_RETURN(result[i], scaled_axis(axes[i], result[i].in, factors[i]));
    }
    return result;
  }
  TERN_TRY(check_length("sizes", *sizes, axes.size()));
  TERN_TRY(fit_sizes(op.keep_aspect_ratio_policy, sizes->span<std::int64_t>(), result));
  return result;
}

// Where output element `i` lies in the input; infinite outside the region that is read.
double origin(const Resize& op, const AxisScale& a, std::int64_t i) {
  const auto x = static_cast<double>(i);
  const auto in = static_cast<double>(a.in);
  const double out = a.scale * in;  // not made whole
  switch (op.coordinate_transformation_mode) {
    case ResizeCoordinates::kAlignCorners: return out == 1 ? 0 : x * (in - 1) / (out - 1);
    case ResizeCoordinates::kAsymmetric: return x / a.scale;
    case ResizeCoordinates::kPytorchHalfPixel: return out == 1 ? -0.5 : (x + 0.5) / a.scale - 0.5;
    case ResizeCoordinates::kHalfPixel: return (x + 0.5) / a.scale - 0.5;
    case ResizeCoordinates::kHalfPixelSymmetric: {
      // The centre of the whole output stands where that of the exact one would.
      const double adjustment = static_cast<double>(a.out) / out;
      return in / 2 * (1 - adjustment) + (x + 0.5) / a.scale - 0.5;
    }
    case ResizeCoordinates::kTfCropAndResize: break;
  }
  const double length = a.roi_end - a.roi_begin;
  const double within = out == 1 ? length * (in - 1) / 2 : x * length * (in - 1) / (out - 1);
  const double position = within + a.roi_begin * (in - 1);
  const bool inside = position >= 0 && position <= in - 1;
  return inside ? position : std::numeric_limits<double>::infinity();
}

double cubic_kernel(double a, double x) {
  x = std::abs(x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

// The weight of an element at distance `x`, in units of the filter.
double kernel(const Resize& op, double x) {
  return op.mode == ResizeMode::kCubic ? cubic_kernel(op.cubic_coeff_a, x)
                                       : std::max(0.0, 1 - std::abs(x));
}

std::int64_t nearest(const Resize& op, double position) {
  const double below = std::floor(position);
  const double ratio = position - below;
  bool up = false;
  switch (op.nearest_mode) {
    case NearestMode::kRoundPreferFloor: up = ratio > 0.5; break;
    case NearestMode::kRoundPreferCeil: up = ratio >= 0.5; break;
    case NearestMode::kFloor: break;
    case NearestMode::kCeil: up = ratio > 0; break;
  }
  return static_cast<std::int64_t>(below) + (up ? 1 : 0);
}

std::vector<Tap> taps_at(const Resize& op, const AxisScale& a, double position) {
  const auto clamped = [&](std::int64_t k) { return std::clamp<std::int64_t>(k, 0, a.in - 1); };
  if (op.mode == ResizeMode::kNearest) return {{clamped(nearest(op, position)), 1}};
  // Made wider when reducing with antialias, so that every input element counts.
  const double shrink = op.antialias ? std::min(a.scale, 1.0) : 1.0;
  const double radius = (op.mode == ResizeMode::kCubic ? 2 : 1) / shrink;
  const auto first = static_cast<std::int64_t>(std::floor(-radius)) + 1;
  const auto base = static_cast<std::int64_t>(std::ceil(position)) - 1;
  const double ratio = position - static_cast<double>(base);  // in (0, 1]
  std::vector<Tap> taps;
  double sum = 0;
  for (std::int64_t k = first; k <= 1 - first; ++k) {
    const bool outside = base + k < 0 || base + k >= a.in;
    if (outside && op.exclude_outside) continue;
    const double weight = kernel(op, (static_cast<double>(k) - ratio) * shrink);
    taps.push_back({clamped(base + k), weight});
    sum += weight;
  }
  for (Tap& tap : taps) tap.weight /= sum;
  return taps;
}

}  // namespace

Result<std::vector<Dim>> resized_dims(const Resize& op, const InferContext& c,
                                      const std::vector<Dim>& x, std::size_t first) {
  const std::size_t scales = first + 1;
  const std::size_t sizes = first + 2;
  TERN_TRY(check_vector(c, first, "roi"));
  TERN_TRY(check_vector(c, scales, "scales"));
  TERN_TRY(check_vector(c, sizes, "sizes"));
  TERN_ASSIGN_OR_RETURN(const std::vector<int> axes, resized_axes(op, static_cast<int>(x.size())));
  const auto known_empty = [&](std::size_t i) {
    return !c.has(i) || same(c.in[i].shape[0], Dim(0));
  };
  if (known_empty(scales) && known_empty(sizes)) {
    return invalid_argument("neither scales nor sizes are given");
  }
  // Files up to opset 12 give an empty tensor for the one that does not count.
  const Tensor* const factors = known_empty(scales) ? nullptr : c.constant(scales);
  const Tensor* const wanted = known_empty(sizes) ? nullptr : c.constant(sizes);
  std::vector<Dim> out = x;
  for (const int axis : axes) out[static_cast<std::size_t>(axis)] = Dim();
  if (factors == nullptr && wanted == nullptr) return out;
  if (!known_empty(scales) && !known_empty(sizes)) {
    if (factors != nullptr && wanted != nullptr) {
      return invalid_argument("both scales and sizes are given");
    }
    return out;
  }
  const bool all_known = std::ranges::all_of(
      axes, [&](int axis) { return x[static_cast<std::size_t>(axis)].known(); });
  if (all_known) {
    std::vector<std::int64_t> known;
    for (const Dim& dim : x) known.push_back(dim.value());
    TERN_ASSIGN_OR_RETURN(const auto scaled, axis_scales(op, known, factors, wanted));
    for (const AxisScale& axis : scaled) {
      if (axis.in == 0 && axis.out != 0) {
        return invalid_argument("axis {} has no element to read", axis.axis);
      }
      out[static_cast<std::size_t>(axis.axis)] = Dim(axis.out);
    }
    return out;
  }
  if (factors != nullptr) {
    TERN_TRY(check_length("scales", *factors, axes.size()));
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const auto axis = static_cast<std::size_t>(axes[i]);
      const float scale = factors->span<float>()[i];
      if (scale == 1) {
        out[axis] = x[axis];
      } else if (x[axis].known()) {
        TERN_ASSIGN_OR_RETURN(const AxisScale known, scaled_axis(axes[i], x[axis].value(), scale));
        out[axis] = Dim(known.out);
      }
    }
  } else if (op.keep_aspect_ratio_policy == AspectPolicy::kStretch) {
    TERN_TRY(check_length("sizes", *wanted, axes.size()));
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const std::int64_t size = wanted->span<std::int64_t>()[i];
      if (size < 0) return invalid_argument("sizes holds {}", size);
      out[static_cast<std::size_t>(axes[i])] = Dim(size);
    }
  }
  return out;
}

bool is_identity(const AxisTaps& axis) {
  for (std::size_t i = 0; i < axis.taps.size(); ++i) {
    const std::vector<Tap>& taps = axis.taps[i];
    const bool only_itself = std::ranges::all_of(taps, [&](const Tap& tap) {
      return tap.weight == (tap.from == static_cast<std::int64_t>(i) ? 1 : 0);
    });
    if (taps.empty() || !only_itself) return false;
  }
  return true;
}

Result<std::vector<AxisTaps>> resize_taps(const Resize& op, const ReferenceContext& c,
                                          const tern::Shape& x, const tern::Shape& out,
                                          std::size_t first) {
  const auto given = [&](std::size_t i) {
    return c.has(i) && !is_empty(c.in(i)) ? &c.in(i) : nullptr;
  };
  return resize_taps(
      op, {.roi = given(first), .scales = given(first + 1), .sizes = given(first + 2)}, x, out);
}

Result<std::vector<AxisTaps>> resize_taps(const Resize& op, const ResizeTargets& targets,
                                          const tern::Shape& x, const tern::Shape& out) {
  TERN_ASSIGN_OR_RETURN(std::vector<AxisScale> axes,
                        axis_scales(op, x.dims(), targets.scales, targets.sizes));
  if (op.coordinate_transformation_mode == ResizeCoordinates::kTfCropAndResize) {
    const Tensor* const roi = targets.roi;
    if (roi == nullptr) return invalid_argument("tf_crop_and_resize needs a roi");
    TERN_TRY(check_length("roi", *roi, 2 * axes.size()));
    const FloatReader bounds(*roi);
    const auto count = static_cast<std::int64_t>(axes.size());
    for (std::int64_t i = 0; i < count; ++i) {
      axes[static_cast<std::size_t>(i)].roi_begin = bounds[i];
      axes[static_cast<std::size_t>(i)].roi_end = bounds[count + i];
    }
  }
  std::vector<AxisTaps> result;
  for (const AxisScale& a : axes) {
    if (a.out != out[a.axis]) {
      return invalid_argument("axis {} has {} elements, {} after resizing", a.axis, out[a.axis],
                              a.out);
    }
    AxisTaps axis{.axis = a.axis, .taps = {}};
    for (std::int64_t i = 0; i < a.out; ++i) {
      const double position = origin(op, a, i);
      axis.taps.push_back(std::isinf(position) ? std::vector<Tap>() : taps_at(op, a, position));
    }
    if (a.in != a.out || !is_identity(axis)) result.push_back(std::move(axis));
  }
  return result;
}

}  // namespace tern::ops
