#include "ops/nn/window.h"

#include <algorithm>

#include "base/errors.h"

namespace tern::ops {
namespace {

// Limits that keep every product of the geometry far from overflow.
constexpr std::int64_t kLargest = std::int64_t{1} << 31;

Status check_list(std::string_view what, std::span<const std::int64_t> list, std::size_t wanted,
                  std::int64_t least) {
  if (!list.empty() && list.size() != wanted) {
    return invalid_argument("{} has {} entries for {}", what, list.size(), wanted);
  }
  for (const std::int64_t value : list) {
    if (value < least || value > kLargest) {
      return invalid_argument("{} {} is not in [{}, {}]", what, value, least, kLargest);
    }
  }
  return {};
}

}  // namespace

std::vector<std::int64_t> all_but_channels(int rank) {
  std::vector<std::int64_t> axes{0};
  for (int axis = 2; axis < rank; ++axis) axes.push_back(axis);
  return axes;
}

Result<std::vector<WindowAxis>> window_axes(const WindowSpec& spec, std::size_t spatial) {
  if (spec.kernel.size() != spatial) {
    return invalid_argument("kernel has {} axes, the input {} spatial ones", spec.kernel.size(),
                            spatial);
  }
  TERN_TRY(check_list("kernel size", spec.kernel, spatial, 1));
  TERN_TRY(check_list("stride", spec.strides, spatial, 1));
  TERN_TRY(check_list("dilation", spec.dilations, spatial, 1));
  TERN_TRY(check_list("pad", spec.pads, 2 * spatial, 0));
  std::vector<WindowAxis> axes(spatial);
  for (std::size_t i = 0; i < spatial; ++i) {
    axes[i].kernel = spec.kernel[i];
    if (!spec.strides.empty()) axes[i].stride = spec.strides[i];
    if (!spec.dilations.empty()) axes[i].dilation = spec.dilations[i];
    if (!spec.pads.empty() && spec.auto_pad == AutoPad::kNotSet) {
      axes[i].pad_begin = spec.pads[i];
      axes[i].pad_end = spec.pads[spatial + i];
    }
  }
  return axes;
}

Result<std::int64_t> window_count(const WindowSpec& spec, std::int64_t size, WindowAxis& axis) {
  if (size > kLargest) return invalid_argument("a spatial size of {} is above {}", size, kLargest);
  if (spec.auto_pad == AutoPad::kSameUpper || spec.auto_pad == AutoPad::kSameLower) {
    const std::int64_t count = (size + axis.stride - 1) / axis.stride;
    const std::int64_t pad =
        std::max<std::int64_t>(0, (count - 1) * axis.stride + axis.extent() - size);
    const std::int64_t less = pad / 2;
    axis.pad_begin = spec.auto_pad == AutoPad::kSameUpper ? less : pad - less;
    axis.pad_end = pad - axis.pad_begin;
    return count;
  }
  const std::int64_t padded = size + axis.pad_begin + axis.pad_end;
  if (padded < axis.extent()) {
    return invalid_argument("a window of {} does not fit in {} positions (pads included)",
                            axis.extent(), padded);
  }
  const std::int64_t steps = padded - axis.extent();
  // VALID means whole windows whatever ceil_mode says.
  if (!spec.ceil_mode || spec.auto_pad == AutoPad::kValid) return steps / axis.stride + 1;
  std::int64_t count = (steps + axis.stride - 1) / axis.stride + 1;
  // A last window that would start in the end padding is left out.
  if ((count - 1) * axis.stride >= size + axis.pad_begin) --count;
  return count;
}

Result<std::vector<Dim>> window_output(const WindowSpec& spec, std::span<const Dim> input,
                                       std::vector<WindowAxis>& axes) {
  std::vector<Dim> out(input.size());
  for (std::size_t i = 0; i < input.size(); ++i) {
    if (!input[i].known()) continue;
    Result<std::int64_t> count = window_count(spec, input[i].value(), axes[i]);
    if (!count.ok()) return count.status().with_context(fmt::format("spatial axis {}", i));
    out[i] = Dim(*count);
  }
  return out;
}

Result<WindowGrid> WindowGrid::make(const WindowSpec& spec, std::span<const std::int64_t> input) {
  TERN_ASSIGN_OR_RETURN(std::vector<WindowAxis> axes, window_axes(spec, input.size()));
  std::vector<std::int64_t> output(input.size());
  for (std::size_t i = 0; i < input.size(); ++i) {
    TERN_ASSIGN_OR_RETURN(output[i], window_count(spec, input[i], axes[i]));
  }
  return WindowGrid(std::move(axes), input, output);
}

WindowGrid::WindowGrid(std::vector<WindowAxis> axes, std::span<const std::int64_t> input,
                       std::span<const std::int64_t> output)
    : axes_(std::move(axes)),
      input_(input.begin(), input.end()),
      output_(output.begin(), output.end()) {
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    positions_ *= input_[i];
    windows_ *= output_[i];
    taps_ *= axes_[i].kernel;
  }
}

std::int64_t WindowGrid::at(std::int64_t w, std::int64_t t) const {
  std::int64_t position = 0;
  std::int64_t stride = 1;
  std::int64_t missing = 0;
  for (std::size_t i = axes_.size(); i-- > 0;) {
    const WindowAxis& axis = axes_[i];
    const std::int64_t p =
        w % output_[i] * axis.stride + t % axis.kernel * axis.dilation - axis.pad_begin;
    if (p >= input_[i] + axis.pad_end) {
      missing = kBeyond;
    } else if ((p < 0 || p >= input_[i]) && missing == 0) {
      missing = kPadding;
    }
    position += p * stride;
    stride *= input_[i];
    w /= output_[i];
    t /= axis.kernel;
  }
  return missing != 0 ? missing : position;
}

}  // namespace tern::ops
