#include "ops/nn/convolution.h"

#include "base/errors.h"

namespace tern::ops {
namespace {

Status check_channels(std::int64_t group, const Dim& channels, const std::vector<Dim>& w) {
  if (group < 1) return invalid_argument("group {} is below 1", group);
  // Compared by division: a product with a group that a file states could overflow.
  if (channels.known() && w[1].known() &&
      (channels.value() % group != 0 || channels.value() / group != w[1].value())) {
    return invalid_argument("weight has {} channels x {} groups, input has {}", w[1].value(), group,
                            channels.value());
  }
  if (w[0].known() && w[0].value() % group != 0) {
    return invalid_argument("{} output channels cannot be split into {} groups", w[0].value(),
                            group);
  }
  return {};
}

Status check_bias(const TypeInfo& bias, const Dim& channels) {
  if (bias.dtype == DType::kUndefined) return {};
  if (bias.rank() != 1) return invalid_argument("bias has rank {}, not 1", bias.rank());
  if (bias.shape[0].known() && channels.known() && bias.shape[0].value() != channels.value()) {
    return invalid_argument("bias has {} entries for {} output channels", bias.shape[0].value(),
                            channels.value());
  }
  return {};
}

}  // namespace

Result<std::vector<std::int64_t>> convolution_kernel(std::span<const std::int64_t> kernel_shape,
                                                     const TypeInfo& w) {
  const std::span<const Dim> sizes = std::span(w.shape).subspan(2);
  if (!kernel_shape.empty() && kernel_shape.size() != sizes.size()) {
    return invalid_argument("kernel_shape has {} entries for {} spatial axes", kernel_shape.size(),
                            sizes.size());
  }
  std::vector<std::int64_t> kernel(kernel_shape.begin(), kernel_shape.end());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (kernel_shape.empty()) {
      if (!sizes[i].known()) return std::vector<std::int64_t>();
      kernel.push_back(sizes[i].value());
    } else if (sizes[i].known() && sizes[i].value() != kernel[i]) {
      return invalid_argument("kernel_shape is {} on axis {} where W has {}", kernel[i], i,
                              sizes[i].value());
    }
  }
  return kernel;
}

Result<TypeInfo> infer_convolution(const WindowSpec& spec, std::int64_t group, const TypeInfo& x,
                                   const TypeInfo& w, const TypeInfo& bias, ImageLayout layout) {
  if (x.rank() < 3 || w.rank() != x.rank()) {
    return invalid_argument("X has rank {} and W rank {}; both need the same, at least 3", x.rank(),
                            w.rank());
  }
  const std::size_t channels = channel_axis(layout, x.shape.size());
  const std::size_t first = first_spatial_axis(layout);
  const std::size_t spatial = x.shape.size() - 2;
  TERN_TRY(check_channels(group, x.shape[channels], w.shape));
  TERN_TRY(check_bias(bias, w.shape[0]));
  TERN_ASSIGN_OR_RETURN(const std::vector<std::int64_t> kernel, convolution_kernel(spec.kernel, w));
  std::vector<Dim> out(x.shape.size());
  out[0] = x.shape[0];
  out[channels] = w.shape[0];
  if (!kernel.empty()) {
    WindowSpec full = spec;
    full.kernel = kernel;
    TERN_ASSIGN_OR_RETURN(std::vector<WindowAxis> axes, window_axes(full, spatial));
    TERN_ASSIGN_OR_RETURN(std::vector<Dim> sizes,
                          window_output(full, std::span(x.shape).subspan(first, spatial), axes));
    std::ranges::copy(sizes, out.begin() + static_cast<std::ptrdiff_t>(first));
  }
  return TypeInfo(x.dtype, std::move(out));
}

Result<Convolution> Convolution::make(WindowSpec spec, std::int64_t group, const tern::Shape& x,
                                      const tern::Shape& w, ImageLayout layout) {
  spec.kernel = w.dims().subspan(2);
  TERN_ASSIGN_OR_RETURN(
      WindowGrid grid,
      WindowGrid::make(spec, x.dims().subspan(first_spatial_axis(layout), x.size() - 2)));
  Convolution c{.batch = x[0],
                .groups = group,
                .group_in = w[1],
                .group_out = w[0] / group,
                .grid = std::move(grid)};
  c.x = {layout, x[static_cast<int>(channel_axis(layout, x.size()))], c.grid.positions()};
  c.y = {layout, w[0], c.grid.windows()};
  return c;
}

std::vector<double> reference_convolution(const Convolution& conv, const Tensor& x, const Tensor& w,
                                          const Tensor* bias) {
  const std::vector<double> in = read_f64(x);
  const std::vector<double> weight = read_f64(w);
  const std::int64_t channels = conv.y.channels;
  std::vector<double> out(static_cast<std::size_t>(conv.batch * channels * conv.grid.windows()));
  if (bias != nullptr) {
    const FloatReader b(*bias);
    for (std::int64_t n = 0; n < conv.batch; ++n) {
      for (std::int64_t m = 0; m < channels; ++m) {
        for (std::int64_t p = 0; p < conv.grid.windows(); ++p) {
          out[static_cast<std::size_t>(conv.y(n, m, p))] = b[m];
        }
      }
    }
  }
  conv.for_each_product(
      [&](std::size_t ix, std::size_t iw, std::size_t iy) { out[iy] += in[ix] * weight[iw]; });
  return out;
}

}  // namespace tern::ops
