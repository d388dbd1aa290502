// Which instructions of this processor multiply bfloat16 faster than f32, if any.
//
// All functions are pure or look at the processor and the environment once; any thread may call
// them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tern::cpu {

/// Ordered by what they gain.
enum class Bf16Unit : std::uint8_t {
  kNone = 0,
  kDot = 1,    ///< AVX512_BF16: vdpbf16ps, two products per lane
  kTiles = 2,  ///< AMX-BF16: tdpbf16ps, products of 16 x 32 by 32 x 16
};

/// "none", "avx512_bf16" or "amx": the spelling TERN_MAX_ISA takes and reports print.
std::string_view to_string(Bf16Unit unit);

/// The best unit that processor and operating system support and that is faster than f32. AMX
/// needs the permission of the operating system, which the first call asks for; it holds for the
/// process. AVX512_BF16 counts on AMD's processors only: those of Intel that have it beside AMX
/// take several cycles for a vdpbf16ps and multiply f32 faster (docs/kernels.md).
Bf16Unit detect_bf16_unit();

/// `detected`, lowered by what `cap` (a name of isa.h or of this header) leaves of the processor:
/// every instruction set of isa.h leaves no unit. An empty or unknown `cap` lowers nothing.
Bf16Unit cap_bf16_unit(Bf16Unit detected, std::string_view cap);

/// detect_bf16_unit() capped by the environment variable TERN_MAX_ISA, read at the first call.
Bf16Unit active_bf16_unit();

}  // namespace tern::cpu
