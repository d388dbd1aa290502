// What DeformConv and its gradient share: inference and the walk over all samples.
#pragma once

#include "graph/op_def.h"
#include "ops/image/point_sampling.h"
#include "ops/nn/window.h"

namespace tern::ops {

/// Output type of DeformConv; `bias` and `mask` have an undefined dtype where they are left out.
Result<TypeInfo> infer_deform_conv(const DeformConv& op, const TypeInfo& x, const TypeInfo& w,
                                   const TypeInfo& offset, const TypeInfo& bias,
                                   const TypeInfo& mask);

/// One read of the image: what a tap of a window sees in a channel.
struct DeformedSample {
  std::size_t image = 0;  // the first pixel of the channel in X
  std::int64_t channel = 0;
  std::int64_t n = 0;
  std::int64_t tap = 0;
  std::int64_t window = 0;
  std::int64_t mask = 0;    // its place in the mask
  std::int64_t offset = 0;  // the place of its first offset; the next axis stands `windows` further
};

/// A concrete deformable convolution.
class DeformableGrid {
 public:
  static Result<DeformableGrid> make(const DeformConv& op, const tern::Shape& x,
                                     const tern::Shape& w);

  std::int64_t windows() const { return grid_.windows(); }
  std::size_t rank() const { return axes_.size(); }
  const tern::Shape& strides() const { return strides_; }
  std::size_t offset_at(const DeformedSample& s, std::size_t axis) const {
    return static_cast<std::size_t>(s.offset + static_cast<std::int64_t>(axis) * windows());
  }

  /// Calls body(sample) for every sample.
  template <class Body>
  void for_each_sample(Body body) const {
    for (std::int64_t n = 0; n < batch_; ++n) {
      for (std::int64_t channel = 0; channel < channels_; ++channel) {
        const std::int64_t group = n * groups_ + channel / (channels_ / groups_);
        for (std::int64_t tap = 0; tap < grid_.taps(); ++tap) {
          for (std::int64_t window = 0; window < windows(); ++window) {
            DeformedSample s{.channel = channel, .n = n, .tap = tap, .window = window};
            s.image = static_cast<std::size_t>((n * channels_ + channel) * grid_.positions());
            s.mask = (group * grid_.taps() + tap) * windows() + window;
            s.offset =
                (group * grid_.taps() + tap) * static_cast<std::int64_t>(rank()) * windows() +
                window;
            body(s);
          }
        }
      }
    }
  }

  /// Calls body(weight_offset, output_offset) for every output element that a sample goes into.
  template <class Body>
  void for_each_output(const DeformedSample& s, Body body) const {
    const std::int64_t first = s.channel / group_in_ * group_out_;
    for (std::int64_t m = first; m < first + group_out_; ++m) {
      body(static_cast<std::size_t>((m * group_in_ + s.channel % group_in_) * grid_.taps() + s.tap),
           static_cast<std::size_t>((s.n * outputs_ + m) * windows() + s.window));
    }
  }

  /// The pixels that a sample reads; offset[...] reads the offsets.
  template <class Reader>
  std::vector<AxisPixels> pixels_of(const DeformedSample& s, const Reader& offset) const {
    std::vector<double> moved;
    for (std::size_t axis = 0; axis < rank(); ++axis) {
      moved.push_back(offset[static_cast<std::int64_t>(offset_at(s, axis))]);
    }
    return moved_pixels(s.tap, s.window, moved);
  }

 private:
  DeformableGrid(std::vector<WindowAxis> axes, WindowGrid grid);
  std::vector<AxisPixels> moved_pixels(std::int64_t tap, std::int64_t window,
                                       std::span<const double> offsets) const;

  std::vector<WindowAxis> axes_;
  WindowGrid grid_;
  tern::Shape strides_;
  std::int64_t batch_ = 1;
  std::int64_t channels_ = 1;
  std::int64_t outputs_ = 1;    // output channels
  std::int64_t group_in_ = 1;   // channels of one group
  std::int64_t group_out_ = 1;  // output channels of one group
  std::int64_t groups_ = 1;     // of offsets
};

}  // namespace tern::ops
