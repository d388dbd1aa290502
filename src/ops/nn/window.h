// Sliding windows of convolution and pooling: attributes with their defaults filled in, output
// sizes, and the positions a window covers.
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

}  // namespace tern::ops
