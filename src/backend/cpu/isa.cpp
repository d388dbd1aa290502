#include "backend/cpu/isa.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace tern::cpu {
namespace {

constexpr std::array kAllIsas{Isa::kBaseline, Isa::kAvx2, Isa::kAvx512, Isa::kAvx512Vnni};

}  // namespace

std::string_view to_string(Isa isa) {
  switch (isa) {
    case Isa::kBaseline: return "baseline";
    case Isa::kAvx2: return "avx2";
    case Isa::kAvx512: return "avx512";
    case Isa::kAvx512Vnni: return "avx512_vnni";
  }
  return "unknown";
}

bool is_isa_name(std::string_view name) {
  return std::ranges::any_of(kAllIsas, [&](Isa isa) { return to_string(isa) == name; });
}

Isa cap_isa(Isa detected, std::string_view cap) {
  for (Isa isa : kAllIsas) {
    if (to_string(isa) == cap) return std::min(isa, detected);
  }
  return detected;
}

Isa active_isa() {
  static const Isa active = [] {
    const char* cap = std::getenv("TERN_MAX_ISA");
    return cap_isa(detect_isa(), cap == nullptr ? "" : cap);
  }();
  return active;
}

std::span<const Isa> available_isas() {
  return std::span(kAllIsas).first(static_cast<std::size_t>(active_isa()) + 1);
}

}  // namespace tern::cpu
