// What the tests of products in bf16 share: the kernels that this machine can run and the exact
// value of what they compute.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "backend/cpu/compute/bf16_tile.h"

namespace tern::cpu {

/// The tile kernel over software_tiles.h, on every machine, and those of the units up to
/// active_bf16_unit().
std::vector<const Bf16Kernels*> runnable_bf16_kernels();

/// `x` with 8 significant bits, ties to even; of normal numbers.
inline double rounded_to_bf16(float x) {
  int exponent = 0;
  const double mantissa = std::frexp(static_cast<double>(x), &exponent);
  return std::ldexp(std::nearbyint(mantissa * 256), exponent - 8);
}

/// Runs a test body once per kernel.
class EachBf16Kernel : public ::testing::TestWithParam<const Bf16Kernels*> {};

inline std::string bf16_kernel_name(const ::testing::TestParamInfo<const Bf16Kernels*>& info) {
  return std::string(info.param->name);
}

#define TERN_INSTANTIATE_EACH_BF16_KERNEL(suite)                                         \
  INSTANTIATE_TEST_SUITE_P(Kernels, suite, ::testing::ValuesIn(runnable_bf16_kernels()), \
                           bf16_kernel_name)

}  // namespace tern::cpu
