#include "base/checked_math.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

namespace tern {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

static_assert(checked_add(kMax - 1, 1) == kMax);
static_assert(!checked_add(kMax, 1));
static_assert(!checked_sub(kMin, 1));
static_assert(!checked_sub(0u, 1u));
static_assert(checked_mul(kMin, 1) == kMin);
static_assert(!checked_mul(kMin, -1));
static_assert(!checked_mul(std::size_t{1} << 32, std::size_t{1} << 32));
static_assert(checked_cast<std::uint8_t>(255) == 255);
static_assert(!checked_cast<std::uint8_t>(256));
static_assert(!checked_cast<std::size_t>(-1));
static_assert(checked_round_up<std::size_t>(65, 64) == 128);
static_assert(checked_round_up<std::size_t>(64, 64) == 64);
static_assert(!checked_round_up<std::size_t>(~std::size_t{0} - 5, 64));

TEST(CheckedProduct, MultipliesDimensions) {
  const std::array<std::int64_t, 3> dims{2, 3, 4};
  EXPECT_EQ(checked_product(std::span(dims)), 24);
  EXPECT_EQ(checked_product(std::span<const std::int64_t>()), 1);
  const std::vector<std::int64_t> with_zero{5, 0, 7};
  EXPECT_EQ(checked_product(std::span(with_zero)), 0);
}

TEST(CheckedProduct, RefusesHugeShapes) {
  const std::vector<std::int64_t> huge{std::int64_t{1} << 40, std::int64_t{1} << 40};
  EXPECT_EQ(checked_product(std::span(huge)), std::nullopt);
}

}  // namespace
}  // namespace tern
