#include "backend/cpu/isa.h"

namespace tern::cpu {

Isa detect_isa() { return Isa::kBaseline; }

}  // namespace tern::cpu
