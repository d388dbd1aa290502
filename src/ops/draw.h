// What random operators draw: element i of a node's output gets the same number on every machine,
// whatever computes it and in whatever order.
#pragma once

#include <cstdint>
#include <optional>

#include "base/random.h"
#include "ops/reference.h"

namespace tern {

class ElementDraw {
 public:
  /// `seed` is the operator's own attribute; it takes the place of the key's seed.
  explicit ElementDraw(const RandomKey& key, std::optional<std::uint64_t> seed = {})
      : seed_(seed.value_or(key.seed)), stream_(derive_stream({key.step, key.node})) {}

  std::uint64_t seed() const { return seed_; }
  std::uint64_t stream() const { return stream_; }
  /// Uniform in [0, 1): word i of the stream.
  float uniform(std::int64_t i) const {
    const auto n = static_cast<std::uint64_t>(i);
    return to_uniform_float(random_block(seed_, stream_, n / 4)[n % 4]);
  }

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
};

}  // namespace tern
