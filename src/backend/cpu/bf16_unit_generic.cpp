#include "backend/cpu/bf16_unit.h"

namespace tern::cpu {

Bf16Unit detect_bf16_unit() { return Bf16Unit::kNone; }

}  // namespace tern::cpu
