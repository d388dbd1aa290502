#include "backend/cpu/compute/bf16_tile.h"

namespace tern::cpu {
namespace avx512 {
extern const Bf16Kernels kBf16TileKernels;
extern const Bf16Kernels kBf16DotKernels;
}  // namespace avx512

const Bf16Kernels* bf16_kernels(Bf16Unit unit) {
  switch (unit) {
    case Bf16Unit::kTiles: return &avx512::kBf16TileKernels;
    case Bf16Unit::kDot: return &avx512::kBf16DotKernels;
    case Bf16Unit::kNone: break;
  }
  return nullptr;
}

}  // namespace tern::cpu
