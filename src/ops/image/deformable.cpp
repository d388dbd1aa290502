#include "ops/image/deformable.h"

#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/nn/convolution.h"
#include "ops/tensor/dims.h"

namespace tern::ops {
namespace {

WindowSpec spec_of(const DeformConv& op, std::span<const std::int64_t> kernel) {
  return {.kernel = kernel, .strides = op.strides, .dilations = op.dilations, .pads = op.pads};
}

// Fails unless `type` is [N, offset_group * taps * numbers, output...].
Status check_per_tap(std::string_view name, const TypeInfo& type, const TypeInfo& y,
                     std::int64_t groups, std::int64_t taps, std::int64_t numbers) {
  TypeInfo expected = y;
  // Kernels are limited to 2^31 an axis; a product that large cannot be the size of a tensor here.
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  if (taps > kMost / groups / numbers) return invalid_argument("{} taps are too many", taps);
  expected.shape[1] = Dim(groups * taps * numbers);
  return check_same_shape(name, type, "what the windows need", expected);
}

}  // namespace

Result<TypeInfo> infer_deform_conv(const DeformConv& op, const TypeInfo& x, const TypeInfo& w,
                                   const TypeInfo& offset, const TypeInfo& bias,
                                   const TypeInfo& mask) {
  constexpr auto kLayout = ImageLayout::kChannelsFirst;
  TERN_ASSIGN_OR_RETURN(
      TypeInfo y, infer_convolution(spec_of(op, op.kernel_shape), op.group, x, w, bias, kLayout));
  if (op.offset_group < 1 || op.offset_group > (std::int64_t{1} << 31)) {
    return invalid_argument("offset_group {} is not in [1, 2^31]", op.offset_group);
  }
  if (x.shape[1].known() && x.shape[1].value() % op.offset_group != 0) {
    return invalid_argument("{} channels cannot be split into {} offset groups", x.shape[1].value(),
                            op.offset_group);
  }
  TERN_ASSIGN_OR_RETURN(const std::vector<std::int64_t> kernel,
                        convolution_kernel(op.kernel_shape, w));
  if (kernel.empty()) return y;
  std::int64_t taps = 1;
  for (const std::int64_t size : kernel) {
    if (size > 0 && taps > (std::int64_t{1} << 31) / size) {
      return invalid_argument("a kernel of more than 2^31 taps");
    }
    taps *= size;
  }
  TERN_TRY(check_per_tap("offset", offset, y, op.offset_group, taps, x.rank() - 2));
  if (mask.dtype != DType::kUndefined) {
    TERN_TRY(check_per_tap("mask", mask, y, op.offset_group, taps, 1));
  }
  return y;
}

DeformableGrid::DeformableGrid(std::vector<WindowAxis> axes, WindowGrid grid)
    : axes_(std::move(axes)),
      grid_(std::move(grid)),
      strides_(tern::Shape(grid_.input()).strides()) {}

Result<DeformableGrid> DeformableGrid::make(const DeformConv& op, const tern::Shape& x,
                                            const tern::Shape& w) {
  const WindowSpec spec = spec_of(op, w.dims().subspan(2));
  const auto input = x.dims().subspan(2);
  TERN_ASSIGN_OR_RETURN(std::vector<WindowAxis> axes, window_axes(spec, input.size()));
  TERN_ASSIGN_OR_RETURN(WindowGrid grid, WindowGrid::make(spec, input));
  DeformableGrid result(std::move(axes), std::move(grid));
  result.batch_ = x[0];
  result.channels_ = x[1];
  result.outputs_ = w[0];
  result.group_in_ = w[1];
  result.group_out_ = w[0] / op.group;
  result.groups_ = op.offset_group;
  return result;
}

std::vector<AxisPixels> DeformableGrid::moved_pixels(std::int64_t tap, std::int64_t window,
                                                     std::span<const double> offsets) const {
  std::vector<AxisPixels> pixels(axes_.size());
  for (std::size_t i = axes_.size(); i-- > 0;) {
    const WindowAxis& axis = axes_[i];
    const std::int64_t start =
        window % grid_.output()[i] * axis.stride + tap % axis.kernel * axis.dilation;
    const double position = static_cast<double>(start - axis.pad_begin) + offsets[i];
    pixels[i] = linear_pixels(position, grid_.input()[i]);
    window /= grid_.output()[i];
    tap /= axis.kernel;
  }
  return pixels;
}

}  // namespace tern::ops
