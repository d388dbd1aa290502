// Architectures with one Isa: every question has the same answer.
#include "backend/cpu/compute/attention.h"
#include "backend/cpu/compute/batch_norm.h"
#include "backend/cpu/compute/depthwise.h"
#include "backend/cpu/compute/dropout.h"
#include "backend/cpu/compute/elementwise.h"
#include "backend/cpu/compute/gemv.h"
#include "backend/cpu/compute/int8_depthwise.h"
#include "backend/cpu/compute/int8_tile.h"
#include "backend/cpu/compute/loss.h"
#include "backend/cpu/compute/lstm_backward.h"
#include "backend/cpu/compute/n_bit.h"
#include "backend/cpu/compute/norm_grad.h"
#include "backend/cpu/compute/outer.h"
#include "backend/cpu/compute/pool.h"
#include "backend/cpu/compute/quantize.h"
#include "backend/cpu/compute/recurrent.h"
#include "backend/cpu/compute/reduce.h"
#include "backend/cpu/compute/rows.h"
#include "backend/cpu/compute/tile.h"
#include "backend/cpu/compute/transpose.h"
#include "backend/cpu/compute/typed.h"
#include "backend/cpu/compute/update.h"
#include "backend/cpu/compute/winograd.h"

namespace tern::cpu {

#define TERN_SIMD_FAMILY(Table, kTable, function) \
  namespace baseline {                            \
  extern const Table kTable;                      \
  }                                               \
  const Table& function(Isa) { return baseline::kTable; }
#define TERN_SIMD_VNNI_FAMILY(Table, kTable, function) TERN_SIMD_FAMILY(Table, kTable, function)
#include "backend/cpu/compute/simd_families.def"

}  // namespace tern::cpu
