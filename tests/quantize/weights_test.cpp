#include "quantize/weights.h"

#include <cmath>

#include "tests/support/status_matchers.h"
#include "tests/support/tensors.h"

namespace tern::quant {
namespace {

using tern::testing::all_close;
using tern::testing::f32;
using tern::testing::FailsWith;
using tern::testing::of;

TEST(ToBytes, ScalesEveryChannelToItsLargestMagnitude) {
  const auto weight = to_bytes(f32({2, 2}, {1, -2, 0.5, 4}), 0, true);
  ASSERT_TRUE(weight.ok());
  EXPECT_TRUE(all_close(weight->scales, f32({2}, {2.0 / 127, 4.0 / 127})));
  EXPECT_TRUE(all_close(weight->values, of(DType::kI8, {2, 2}, {64, -127, 16, 127})));
  EXPECT_TRUE(all_close(weight->zeros, of(DType::kI8, {2}, {0, 0})));
}

TEST(ToBytes, ChannelsMayBeAnyAxis) {
  const auto weight = to_bytes(f32({2, 2}, {1, -2, 0.5, 4}), 1, true);
  ASSERT_TRUE(weight.ok());
  EXPECT_TRUE(all_close(weight->scales, f32({2}, {1.0 / 127, 4.0 / 127})));
  EXPECT_TRUE(all_close(weight->values, of(DType::kI8, {2, 2}, {127, -64, 64, 127})));
}

TEST(ToBytes, OneScaleForAll) {
  const auto weight = to_bytes(f32({2, 2}, {1, -2, 0.5, 4}), 0, false);
  ASSERT_TRUE(weight.ok());
  EXPECT_EQ(weight->scales.rank(), 0);
  EXPECT_TRUE(all_close(weight->values, of(DType::kI8, {2, 2}, {32, -64, 16, 127})));
}

TEST(ToBytes, ZerosAloneAreZeros) {
  const auto weight = to_bytes(f32({1, 2}, {0, 0}), 0, true);
  ASSERT_TRUE(weight.ok());
  EXPECT_TRUE(all_close(weight->values, of(DType::kI8, {1, 2}, {0, 0})));
  EXPECT_TRUE(all_close(weight->scales, f32({1}, {1})));
}

TEST(ToBytes, RefusesWhatIsNotFinite) {
  EXPECT_THAT(to_bytes(f32({2}, {1, NAN}), 0, true),
              FailsWith(StatusCode::kInvalidArgument, "element 1"));
  EXPECT_THAT(to_bytes(f32({1}, {INFINITY}), 0, true),
              FailsWith(StatusCode::kInvalidArgument, "inf"));
}

// (q - 8) * scale with the element of largest magnitude at -8; low bits first, padding is 0.
TEST(ToNibbles, PacksBlocksAlongK) {
  const auto weight = to_nibbles(f32({3, 1}, {8, -4, 1}), false, 16);
  ASSERT_TRUE(weight.ok());
  EXPECT_TRUE(all_close(weight->scales, f32({1, 1}, {-1})));
  EXPECT_TRUE(all_close(
      weight->values, of(DType::kU8, {1, 1, 8}, {0xC0, 0x87, 0x88, 0x88, 0x88, 0x88, 0x88, 0x88})));
}

TEST(ToNibbles, TransposedIsTheSame) {
  const Tensor w = tern::testing::random_values(DType::kF32, {40, 3});
  std::vector<double> turned;
  for (int n = 0; n < 3; ++n) {
    for (int k = 0; k < 40; ++k) turned.push_back(double{w.data<float>()[k * 3 + n]});
  }
  const auto a = to_nibbles(w, false, 16);
  const auto b = to_nibbles(f32({3, 40}, turned), true, 16);
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_EQ(a->values.shape(), Shape({3, 3, 8}));
  EXPECT_TRUE(identical(a->values, b->values));
  EXPECT_TRUE(identical(a->scales, b->scales));
}

TEST(ToHalf, RoundsToNearest) {
  const auto half = to_half(f32({2}, {1.0 + 1.0 / 4096, -3}), DType::kF16);
  ASSERT_TRUE(half.ok());
  EXPECT_TRUE(identical(*half, of(DType::kF16, {2}, {1, -3})));
}

TEST(ToHalf, HasNoTensorForNumbersBeyondTheType) {
  const auto f16 = to_half(f32({2}, {1, 1e6}), DType::kF16);
  ASSERT_TRUE(f16.ok());
  EXPECT_FALSE(f16->defined());
  const auto bf16 = to_half(f32({2}, {1, 1e6}), DType::kBF16);
  ASSERT_TRUE(bf16.ok());
  EXPECT_TRUE(bf16->defined());
}

}  // namespace
}  // namespace tern::quant
