// com.microsoft: convolution, pooling and sampling of images. Those with the channels last stand
// between transposes, which the passes take away together with those that they add themselves.
#include <numeric>

#include "base/errors.h"
#include "import/onnx/microsoft_rules.h"
#include "tern/functions.h"
#include "tern/ops/image.h"
#include "tern/ops/quant.h"

namespace tern::onnx {
namespace {

std::vector<std::int64_t> iota(int count) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 0);
  return values;
}

bool is_image(Lowering& l, Value x) {
  const int rank = l.rank(x);
  if (x.present() && rank < 3)
    l.fail(invalid_argument("an image has rank {}, not 3 or more", rank));
  return x.present() && rank >= 3;
}

/// The convolution of a fused operator with Z added and its activation.
Value fused_convolution(Lowering& l, Value x, Value z) {
  const std::string activation = l.text("activation");
  const std::vector<float> numbers = l.numbers("activation_params");
  ActivationParameters parameters;
  if (!numbers.empty()) parameters.alpha = numbers[0];
  if (numbers.size() > 1) parameters.beta = numbers[1];
  Value y = l.rest("Conv", {x, l.input(1), l.input(2)});
  if (z.present()) y = y + z;
  return activate(l, y, activation, parameters);
}

/// i / (count - 1) for i from 0 on, as a vector of `dtype`; 1/2 for a count of 1.
Value steps(Lowering& l, Value count, DType dtype) {
  const Value at = cast(indices(l, count), dtype);
  const Value last = cast(count, dtype) - 1.0;
  return where(greater(last, 0.0), at / maximum(last, l.builder().scalar_of(dtype, 1.0)), 0.5);
}

}  // namespace

Value channels_first(Lowering& l, Value x) {
  if (!is_image(l, x)) return {};
  std::vector<std::int64_t> order = iota(x.rank() - 1);
  order.insert(order.begin() + 1, x.rank() - 1);
  return transpose(x, std::move(order));
}

Value channels_last(Lowering& l, Value x) {
  if (!is_image(l, x)) return {};
  std::vector<std::int64_t> order = iota(x.rank());
  order.erase(order.begin() + 1);
  order.push_back(1);
  return transpose(x, std::move(order));
}

void fused_conv(Lowering& l) { l.set(0, fused_convolution(l, l.input(0), l.input(3))); }

void nhwc_conv(Lowering& l) {
  const Value z = l.has(3) ? channels_first(l, l.input(3)) : Value();
  l.set(0, channels_last(l, fused_convolution(l, channels_first(l, l.input(0)), z)));
}

void nhwc_max_pool(Lowering& l) {
  l.set(0, channels_last(l, l.rest("MaxPool", {channels_first(l, l.input(0))})));
}

void conv_transpose_with_dynamic_pads(Lowering& l) {
  if (l.has(2)) l.give("pads", l.constant_ints(2));
  l.set(0, l.rest("ConvTranspose", {l.input(0), l.input(1), l.input(3)}));
}

void grid_sample(Lowering& l) {
  const std::string mode = l.text("mode", "bilinear");
  const std::string padding = l.text("padding_mode", "zeros");
  ops::GridSample attributes;
  attributes.align_corners = l.flag("align_corners");
  if (mode == "nearest") {
    attributes.mode = ops::GridSampleMode::kNearest;
  } else if (mode == "bicubic") {
    attributes.mode = ops::GridSampleMode::kCubic;
  } else if (mode != "bilinear") {
    l.fail(invalid_argument("mode is {}, not bilinear, nearest or bicubic", mode));
  }
  if (padding == "border") {
    attributes.padding_mode = ops::GridPadding::kBorder;
  } else if (padding == "reflection") {
    attributes.padding_mode = ops::GridPadding::kReflection;
  } else if (padding != "zeros") {
    l.fail(invalid_argument("padding_mode is {}, not zeros, border or reflection", padding));
  }
  l.set(0, l.builder().op(attributes, {l.input(0), l.input(1)}));
}

void crop_and_resize(Lowering& l) {
  // A region is read at evenly spaced points from its first to its last row and column, in the
  // coordinates of GridSample: -1 and 1 are the centres of the outermost pixels.
  const float outside = l.number("extrapolation_value", 0.0F);
  const std::string mode = l.text("mode", "bilinear");
  if (mode != "bilinear" && mode != "nearest") {
    l.fail(invalid_argument("mode is {}, not bilinear or nearest", mode));
    return;
  }
  const Value x = l.input(0);
  const Value rois = l.input(1);
  const Value crop = cast(l.input(3), DType::kI64);
  const auto points = [&](std::int64_t axis) {  // [regions, size]
    const Value first = slice(rois, {axis}, {axis + 1}, {1});
    const Value last = slice(rois, {axis + 2}, {axis + 3}, {1});
    return first + (last - first) * steps(l, slice(crop, {axis}, {axis + 1}), x.dtype());
  };
  // The nearest pixel, the further one where two are equally near: GridSample takes the even one.
  const auto snapped = [&](Value at, int axis) {
    if (mode != "nearest") return at;
    const Value last = cast(size_at(l, x, axis), x.dtype()) - 1.0;
    const Value pixel = l.builder().op(ops::Floor{}, {at * last + 0.5});
    return pixel / maximum(last, l.builder().scalar_of(x.dtype(), 1.0));
  };
  const auto is_inside = [&](Value at) { return equal(clip(at, 0.0, 1.0), at); };
  const Value rows = unsqueeze(points(0), {2});     // [regions, height, 1]
  const Value columns = unsqueeze(points(1), {1});  // [regions, 1, width]
  const Value shape = concat({size_at(l, rois, 0), crop}, 0);
  const Value grid = concat({unsqueeze(expand(snapped(columns, 3), shape), {3}),
                             unsqueeze(expand(snapped(rows, 2), shape), {3})},
                            3) *
                         2.0 -
                     1.0;
  const ops::GridSample attributes{
      .align_corners = true,
      .mode = mode == "nearest" ? ops::GridSampleMode::kNearest : ops::GridSampleMode::kLinear,
      .padding_mode = ops::GridPadding::kBorder};
  const Value images = gather(x, l.input(2));
  const Value sampled = l.builder().op(attributes, {images, grid});
  const Value inside = unsqueeze(logical_and(is_inside(rows), is_inside(columns)), {1});
  l.set(0, where(inside, sampled, double{outside}));
}

void q_linear_average_pool(Lowering& l) {
  const bool last = l.flag("channels_last");
  const DType dtype = l.input(0).dtype();
  const Value x = dequantized(l, 0);
  const Value y = l.rest("AveragePool", {last ? channels_first(l, x) : x});
  l.set(0, quantized(l, last ? channels_last(l, y) : y, 3, dtype));
}

void q_linear_conv(Lowering& l) {
  const bool last = l.flag("channels_last");
  const Value x = l.input(0);
  const Value y = l.rest("QLinearConv", {last ? channels_first(l, x) : x, scalar(l.input(1)),
                                         scalar(l.input(2)), l.input(3), l.input(4), l.input(5),
                                         scalar(l.input(6)), scalar(l.input(7)), l.input(8)});
  l.set(0, last ? channels_last(l, y) : y);
}

void q_linear_global_average_pool(Lowering& l) {
  const bool last = l.flag("channels_last");
  const DType dtype = l.input(0).dtype();
  const Value x = dequantized(l, 0);
  const Value y = global_average_pool(last ? channels_first(l, x) : x);
  l.set(0, quantized(l, last ? channels_last(l, y) : y, 3, dtype));
}

}  // namespace tern::onnx
