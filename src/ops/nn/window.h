// Sliding windows of convolution and pooling: attributes with their defaults filled in, output
// sizes, and the positions a window covers. Shared by channels-first and channels-last operators.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "graph/op_def.h"
#include "tern/ops/nn.h"

namespace tern::ops {

/// One spatial axis.
struct WindowAxis {
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t pad_begin = 0;
  std::int64_t pad_end = 0;

  /// The input positions one window spans.
  std::int64_t extent() const { return (kernel - 1) * dilation + 1; }
};

/// The attributes a convolution or pooling states; empty lists mean the default.
struct WindowSpec {
  AutoPad auto_pad = AutoPad::kNotSet;
  std::span<const std::int64_t> kernel;
  std::span<const std::int64_t> strides;
  std::span<const std::int64_t> dilations;
  std::span<const std::int64_t> pads;
  bool ceil_mode = false;
};

/// The window attributes of an operator's struct.
template <class Op>
WindowSpec window_spec(const Op& op, std::span<const std::int64_t> kernel) {
  WindowSpec spec{
      .auto_pad = op.auto_pad, .kernel = kernel, .strides = op.strides, .pads = op.pads};
  if constexpr (requires { op.dilations; }) spec.dilations = op.dilations;
  if constexpr (requires { op.ceil_mode; }) spec.ceil_mode = op.ceil_mode;
  return spec;
}

/// An operator with the window attributes of another: the gradient of a pooling, say.
template <class To, class From>
To with_window_of(const From& from) {
  To to;
  to.auto_pad = from.auto_pad;
  to.dilations = from.dilations;
  to.kernel_shape = from.kernel_shape;
  to.pads = from.pads;
  to.strides = from.strides;
  if constexpr (requires { to.p; }) to.p = from.p;
  if constexpr (requires { to.group; }) to.group = from.group;
  if constexpr (requires { to.ceil_mode; }) to.ceil_mode = from.ceil_mode;
  if constexpr (requires { to.count_include_pad; }) to.count_include_pad = from.count_include_pad;
  return to;
}

/// Where the channels of an image stand: [N, C, spatial...] or [N, spatial..., C].
enum class ImageLayout : std::uint8_t { kChannelsFirst, kChannelsLast };

constexpr std::size_t channel_axis(ImageLayout layout, std::size_t rank) {
  return layout == ImageLayout::kChannelsFirst ? 1 : rank - 1;
}
constexpr std::size_t first_spatial_axis(ImageLayout layout) {
  return layout == ImageLayout::kChannelsFirst ? 2 : 1;
}

/// Every axis but the channels of a channels-first image: what a bias's gradient sums over.
std::vector<std::int64_t> all_but_channels(int rank);

/// Checks counts and signs for `spatial` axes; the kernel must have its sizes. Pads are filled in
/// only for explicit padding.
Result<std::vector<WindowAxis>> window_axes(const WindowSpec& spec, std::size_t spatial);

/// The number of windows along an axis of `size` positions, and the pads that auto_pad implies,
/// written to `axis`. Fails when no window fits.
Result<std::int64_t> window_count(const WindowSpec& spec, std::int64_t size, WindowAxis& axis);

/// Output sizes of all spatial axes; symbolic where the input is. On concrete sizes the pads in
/// `axes` are final.
Result<std::vector<Dim>> window_output(const WindowSpec& spec, std::span<const Dim> input,
                                       std::vector<WindowAxis>& axes);

/// All windows over the spatial axes of one concrete input.
class WindowGrid {
 public:
  static constexpr std::int64_t kPadding = -1;  ///< a position in the stated padding
  static constexpr std::int64_t kBeyond = -2;   ///< past the end padding (ceil_mode only)

  /// Fails where window_count does.
  static Result<WindowGrid> make(const WindowSpec& spec, std::span<const std::int64_t> input);
  /// Windows whose pads and number are decided elsewhere; pads may be negative here.
  WindowGrid(std::vector<WindowAxis> axes, std::span<const std::int64_t> input,
             std::span<const std::int64_t> output);

  std::int64_t positions() const { return positions_; }  ///< spatial size of the input
  std::int64_t windows() const { return windows_; }
  std::int64_t taps() const { return taps_; }
  std::span<const std::int64_t> input() const { return input_; }
  std::span<const std::int64_t> output() const { return output_; }
  /// The position, row-major over the input's spatial axes, that tap `t` of window `w` reads;
  /// kPadding or kBeyond where there is none.
  std::int64_t at(std::int64_t w, std::int64_t t) const;

 private:
  std::vector<WindowAxis> axes_;
  std::vector<std::int64_t> input_;
  std::vector<std::int64_t> output_;
  std::int64_t positions_ = 1;
  std::int64_t windows_ = 1;
  std::int64_t taps_ = 1;
};

/// Element offsets in a dense image.
struct ImageIndex {
  ImageLayout layout = ImageLayout::kChannelsFirst;
  std::int64_t channels = 1;
  std::int64_t positions = 1;

  std::int64_t operator()(std::int64_t n, std::int64_t c, std::int64_t position) const {
    return layout == ImageLayout::kChannelsFirst ? (n * channels + c) * positions + position
                                                 : (n * positions + position) * channels + c;
  }
};

}  // namespace tern::ops
