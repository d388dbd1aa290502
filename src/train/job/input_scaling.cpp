#include "train/job/input_scaling.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "tensor/element.h"

namespace tern::train {
namespace {

// Mean and variance in one pass (Welford 1962).
struct Moments {
  double count = 0;
  double mean = 0;
  double squares = 0;

  void add(double x) {
    ++count;
    const double before = x - mean;
    mean += before / count;
    squares += before * (x - mean);
  }
  double deviation() const { return std::sqrt(squares / count); }
};

Result<InputScaling> scaling_of(const Dataset& data) {
  const DataField& field = data.fields()[0];
  const std::int64_t entries = field.shape.empty() ? 1 : field.shape[0];
  std::vector<Moments> moments(static_cast<std::size_t>(entries));
  std::vector<Tensor> row(data.fields().size());
  for (std::int64_t i = 0; i < data.size(); ++i) {
    TERN_TRY(data.read(i, row));
    const Tensor& input = row[0];
    const LoadF64 load = load_f64(input.dtype());
    if (load == nullptr) return invalid_argument("inputs of type {}", to_string(input.dtype()));
    const std::int64_t inner = input.elements() / std::max<std::int64_t>(1, entries);
    for (std::int64_t e = 0; e < entries; ++e) {
      for (std::int64_t k = 0; k < inner; ++k) {
        moments[static_cast<std::size_t>(e)].add(load(input.raw(), e * inner + k));
      }
    }
  }
  InputScaling scaling;
  for (const Moments& m : moments) {
    const double deviation = m.deviation() > 0 ? m.deviation() : 1;
    scaling.factor.push_back(1 / deviation);
    scaling.offset.push_back(-m.mean / deviation);
  }
  return scaling;
}

}  // namespace

bool InputScaling::is_identity() const {
  return std::ranges::all_of(factor, [](double f) { return f == 1; }) &&
         std::ranges::all_of(offset, [](double o) { return o == 0; });
}

Result<InputScaling> input_scaling(const InputConfig& config, const Dataset& data) {
  if (config.standardize) return scaling_of(data);
  const std::size_t n = std::max(config.mean.size(), config.deviation.size());
  for (const auto& [name, list] : {std::pair("mean", &config.mean), {"std", &config.deviation}}) {
    if (list->size() == 1 || list->size() == n) continue;
    return invalid_argument("input.{} has {} numbers, the other has {}", name, list->size(), n);
  }
  InputScaling scaling;
  for (std::size_t i = 0; i < n; ++i) {
    const double mean = config.mean[config.mean.size() == 1 ? 0 : i];
    const double deviation = config.deviation[config.deviation.size() == 1 ? 0 : i];
    scaling.factor.push_back(config.scale / deviation);
    scaling.offset.push_back(-mean / deviation);
  }
  return scaling;
}

}  // namespace tern::train
