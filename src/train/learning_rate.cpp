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

LearningRate one_cycle(double rate, std::int64_t steps, const OneCycleOptions& options) {
  const double end = static_cast<double>(std::max<std::int64_t>(1, steps)) - 1;
  const double top = options.rise * (end + 1) - 1;
  return [=](std::int64_t step) {
    const double now = std::min(static_cast<double>(step), end);
    const auto between = [](double from, double to, double done) {
      return to + (from - to) * (1 + std::cos(std::numbers::pi * done)) / 2;
    };
    if (top > 0 && now <= top) return rate * between(options.start, 1, now / top);
    return rate * between(1, options.last, end > top ? (now - top) / (end - top) : 1);
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
