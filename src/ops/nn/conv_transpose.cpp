#include <algorithm>
#include <limits>

#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/nn/convolution.h"
#include "ops/nn/normalization.h"
#include "ops/tensor/dims.h"
#include "tern/functions.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

constexpr auto kLayout = ops::ImageLayout::kChannelsFirst;
constexpr std::int64_t kLargest = std::int64_t{1} << 31;

std::int64_t entry(const std::vector<std::int64_t>& list, std::size_t i) {
  return list.empty() ? 0 : list[i];
}

// Axes with the pads that `pads` states; output_padding and output_shape checked.
Result<std::vector<ops::WindowAxis>> stated_axes(const ops::ConvTranspose& op,
                                                 std::span<const std::int64_t> kernel) {
  TERN_ASSIGN_OR_RETURN(std::vector<ops::WindowAxis> axes,
                        ops::window_axes(ops::window_spec(op, kernel), kernel.size()));
  for (const auto* list : {&op.output_padding, &op.output_shape}) {
    const std::string_view what = list == &op.output_shape ? "output_shape" : "output_padding";
    if (!list->empty() && list->size() != kernel.size()) {
      return invalid_argument("{} has {} entries for {} spatial axes", what, list->size(),
                              kernel.size());
    }
    for (const std::int64_t value : *list) {
      if (value < 0 || value > kLargest) {
        return invalid_argument("{} {} is not in [0, {}]", what, value, kLargest);
      }
    }
  }
  return axes;
}

// The output's size along axis i for an input of `size`, and the pads that it implies.
Result<std::int64_t> output_size(const ops::ConvTranspose& op, std::size_t i, std::int64_t size,
                                 ops::WindowAxis& axis) {
  if (size > kLargest) return invalid_argument("a spatial size of {} is above {}", size, kLargest);
  const std::int64_t full = std::max<std::int64_t>(size - 1, 0) * axis.stride + axis.extent() +
                            entry(op.output_padding, i);
  const bool same =
      op.auto_pad == ops::AutoPad::kSameUpper || op.auto_pad == ops::AutoPad::kSameLower;
  std::int64_t out = full - axis.pad_begin - axis.pad_end;
  if (same || !op.output_shape.empty()) {
    out = op.output_shape.empty() ? size * axis.stride : op.output_shape[i];
    const std::int64_t pad = std::max<std::int64_t>(0, full - out);
    const std::int64_t less = pad / 2;
    axis.pad_begin = op.auto_pad == ops::AutoPad::kSameUpper ? less : pad - less;
    axis.pad_end = pad - axis.pad_begin;
  }
  if (out < 0 || out > kLargest) {
    return invalid_argument("the output would have {} positions", out);
  }
  return out;
}

struct ConvTransposeImpl {
  static constexpr std::string_view summary = "The transpose of Conv, plus bias.";
  static constexpr auto inputs =
      std::array{Port{"X", kFloats}, Port{"W", kFloats}, Port{"B", kFloats, PortKind::kOptional}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::ConvTranspose& op, InferContext& c) {
    const TypeInfo& x = c.in[0];
    const TypeInfo& w = c.in[1];
    if (x.rank() < 3 || w.rank() != x.rank()) {
      return invalid_argument("X has rank {} and W rank {}; both need the same, at least 3",
                              x.rank(), w.rank());
    }
    if (op.group < 1 || op.group > kLargest) return invalid_argument("group {}", op.group);
    if (x.shape[1].known() && w.shape[0].known() && x.shape[1].value() != w.shape[0].value()) {
      return invalid_argument("weight has {} input channels, input has {}", w.shape[0].value(),
                              x.shape[1].value());
    }
    if (w.shape[0].known() && w.shape[0].value() % op.group != 0) {
      return invalid_argument("{} input channels cannot be split into {} groups",
                              w.shape[0].value(), op.group);
    }
    std::vector<Dim> out(x.shape.size());
    out[0] = x.shape[0];
    if (w.shape[1].known() && w.shape[1].value() <= kLargest) {
      out[1] = Dim(w.shape[1].value() * op.group);
    } else if (op.group == 1) {
      out[1] = w.shape[1];
    }
    if (c.has(2)) TERN_TRY(ops::check_channel_vector("bias", c.in[2], out[1]));
    TERN_ASSIGN_OR_RETURN(const std::vector<std::int64_t> kernel,
                          ops::convolution_kernel(op.kernel_shape, w));
    if (!kernel.empty()) {
      TERN_ASSIGN_OR_RETURN(std::vector<ops::WindowAxis> axes, stated_axes(op, kernel));
      for (std::size_t i = 0; i < axes.size(); ++i) {
        if (!x.shape[i + 2].known()) continue;
        TERN_ASSIGN_OR_RETURN(const std::int64_t size,
                              output_size(op, i, x.shape[i + 2].value(), axes[i]));
        out[i + 2] = Dim(size);
      }
    }
    c.out.emplace_back(x.dtype, std::move(out));
    return {};
  }

  // Seen from the convolution that this transposes, Y is the input and X the output.
  static void reference(const ops::ConvTranspose& op, ReferenceContext& c) {
    const Shape& x = c.in(0).shape();
    const Shape& w = c.in(1).shape();
    const Shape& y = c.out(0).shape();
    Result<std::vector<ops::WindowAxis>> axes = stated_axes(op, w.dims().subspan(2));
    if (!axes.ok()) return c.fail(axes.status());
    for (std::size_t i = 0; i < axes->size(); ++i) {
      const Result<std::int64_t> size = output_size(op, i, x[static_cast<int>(i) + 2], (*axes)[i]);
      if (!size.ok()) return c.fail(size.status());
    }
    ops::Convolution conv{.batch = x[0],
                          .groups = op.group,
                          .group_in = w[1],
                          .group_out = w[0] / op.group,
                          .grid = ops::WindowGrid(*axes, y.dims().subspan(2), x.dims().subspan(2))};
    conv.x = {kLayout, y[1], conv.grid.positions()};
    conv.y = {kLayout, x[1], conv.grid.windows()};

    const std::vector<double> in = read_f64(c.in(0));
    const std::vector<double> weight = read_f64(c.in(1));
    std::vector<double> out(static_cast<std::size_t>(y.elements()));
    for (std::size_t i = 0; i < out.size() && c.has(2); ++i) {
      const auto plane = static_cast<std::size_t>(conv.grid.positions());
      out[i] = FloatReader(c.in(2))[static_cast<std::int64_t>(i / plane) % y[1]];
    }
    conv.for_each_product(
        [&](std::size_t iy, std::size_t iw, std::size_t ix) { out[iy] += in[ix] * weight[iw]; });
    write_f64(out, c.out(0));
  }

  static void gradient(const ops::ConvTranspose& op, GradContext& g) {
    const Value x = g.input(0), w = g.input(1);
    Value dy = g.grad(0);
    if (g.wants(2)) g.set(2, reduce_sum(dy, ops::all_but_channels(x.rank()), /*keepdims=*/false));
    ops::ConvTranspose window = op;
    if (!conv_says_it(op)) {
      dy = unpadded(op, g);
      window.auto_pad = ops::AutoPad::kNotSet;
      window.pads.clear();
    }
    if (g.wants(0)) g.set(0, conv(dy, w, {}, ops::with_window_of<ops::Conv>(window)));
    if (g.wants(1)) {
      g.set(1, g.builder().op(ops::with_window_of<ops::ConvGradWeight>(window), {x, dy, w}));
    }
  }

 private:
  // Whether Conv with the same window attributes makes X of Y.
  static bool conv_says_it(const ops::ConvTranspose& op) {
    if (!op.output_shape.empty()) return false;
    for (std::size_t i = 0; i < op.output_padding.size(); ++i) {
      const std::int64_t stride = op.strides.empty() ? 1 : op.strides[i];
      const bool plain = op.auto_pad == ops::AutoPad::kNotSet && op.output_padding[i] < stride;
      if (op.output_padding[i] != 0 && !plain) return false;
    }
    return true;
  }

  // dY with the pads of output_size() around it and what output_padding appended cut off, so that a
  // convolution without padding makes X of it.
  static Value unpadded(const ops::ConvTranspose& op, GradContext& g) {
    GraphBuilder& b = g.builder();
    const Value dy = g.grad(0);
    // How large the windows are is W's to say; of the attributes their number of axes is enough.
    const std::vector<std::int64_t> ones(static_cast<std::size_t>(g.input(0).rank() - 2), 1);
    const Result<std::vector<ops::WindowAxis>> axes = stated_axes(op, ones);
    if (!axes.ok()) {
      b.fail(axes.status());
      return dy;
    }
    std::vector<std::int64_t> strides, dilations, added, begins, ends, spatial;
    for (std::size_t i = 0; i < axes->size(); ++i) {
      const ops::WindowAxis& axis = (*axes)[i];
      strides.push_back(axis.stride);
      dilations.push_back(axis.dilation);
      added.push_back(entry(op.output_padding, i));
      begins.push_back(axis.pad_begin);
      ends.push_back(axis.pad_end);
      spatial.push_back(static_cast<std::int64_t>(i) + 2);
    }
    const auto ints = [&b](std::vector<std::int64_t> list) {
      return ops::int_constant(b, std::move(list));
    };
    const auto spatial_sizes = [](Value v) {
      return slice(shape_of(v), {2}, {std::numeric_limits<std::int64_t>::max()});
    };
    const Value zeros = ints(std::vector<std::int64_t>(spatial.size(), 0));
    const Value steps = maximum(spatial_sizes(g.input(0)) - 1.0, zeros);
    const Value extents = (spatial_sizes(g.input(1)) - 1.0) * ints(std::move(dilations)) + 1.0;
    const Value read = steps * ints(std::move(strides)) + extents;
    Value begin = ints(std::move(begins)), end = ints(std::move(ends));
    const bool upper = op.auto_pad == ops::AutoPad::kSameUpper;
    if (upper || op.auto_pad == ops::AutoPad::kSameLower || !op.output_shape.empty()) {
      const Value pads = maximum(read + ints(std::move(added)) - spatial_sizes(dy), zeros);
      const Value less = pads / ints(std::vector<std::int64_t>(spatial.size(), 2));
      begin = upper ? less : pads - less;
      end = pads - begin;
    }
    const Value none = ints({0, 0});
    const Value padded = b.op(ops::Pad{}, {dy, concat({none, begin, none, end}, 0)});
    return slice(padded, zeros, read, spatial);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ConvTranspose>() {
  static constexpr OpDef def =
      make_op<ops::ConvTranspose, ConvTransposeImpl>("ConvTranspose", "ai.onnx", 11);
  return def;
}

}  // namespace tern
