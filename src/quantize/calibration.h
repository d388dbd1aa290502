// The ranges of activations, as samples show them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tern/graph.h"
#include "tern/quantize.h"

namespace tern::quant {

struct Range {
  float lo = 0.0F;
  float hi = 0.0F;
  friend bool operator==(const Range&, const Range&) = default;
};

/// How often values fell into equal parts of a range.
class Histogram {
 public:
  static constexpr int kBins = 2048;

  explicit Histogram(Range range);
  /// Values outside the range count at its ends.
  void add(std::span<const float> values);

  Range range() const { return range_; }
  std::span<const std::int64_t> counts() const { return counts_; }
  /// Where bin `i` begins; kBins gives the end of the range.
  double edge(int i) const;

 private:
  Range range_;
  std::vector<std::int64_t> counts_;
};

/// The range without the outermost values, (100 - percentile) / 2 percent at each end.
Range percentile_range(const Histogram& histogram, double percentile);
/// The range, cut at -t and t, whose 128 steps of magnitude say most of the distribution: t is the
/// one with the smallest Kullback-Leibler divergence.
Range entropy_range(const Histogram& histogram);

/// The range of each value over all samples. Values are f32.
Result<std::vector<Range>> calibrate(const Graph& graph, std::span<const ValueId> values,
                                     std::span<const std::vector<Tensor>> samples,
                                     const QuantizeOptions& options);

/// Scale and zero point of u8 for a range, which is widened to hold 0.
struct ByteScale {
  float scale = 1.0F;
  std::uint8_t zero = 0;
};
ByteScale byte_scale(Range range);

}  // namespace tern::quant
