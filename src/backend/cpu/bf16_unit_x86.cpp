#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "backend/cpu/bf16_unit.h"
#include "backend/cpu/isa.h"

namespace tern::cpu {
namespace {

struct Registers {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

// Zeros where the processor has no such leaf.
Registers cpuid(unsigned leaf, unsigned subleaf) {
  Registers r;
  if (__get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx) == 0) return {};
  return r;
}

bool is_amd() {
  const Registers r = cpuid(0, 0);
  char vendor[12];
  std::memcpy(vendor, &r.ebx, 4);
  std::memcpy(vendor + 4, &r.edx, 4);
  std::memcpy(vendor + 8, &r.ecx, 4);
  return std::memcmp(vendor, "AuthenticAMD", sizeof vendor) == 0;
}

// The register states that the operating system saves. Only where CPUID says that XGETBV exists.
std::uint64_t saved_states() {
  constexpr unsigned kOsXsave = 1u << 27;
  if ((cpuid(1, 0).ecx & kOsXsave) == 0) return 0;
  unsigned low = 0;
  unsigned high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<std::uint64_t>(high) << 32 | low;
}

// CPUID leaf 7: AMX-BF16 is bit 22 and AMX-TILE bit 24 of edx; XCR0 bits 17 and 18 are the tiles'
// configuration and data (Intel SDM volume 1, chapter 18).
bool has_tiles() {
  constexpr unsigned kAmx = 1u << 22 | 1u << 24;
  constexpr std::uint64_t kTileStates = 1u << 17 | 1u << 18;
  return (cpuid(7, 0).edx & kAmx) == kAmx && (saved_states() & kTileStates) == kTileStates;
}

// Linux gives tile data (state 18) to processes that ask for it, and refuses where a thread's
// alternative signal stack could not hold the larger state (Documentation/arch/x86/xstate.rst).
bool may_use_tiles() {
#if defined(__linux__)
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;
  return ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

// CPUID leaf 7, subleaf 1: AVX512_BF16 is bit 5 of eax.
bool has_dot() { return (cpuid(7, 1).eax & 1u << 5) != 0; }

}  // namespace

Bf16Unit detect_bf16_unit() {
  static const Bf16Unit detected = [] {
    if (detect_isa() < Isa::kAvx512 || !has_dot()) return Bf16Unit::kNone;
    if (has_tiles() && may_use_tiles()) return Bf16Unit::kTiles;
    return is_amd() ? Bf16Unit::kDot : Bf16Unit::kNone;
  }();
  return detected;
}

}  // namespace tern::cpu
