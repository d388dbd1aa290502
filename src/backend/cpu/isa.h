// Which instruction set the CPU kernels use.
//
// Kernels are compiled once per Isa (compute/simd.h says how) and chosen at run time, so one binary
// runs everywhere. All functions are pure or read the environment once; any thread may call them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tern::cpu {

/// Ordered: a machine that has one Isa has all smaller ones too.
enum class Isa : std::uint8_t {
  kBaseline = 0,    ///< what the compiler targets by default: SSE2 on x86-64, NEON on AArch64
  kAvx2 = 1,        ///< AVX2 and FMA
  kAvx512 = 2,      ///< AVX-512 F, BW, DQ and VL
  kAvx512Vnni = 3,  ///< and VNNI: products of bytes summed in 32 bits by one instruction
};

/// "baseline", "avx2", "avx512" or "avx512_vnni": the spelling TERN_MAX_ISA takes and reports
/// print.
std::string_view to_string(Isa isa);

/// True for the spellings of to_string(Isa).
bool is_isa_name(std::string_view name);

/// The best Isa that processor and operating system support.
Isa detect_isa();

/// `detected`, lowered to what `cap` names; an empty or unknown `cap` lowers nothing.
Isa cap_isa(Isa detected, std::string_view cap);

/// detect_isa() capped by the environment variable TERN_MAX_ISA, read at the first call.
Isa active_isa();

/// Every Isa up to active_isa(), smallest first: what tests iterate over.
std::span<const Isa> available_isas();

}  // namespace tern::cpu
