#include "quantize/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/errors.h"
#include "tern/thread_pool.h"

namespace tern::quant {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// How often magnitudes fell into equal parts of [0, largest]. Zeros, of which a Relu makes many,
// have a number of their own in every range: their part counts like its neighbour, so that they do
// not pull the range to themselves.
std::vector<double> magnitudes(const Histogram& histogram, double largest) {
  constexpr int kBins = Histogram::kBins;
  std::vector<double> bins(kBins, 0.0);
  for (int i = 0; i < kBins; ++i) {
    const double middle = 0.5 * (histogram.edge(i) + histogram.edge(i + 1));
    const int bin = static_cast<int>(std::abs(middle) / largest * kBins);
    bins[static_cast<std::size_t>(std::min(bin, kBins - 1))] +=
        static_cast<double>(histogram.counts()[static_cast<std::size_t>(i)]);
  }
  bins[0] = bins[1];
  return bins;
}

// The divergence of `used` bins, cut there, from the same in `levels` steps.
double divergence(std::span<const double> bins, std::size_t used, std::size_t levels) {
  std::vector<double> cut(bins.begin(), bins.begin() + static_cast<std::ptrdiff_t>(used));
  for (std::size_t i = used; i < bins.size(); ++i) cut.back() += bins[i];
  double all_cut = 0, all_coarse = 0, sum = 0;
  std::vector<double> coarse(used, 0.0);
  for (std::size_t level = 0; level < levels; ++level) {
    const std::size_t begin = level * used / levels;
    const std::size_t end = (level + 1) * used / levels;
    double total = 0;
    std::size_t filled = 0;
    for (std::size_t i = begin; i < end; ++i) {
      total += bins[i];
      filled += cut[i] > 0 ? 1 : 0;
    }
    for (std::size_t i = begin; i < end && filled > 0; ++i) {
      if (cut[i] > 0) coarse[i] = total / static_cast<double>(filled);
    }
  }
  for (std::size_t i = 0; i < used; ++i) {
    all_cut += cut[i];
    all_coarse += coarse[i];
  }
  if (all_cut == 0 || all_coarse == 0) return kInfinity;
  constexpr double kAlmostNothing = 1e-9;  // what the steps give to values they do not have
  for (std::size_t i = 0; i < used; ++i) {
    if (cut[i] == 0) continue;
    const double p = cut[i] / all_cut;
    sum += p * std::log(p / std::max(coarse[i] / all_coarse, kAlmostNothing));
  }
  return sum;
}

// Runs every sample on a graph whose outputs are `values`.
class Tap {
 public:
  static Result<Tap> create(const Graph& graph, std::span<const ValueId> values,
                            const SessionOptions& options) {
    Graph tapped = graph;
    tapped.set_outputs({values.begin(), values.end()});
    std::vector<std::string> names;
    for (const ValueId value : values) names.push_back(graph.value(value).name);
    TERN_ASSIGN_OR_RETURN(Session session, Session::create(std::move(tapped), options));
    return Tap(std::move(session), std::move(names));
  }

  using Visit = FunctionRef<Status(std::size_t value, std::span<const float> elements)>;

  Status visit(std::span<const std::vector<Tensor>> samples, Visit visit) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      Result<std::vector<Tensor>> outputs = session_.run(samples[i]);
      if (!outputs.ok()) {
        return std::move(outputs).status().with_context(fmt::format("sample {}", i));
      }
      for (std::size_t v = 0; v < outputs->size(); ++v) {
        if (Status s = visit(v, (*outputs)[v].span<float>()); !s.ok()) {
          return std::move(s).with_context(fmt::format("sample {}, {}", i, names_[v]));
        }
      }
    }
    return {};
  }

 private:
  Tap(Session session, std::vector<std::string> names)
      : session_(std::move(session)), names_(std::move(names)) {}

  Session session_;
  std::vector<std::string> names_;
};

Status widen(Range& range, std::span<const float> elements) {
  for (const float x : elements) {
    if (!std::isfinite(x)) return invalid_argument("an activation is {}", x);
    range.lo = std::min(range.lo, x);
    range.hi = std::max(range.hi, x);
  }
  return {};
}

}  // namespace

Histogram::Histogram(Range range) : range_(range), counts_(kBins, 0) {}

void Histogram::add(std::span<const float> values) {
  const double width = double{range_.hi} - double{range_.lo};
  for (const float x : values) {
    const double place = width > 0 ? (double{x} - double{range_.lo}) / width * kBins : 0;
    const double bin = std::clamp(place, 0.0, double{kBins - 1});
    ++counts_[static_cast<std::size_t>(bin)];
  }
}

double Histogram::edge(int i) const {
  return double{range_.lo} + (double{range_.hi} - double{range_.lo}) * i / kBins;
}

Range percentile_range(const Histogram& histogram, double percentile) {
  const auto counts = histogram.counts();
  std::int64_t all = 0;
  for (const std::int64_t count : counts) all += count;
  const double outside = static_cast<double>(all) * (1.0 - percentile / 100.0) / 2.0;
  int first = 0, last = Histogram::kBins;
  double below = 0, above = 0;
  while (first < last - 1) {
    below += static_cast<double>(counts[static_cast<std::size_t>(first)]);
    if (below > outside) break;
    ++first;
  }
  while (last > first + 1) {
    above += static_cast<double>(counts[static_cast<std::size_t>(last - 1)]);
    if (above > outside) break;
    --last;
  }
  return {static_cast<float>(histogram.edge(first)), static_cast<float>(histogram.edge(last))};
}

Range entropy_range(const Histogram& histogram) {
  const Range range = histogram.range();
  const double largest = std::max(std::abs(double{range.lo}), std::abs(double{range.hi}));
  if (largest == 0) return range;
  constexpr std::size_t kLevels = 128;
  const std::vector<double> bins = magnitudes(histogram, largest);
  std::size_t best = bins.size();
  double least = kInfinity;
  for (std::size_t used = kLevels; used <= bins.size(); used += 8) {
    const double d = divergence(bins, used, kLevels);
    if (d < least) {
      least = d;
      best = used;
    }
  }
  const auto t =
      static_cast<float>(largest * static_cast<double>(best) / static_cast<double>(bins.size()));
  return {std::max(range.lo, -t), std::min(range.hi, t)};
}

Result<std::vector<Range>> calibrate(const Graph& graph, std::span<const ValueId> values,
                                     std::span<const std::vector<Tensor>> samples,
                                     const QuantizeOptions& options) {
  TERN_ASSIGN_OR_RETURN(Tap tap, Tap::create(graph, values, options.session));
  std::vector<Range> ranges(values.size(), {kInfinity, -kInfinity});
  TERN_TRY(tap.visit(samples, [&](std::size_t value, std::span<const float> elements) {
    return widen(ranges[value], elements);
  }));
  for (Range& range : ranges) {
    if (range.lo > range.hi) range = {};  // no sample had an element
  }
  if (options.calibration == Calibration::kMinMax) return ranges;
  std::vector<Histogram> histograms(ranges.begin(), ranges.end());
  TERN_TRY(tap.visit(samples, [&](std::size_t value, std::span<const float> elements) {
    histograms[value].add(elements);
    return Status();
  }));
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    ranges[i] = options.calibration == Calibration::kEntropy
                    ? entropy_range(histograms[i])
                    : percentile_range(histograms[i], options.percentile);
  }
  return ranges;
}

ByteScale byte_scale(Range range) {
  constexpr float kMost = 255.0F;
  const float lo = std::min(range.lo, 0.0F);
  const float hi = std::max(range.hi, 0.0F);
  const float scale = hi / kMost - lo / kMost;  // apart, so that the largest floats do not overflow
  if (!(scale > 0.0F)) return {};
  const float zero = std::nearbyint(-lo / scale);
  return {scale, static_cast<std::uint8_t>(std::clamp(zero, 0.0F, kMost))};
}

}  // namespace tern::quant
