// The matrix registers of AMX under bf16_tiles-inl.h. Compiled for AVX-512, AVX512_BF16 and AMX.
//
// Sources: Intel SDM volume 1, chapter 18 (TILECFG, palette 1: eight tiles of 16 rows of 64 bytes),
// volume 2 (LDTILECFG, TILELOADD, TILESTORED, TDPBF16PS).
#define TERN_SIMD_AVX512
#include "backend/cpu/compute/bf16_convert-inl.h"
#include "backend/cpu/compute/bf16_tiles-inl.h"

namespace tern::cpu::avx512 {
namespace {

// The operand of LDTILECFG: 64 bytes.
struct alignas(64) TileConfig {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfig) == 64);

// In static storage: GCC 12 declares that the load reads 8 bytes of it, and would drop stores to
// the others.
constexpr TileConfig kAllTiles;

// The intrinsics of GCC paste the register's number into the instruction, so it must be a literal.
// Their loads are not declared to read memory, hence the barriers around what is shared with plain
// loads and stores.
class AmxTiles {
 public:
  TERN_SIMD_INLINE void barrier() { asm volatile("" ::: "memory"); }

  __attribute__((always_inline)) AmxTiles() { _tile_loadconfig(&kAllTiles); }
  __attribute__((always_inline)) ~AmxTiles() { _tile_release(); }
  AmxTiles(const AmxTiles&) = delete;
  AmxTiles& operator=(const AmxTiles&) = delete;

  template <int t>
  __attribute__((always_inline)) void zero() {
    static_assert(t >= 0 && t < 4);
    if constexpr (t == 0) _tile_zero(0);
    if constexpr (t == 1) _tile_zero(1);
    if constexpr (t == 2) _tile_zero(2);
    if constexpr (t == 3) _tile_zero(3);
  }

  template <int t>
  __attribute__((always_inline)) void load(const void* p, long stride) {
    static_assert(t >= 0 && t < 8);
    barrier();
    if constexpr (t == 0) _tile_loadd(0, p, stride);
    if constexpr (t == 1) _tile_loadd(1, p, stride);
    if constexpr (t == 2) _tile_loadd(2, p, stride);
    if constexpr (t == 3) _tile_loadd(3, p, stride);
    if constexpr (t == 4) _tile_loadd(4, p, stride);
    if constexpr (t == 5) _tile_loadd(5, p, stride);
    if constexpr (t == 6) _tile_loadd(6, p, stride);
    if constexpr (t == 7) _tile_loadd(7, p, stride);
  }

  template <int t>
  __attribute__((always_inline)) void store(void* p, long stride) {
    static_assert(t >= 0 && t < 4);
    if constexpr (t == 0) _tile_stored(0, p, stride);
    if constexpr (t == 1) _tile_stored(1, p, stride);
    if constexpr (t == 2) _tile_stored(2, p, stride);
    if constexpr (t == 3) _tile_stored(3, p, stride);
    barrier();
  }

  template <int c, int a, int b>
  __attribute__((always_inline)) void dot() {
    static_assert(c >= 0 && c < 4 && a == 4 + c / 2 && b == 6 + c % 2);
    if constexpr (c == 0) _tile_dpbf16ps(0, 4, 6);
    if constexpr (c == 1) _tile_dpbf16ps(1, 4, 7);
    if constexpr (c == 2) _tile_dpbf16ps(2, 5, 6);
    if constexpr (c == 3) _tile_dpbf16ps(3, 5, 7);
  }
};

}  // namespace

extern const Bf16Kernels kBf16TileKernels;
const Bf16Kernels kBf16TileKernels{"amx", compute_tiled_strip<AmxTiles>, convert_to_bf16};

}  // namespace tern::cpu::avx512
