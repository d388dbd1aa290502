// How the weights of a convolution lie, and reading them as the packed forms want them.
#pragma once

#include <cstdint>

#include "backend/cpu/compute/conv.h"
#include "backend/cpu/compute/packing.h"

namespace tern::cpu {

/// Tap (y, x) of the filter from input channel i to output channel o of group g stands at
///   w[g * group + o * out + i * in + first + y * row + x * column],
/// and all taps of a filter within `window` floats from w[g * group + o * out + i * in].
struct ConvWeights {
  const float* w = nullptr;
  std::int64_t group = 0, out = 0, in = 0;
  std::int64_t window = 1;
  std::int64_t first = 0, row = 0, column = 1;

  std::int64_t tap(std::int64_t y, std::int64_t x) const { return first + y * row + x * column; }
};

/// ONNX's order: [out_c, in_c / groups, kernel_h, kernel_w].
ConvWeights onnx_weights(const ConvShape& shape, const float* w);

/// The filters that lead to output channels [outs.begin, outs.end) of a group, side by side: a row
/// of `width` floats (zero beyond the channels) for every input channel and float of its window.
class FilterRows {
 public:
  /// Largest window that fits, for panels of any Isa.
  static constexpr std::int64_t kMaxWindow = 512;

  FilterRows(const ConvWeights& weights, Isa isa) : weights_(weights), isa_(isa) {}

  /// Input channels that one gather() takes.
  std::int64_t channels(std::int64_t width) const;
  void gather(std::int64_t group, Range outs, std::int64_t width, Range ins);
  /// The row of tap (y, x) of the i-th input channel gathered.
  const float* row(std::int64_t i, std::int64_t y, std::int64_t x) const {
    return rows_ + (i * weights_.window + weights_.tap(y, x)) * width_;
  }

 private:
  static constexpr std::int64_t kMaxWidth = 32;
  static constexpr std::int64_t kCacheFloats = 4 * 1024;  // more than one channel only in the L1

  const ConvWeights& weights_;
  Isa isa_;
  std::int64_t width_ = 0;
  alignas(64) float rows_[kMaxWindow * kMaxWidth];
};

}  // namespace tern::cpu
