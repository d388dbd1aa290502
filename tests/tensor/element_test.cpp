#include "tensor/element.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tern/tensor.h"

namespace tern {
namespace {

double stored(DType dtype, double value) {
  Tensor tensor = *Tensor::zeros(dtype, {1});
  store_f64(dtype)(tensor.mutable_raw(), 0, value);
  return load_f64(dtype)(tensor.raw(), 0);
}

double stored_integer(DType dtype, std::int64_t value) {
  Tensor tensor = *Tensor::zeros(dtype, {1});
  store_i64(dtype)(tensor.mutable_raw(), 0, value);
  return load_f64(dtype)(tensor.raw(), 0);
}

// A float between would make a tie of what is just above one, and the tie would go the other way.
TEST(Element, NarrowFloatsAreRoundedOnce) {
  const double above = 0x1p-40;
  EXPECT_EQ(stored(DType::kF16, 1 + 0x1p-11), 1);
  EXPECT_EQ(stored(DType::kF16, 1 + 0x1p-11 + above), 1 + 0x1p-10);
  EXPECT_EQ(stored(DType::kF16, -1 - 0x1p-11 - above), -1 - 0x1p-10);
  EXPECT_EQ(stored(DType::kF16, 1 + 3 * 0x1p-11 - above), 1 + 0x1p-10);
  EXPECT_EQ(stored(DType::kBF16, 1 + 0x1p-8 + above), 1 + 0x1p-7);
  EXPECT_EQ(stored(DType::kBF16, 1 + 3 * 0x1p-8 - above), 1 + 0x1p-7);
  EXPECT_EQ(stored(DType::kF8E4M3FN, 1 + 0x1p-4 + above), 1 + 0x1p-3);
  EXPECT_EQ(stored(DType::kF4E2M1, 1.25 + above), 1.5);
}

TEST(Element, IntegersAreRoundedOnceToo) {
  const std::int64_t tie = (std::int64_t{1} << 62) + (std::int64_t{1} << 54);
  EXPECT_EQ(stored_integer(DType::kBF16, tie), 0x1p62);
  EXPECT_EQ(stored_integer(DType::kBF16, tie + 1), 0x1p62 + 0x1p55);
  EXPECT_EQ(stored_integer(DType::kBF16, -tie - 1), -0x1p62 - 0x1p55);
  EXPECT_EQ(stored_integer(DType::kF16, 2049), 2048);
}

TEST(Element, TheEndsOfTheRangeStay) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(stored(DType::kF16, kInfinity), kInfinity);
  EXPECT_EQ(stored(DType::kF16, -1e300), -kInfinity);
  EXPECT_EQ(stored(DType::kBF16, 1e300), kInfinity);
  EXPECT_EQ(stored(DType::kF16, 1e-300), 0);
  EXPECT_TRUE(std::signbit(stored(DType::kBF16, -1e-300)));
  EXPECT_TRUE(std::isnan(stored(DType::kF16, std::nan(""))));
  EXPECT_EQ(stored(DType::kF8E4M3FN, 1e300), 448);
}

}  // namespace
}  // namespace tern
