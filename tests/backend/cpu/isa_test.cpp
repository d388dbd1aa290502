#include "backend/cpu/isa.h"

#include <gtest/gtest.h>

namespace tern::cpu {
namespace {

TEST(Isa, CapLowersButNeverRaises) {
  EXPECT_EQ(cap_isa(Isa::kAvx512, "avx2"), Isa::kAvx2);
  EXPECT_EQ(cap_isa(Isa::kAvx512Vnni, "avx512"), Isa::kAvx512);
  EXPECT_EQ(cap_isa(Isa::kAvx512Vnni, "avx512_vnni"), Isa::kAvx512Vnni);
  EXPECT_EQ(cap_isa(Isa::kAvx512, "baseline"), Isa::kBaseline);
  EXPECT_EQ(cap_isa(Isa::kBaseline, "avx512"), Isa::kBaseline);
}

TEST(Isa, UnknownCapIsIgnored) {
  EXPECT_EQ(cap_isa(Isa::kAvx2, ""), Isa::kAvx2);
  EXPECT_EQ(cap_isa(Isa::kAvx2, "AVX9"), Isa::kAvx2);
}

TEST(Isa, AvailableOnesRunFromBaselineToActive) {
  ASSERT_FALSE(available_isas().empty());
  EXPECT_EQ(available_isas().front(), Isa::kBaseline);
  EXPECT_EQ(available_isas().back(), active_isa());
  EXPECT_LE(active_isa(), detect_isa());
}

}  // namespace
}  // namespace tern::cpu
