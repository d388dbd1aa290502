#include "backend/cpu/bf16_unit.h"

#include <algorithm>
#include <cstdlib>

#include "backend/cpu/isa.h"

namespace tern::cpu {

std::string_view to_string(Bf16Unit unit) {
  switch (unit) {
    case Bf16Unit::kNone: return "none";
    case Bf16Unit::kDot: return "avx512_bf16";
    case Bf16Unit::kTiles: return "amx";
  }
  return "unknown";
}

Bf16Unit cap_bf16_unit(Bf16Unit detected, std::string_view cap) {
  for (const Bf16Unit unit : {Bf16Unit::kDot, Bf16Unit::kTiles}) {
    if (to_string(unit) == cap) return std::min(unit, detected);
  }
  return is_isa_name(cap) ? Bf16Unit::kNone : detected;
}

Bf16Unit active_bf16_unit() {
  static const Bf16Unit active = [] {
    const char* cap = std::getenv("TERN_MAX_ISA");
    return cap_bf16_unit(detect_bf16_unit(), cap == nullptr ? "" : cap);
  }();
  return active;
}

}  // namespace tern::cpu
