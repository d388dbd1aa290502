#include "base/random.h"

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "base/check.h"

namespace tern {
namespace {

constexpr std::uint64_t kShuffleStream = 0x73687566666c65;  // "shuffle", apart from other uses

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): every input bit moves half the output.
std::uint64_t scramble(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

std::uint64_t derive_stream(std::initializer_list<std::uint64_t> parts) {
  std::uint64_t stream = scramble(parts.size());
  for (const std::uint64_t part : parts) stream = scramble(stream + 0x9e3779b97f4a7c15 + part);
  return stream;
}

// Lemire, "Fast random integer generation in an interval", 2019: the high half of a product is
// uniform once the few low halves that would make some values likelier are rejected.
std::uint64_t RandomStream::below(std::uint64_t n) {
  TERN_DCHECK(n > 0);
  const std::uint64_t unfair = (0 - n) % n;
  while (true) {
    const auto product = static_cast<unsigned __int128>(next_u64()) * n;
    if (static_cast<std::uint64_t>(product) >= unfair) {
      return static_cast<std::uint64_t>(product >> 64);
    }
  }
}

double RandomStream::normal() {
  const double u = 1.0 - uniform_double();  // (0, 1], so that the logarithm is finite
  const double angle = 2.0 * std::numbers::pi * uniform_double();
  return std::sqrt(-2.0 * std::log(u)) * std::cos(angle);
}

void RandomStream::seek(std::uint64_t position) {
  position_ = position;
  if (position % 4 != 0) block_ = random_block(seed_, stream_, position / 4);
}

std::vector<std::int64_t> shuffled_indices(std::int64_t count, std::uint64_t seed,
                                           std::uint64_t epoch) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  RandomStream rng(seed, derive_stream({kShuffleStream, epoch}));
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
  return order;
}

}  // namespace tern
