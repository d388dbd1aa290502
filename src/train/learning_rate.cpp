#include <algorithm>
#include <cmath>
#include <numbers>

#include "tern/optimizer.h"

namespace tern {

LearningRate constant_rate(double rate) {
  return [rate](std::int64_t) { return rate; };
}

LearningRate step_decay(double rate, std::int64_t steps, double factor) {
  const std::int64_t every = std::max<std::int64_t>(1, steps);
  return
      [=](std::int64_t step) { return rate * std::pow(factor, static_cast<double>(step / every)); };
}

LearningRate cosine_decay(double rate, std::int64_t steps, double last) {
  const std::int64_t length = std::max<std::int64_t>(1, steps);
  return [=](std::int64_t step) {
    const double done = static_cast<double>(std::min(step, length)) / static_cast<double>(length);
    return last + (rate - last) * (1 + std::cos(std::numbers::pi * done)) / 2;
  };
}

LearningRate warm_up(std::int64_t steps, LearningRate then) {
  return [steps, then = std::move(then)](std::int64_t step) {
    if (step >= steps) return then(step - steps);
    // The first step moves already; the last one of the rise is followed by the full rate.
    return then(0) * static_cast<double>(step + 1) / static_cast<double>(steps + 1);
  };
}

}  // namespace tern
