// The tile kernel over arrays, compiled for the baseline, and the arrays themselves.
#define TERN_SIMD_BASELINE
#include "backend/cpu/compute/bf16_tiles-inl.h"

#include <gtest/gtest.h>

#include <vector>

#include "tensor/float_bits.h"
#include "tests/backend/cpu/bf16_testing.h"
#include "tests/backend/cpu/software_tiles.h"

namespace tern::cpu {
namespace {

void convert(const float* from, Bf16* to, std::int64_t count) noexcept {
  for (std::int64_t i = 0; i < count; ++i) to[i] = bf16_bits(from[i]);
}

constexpr Bf16Kernels kSoftwareKernels{"software_tiles",
                                       baseline::compute_tiled_strip<SoftwareTiles>, convert};

// Operands of which only the first row of A and the first column of B are not zero.
struct Operands {
  Bf16 a[16 * 32] = {};
  Bf16 b[16 * 32] = {};

  void set(int k, float x, float y) {
    a[k] = bf16_bits(x);
    b[k / 2 * 32 + k % 2] = bf16_bits(y);
  }
  float sum(float start) const {
    float c[16 * 16] = {};
    c[0] = start;
    SoftwareTiles tiles;
    tiles.load<0>(c, 64);
    tiles.load<4>(a, 64);
    tiles.load<6>(b, 64);
    tiles.dot<0, 4, 6>();
    tiles.store<0>(c, 64);
    return c[0];
  }
};

TEST(SoftwareTiles, SumEvenAndOddProductsApart) {
  Operands operands;
  operands.set(0, 16777216.0F, 1.0F);  // 2^24, beside which 1 is lost
  operands.set(1, 1.0F, 1.0F);
  operands.set(2, 1.0F, 1.0F);  // lost
  operands.set(3, 1.0F, 1.0F);
  EXPECT_EQ(operands.sum(0.0F), 16777218.0F);
}

TEST(SoftwareTiles, AddTheDestinationLast) {
  Operands operands;
  operands.set(0, 1.0F, 1.0F);
  operands.set(1, 1.0F, 1.0F);
  EXPECT_EQ(operands.sum(16777216.0F), 16777218.0F);
}

TEST(SoftwareTiles, TreatDenormalsAsZero) {
  Operands operands;
  operands.set(0, 1e-39F, 1e10F);  // a denormal operand
  EXPECT_EQ(operands.sum(0.0F), 0.0F);
  operands.set(0, 1e-25F, 1e-15F);  // a denormal product
  EXPECT_EQ(operands.sum(0.0F), 0.0F);
  EXPECT_EQ(Operands().sum(1e-39F), 0.0F);  // a denormal destination
}

}  // namespace

std::vector<const Bf16Kernels*> runnable_bf16_kernels() {
  std::vector<const Bf16Kernels*> kernels{&kSoftwareKernels};
  for (const Bf16Unit unit : {Bf16Unit::kDot, Bf16Unit::kTiles}) {
    if (unit <= active_bf16_unit()) kernels.push_back(bf16_kernels(unit));
  }
  return kernels;
}

}  // namespace tern::cpu
