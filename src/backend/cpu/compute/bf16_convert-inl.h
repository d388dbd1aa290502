// From f32 to bf16 with AVX512_BF16, which the processors with either unit have.
#pragma once

#include "backend/cpu/compute/bf16_tile.h"
#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

void convert_to_bf16(const float* from, Bf16* to, std::int64_t count) noexcept {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const __m256bh rounded = _mm512_cvtneps_pbh(load(from + i));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i), (__m256i)rounded);
  }
  if (i == count) return;
  const __m256bh rounded = _mm512_cvtneps_pbh(load_n(from + i, count - i));
  _mm256_mask_storeu_epi16(to + i, first_lanes(count - i), (__m256i)rounded);
}

}  // namespace
}  // namespace tern::cpu::TERN_SIMD_NS
