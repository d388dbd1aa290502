// What the random operators share: types, and filling a tensor with draws.
#pragma once

#include <bit>
#include <cmath>
#include <numbers>
#include <optional>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/draw.h"
#include "ops/tensor/dims.h"

namespace tern::ops {

/// Draws of 53 bits for elements of a node's output. `seed` is the operator's attribute, a float
/// whose bits count.
class WideDraw {
 public:
  WideDraw(const RandomKey& key, std::optional<float> seed)
      : draw_(key, seed ? std::optional<std::uint64_t>(std::bit_cast<std::uint32_t>(*seed))
                        : std::nullopt) {}

  /// Uniform in [0, 1).
  double uniform(std::int64_t i) const { return both(i).first; }
  /// Mean 0, standard deviation 1 (Box-Muller).
  double normal(std::int64_t i) const {
    const auto [u, v] = both(i);
    // 1 - u is in (0, 1], where the logarithm is finite.
    return std::sqrt(-2 * std::log(1 - u)) * std::cos(2 * std::numbers::pi * v);
  }

 private:
  std::pair<double, double> both(std::int64_t i) const {
    const auto block = random_block(draw_.seed(), draw_.stream(), static_cast<std::uint64_t>(i));
    const auto wide = [](std::uint32_t low, std::uint32_t high) {
      return to_uniform_double(low | std::uint64_t{high} << 32);
    };
    return {wide(block[0], block[1]), wide(block[2], block[3])};
  }

  ElementDraw draw_;
};

/// Output of a Like operator: the input's sizes, `dtype` or the input's type, which must be a
/// float.
Status infer_float_like(InferContext& c, DType dtype);

/// Output of sizes `shape`; `dtype` must be a float.
Status infer_floats(InferContext& c, DType dtype, std::span<const std::int64_t> shape);

/// Output 0 = f(draw, i) for every element.
template <class F>
void fill_random(ReferenceContext& c, std::optional<float> seed, F f) {
  const WideDraw draw(c.random(), seed);
  const FloatWriter y(c.out(0));
  for (std::int64_t i = 0, n = c.out(0).elements(); i < n; ++i) y.set(i, f(draw, i));
}

}  // namespace tern::ops
