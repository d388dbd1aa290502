#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <set>
#include <vector>

namespace tern {
namespace {

// Known answers of philox4x32 with ten rounds, from the kat_vectors of the authors' Random123.
static_assert(philox4x32({0, 0, 0, 0}, {0, 0}) ==
              PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
static_assert(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
                         {0xffffffff, 0xffffffff}) ==
              PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
static_assert(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                         {0xa4093822, 0x299f31d0}) ==
              PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});

static_assert(to_uniform_float(0) == 0.0F && to_uniform_float(0xffffffff) < 1.0F);
static_assert(to_uniform_double(0) == 0.0 && to_uniform_double(~std::uint64_t{0}) < 1.0);

TEST(RandomStream, IsTheSequenceOfItsBlocks) {
  RandomStream rng(7, 9);
  for (std::uint64_t block = 0; block < 3; ++block) {
    for (const std::uint32_t word : random_block(7, 9, block)) EXPECT_EQ(rng.next_u32(), word);
  }
}

TEST(RandomStream, ContinuesAfterASeek) {
  RandomStream original(1, 2);
  for (int i = 0; i < 6; ++i) (void)original.next_u32();
  RandomStream resumed(1, 2);
  resumed.seek(original.position());
  for (int i = 0; i < 9; ++i) EXPECT_EQ(resumed.next_u32(), original.next_u32());
}

TEST(RandomStream, SeedsAndStreamsDiffer) {
  std::set<std::uint64_t> firsts;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (std::uint64_t stream = 0; stream < 10; ++stream) {
      firsts.insert(RandomStream(seed, stream).next_u64());
    }
  }
  EXPECT_EQ(firsts.size(), 100u);
}

TEST(DeriveStream, DependsOnOrderAndCount) {
  const std::set<std::uint64_t> streams{derive_stream({}),     derive_stream({0}),
                                        derive_stream({0, 0}), derive_stream({1, 2}),
                                        derive_stream({2, 1}), derive_stream({1, 2, 0})};
  EXPECT_EQ(streams.size(), 6u);
}

// Bounds are five standard errors of the mean of n draws.
TEST(RandomStream, UniformHasTheMomentsOfTheUniformDistribution) {
  RandomStream rng(42);
  constexpr int kDraws = 100'000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = i % 2 == 0 ? rng.uniform_double() : rng.uniform_float();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
    squares += u * u;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 5 * std::sqrt(1.0 / 12 / kDraws));
  EXPECT_NEAR(squares / kDraws, 1.0 / 3, 5 * std::sqrt(4.0 / 45 / kDraws));
}

TEST(RandomStream, NormalHasTheMomentsOfTheNormalDistribution) {
  RandomStream rng(42);
  constexpr int kDraws = 100'000;
  double sum = 0;
  double squares = 0;
  double fourths = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double z = rng.normal();
    sum += z;
    squares += z * z;
    fourths += z * z * z * z;
  }
  EXPECT_NEAR(sum / kDraws, 0, 5 * std::sqrt(1.0 / kDraws));
  EXPECT_NEAR(squares / kDraws, 1, 5 * std::sqrt(2.0 / kDraws));
  EXPECT_NEAR(fourths / kDraws, 3, 5 * std::sqrt(96.0 / kDraws));
}

TEST(RandomStream, BelowIsFairAndInRange) {
  RandomStream rng(3);
  constexpr int kDraws = 60'000;
  std::array<int, 6> counts{};
  for (int i = 0; i < kDraws; ++i) counts.at(rng.below(6))++;
  for (const int count : counts) EXPECT_NEAR(count, kDraws / 6, 5 * std::sqrt(kDraws / 6));
  EXPECT_EQ(rng.below(1), 0u);
  // Two thirds of the range of 64 bits: a plain remainder would favour the lower half two to one.
  const std::uint64_t n = (~std::uint64_t{0} / 3) * 2;
  int low = 0;
  for (int i = 0; i < kDraws; ++i) low += rng.below(n) < n / 2 ? 1 : 0;
  EXPECT_NEAR(low, kDraws / 2, 5 * std::sqrt(kDraws / 4));
}

TEST(ShuffledIndices, IsAPermutationThatEachEpochChanges) {
  const auto first = shuffled_indices(1000, 5, 0);
  EXPECT_EQ(first, shuffled_indices(1000, 5, 0));
  EXPECT_NE(first, shuffled_indices(1000, 5, 1));
  EXPECT_NE(first, shuffled_indices(1000, 6, 0));
  std::vector<std::int64_t> sorted = first;
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::int64_t> identity(1000);
  std::iota(identity.begin(), identity.end(), 0);
  EXPECT_EQ(sorted, identity);
  EXPECT_TRUE(shuffled_indices(0, 5, 0).empty());
}

TEST(ShuffledIndices, EveryElementReachesEveryPlaceEquallyOften) {
  constexpr int kEpochs = 12'000;
  std::array<std::array<int, 4>, 4> counts{};
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    const auto order = shuffled_indices(4, 1, static_cast<std::uint64_t>(epoch));
    for (std::size_t place = 0; place < 4; ++place) {
      counts[place].at(static_cast<std::size_t>(order[place]))++;
    }
  }
  for (const auto& place : counts) {
    for (const int count : place) {
      EXPECT_NEAR(count, kEpochs / 4, 5 * std::sqrt(kEpochs * 0.25 * 0.75));
    }
  }
}

}  // namespace
}  // namespace tern
