// Random numbers as a function of (seed, stream, position): the same on every machine, with any
// number of threads, and after a resume. Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel
// random numbers: as easy as 1, 2, 3", SC 2011.
//
//   RandomStream rng(seed, derive_stream({step, node, sample}));
//   const float keep = rng.uniform_float();
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace tern {

using PhiloxBlock = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

/// Four random words for a counter and a key; a bijection of the counter for every key.
constexpr PhiloxBlock philox4x32(PhiloxBlock counter, PhiloxKey key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {
        static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
        static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

/// The words [4 * block, 4 * block + 4) of a stream: for kernels that draw by element index.
constexpr PhiloxBlock random_block(std::uint64_t seed, std::uint64_t stream, std::uint64_t block) {
  const auto low = [](std::uint64_t v) { return static_cast<std::uint32_t>(v); };
  const auto high = [](std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); };
  return philox4x32({low(block), high(block), low(stream), high(stream)}, {low(seed), high(seed)});
}

/// Uniform in [0, 1), a multiple of 2^-24.
constexpr float to_uniform_float(std::uint32_t word) {
  return static_cast<float>(word >> 8) * 0x1p-24F;
}
/// Uniform in [0, 1), a multiple of 2^-53.
constexpr double to_uniform_double(std::uint64_t word) {
  return static_cast<double>(word >> 11) * 0x1p-53;
}

/// One stream id out of several numbers (step, node, sample ...); depends on their order and count.
std::uint64_t derive_stream(std::initializer_list<std::uint64_t> parts);

/// Draws one after the other. Cheap to make and copy; one object is for one thread.
class RandomStream {
 public:
  explicit RandomStream(std::uint64_t seed, std::uint64_t stream = 0)
      : seed_(seed), stream_(stream) {}

  std::uint32_t next_u32() {
    const auto lane = static_cast<std::size_t>(position_ % 4);
    if (lane == 0) block_ = random_block(seed_, stream_, position_ / 4);
    ++position_;
    return block_[lane];
  }
  std::uint64_t next_u64() {
    const std::uint64_t low = next_u32();
    return low | std::uint64_t{next_u32()} << 32;
  }
  /// Uniform in [0, 1).
  float uniform_float() { return to_uniform_float(next_u32()); }
  double uniform_double() { return to_uniform_double(next_u64()); }
  /// Uniform in [0, n), without bias. `n` must not be 0.
  std::uint64_t below(std::uint64_t n);
  /// Mean 0, standard deviation 1 (Box-Muller, one of the pair); always draws four words.
  double normal();

  /// How many words were drawn; seek(position()) on a fresh stream continues where this one stands.
  std::uint64_t position() const { return position_; }
  void seek(std::uint64_t position);

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t position_ = 0;
  PhiloxBlock block_{};  // the words around position_, valid unless position_ % 4 == 0
};

/// The numbers 0 .. count-1 in the order of an epoch: every epoch differs, the same one never does.
std::vector<std::int64_t> shuffled_indices(std::int64_t count, std::uint64_t seed,
                                           std::uint64_t epoch);

}  // namespace tern
