// Recurrent layers in f32: RNN, GRU and LSTM as tern/ops/rnn.h describes them.
//
//   const RecurrentPlan plan = plan_recurrent({.kind = RecurrentKind::kLstm, .input = 128, ...});
//   pack_recurrent(plan, {.w = w, .r = r, .b = b}, packed);      // packed: plan.packed_floats
//   run_recurrent(plan, {.steps = 64, .batch = 1, .x = x, ...}, scratch, pool);
//
// The products of X with W are one matrix product for many steps at once; each step then adds the
// product of the state with R, both packed, and applies the gates while they are in the cache.
// Units come in blocks of one vector: a block's gates stand side by side, so that one block needs
// nothing of the others but the state. Threads share directions, sequences or blocks.
//
// Plans are plain values. run_recurrent validates nothing, allocates nothing and takes no lock.
#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include "backend/cpu/compute/gemm.h"
#include "backend/cpu/isa.h"

namespace tern {
class ThreadPool;
}

namespace tern::cpu {

/// kGruLinear is GRU with linear_before_reset.
enum class RecurrentKind : std::uint8_t { kRnn, kGru, kGruLinear, kLstm };

enum class GateFunction : std::uint8_t {
  kAffine,
  kElu,
  kHardSigmoid,
  kLeakyRelu,
  kRelu,
  kScaledTanh,
  kSigmoid,
  kSoftplus,
  kSoftsign,
  kTanh,
  kThresholdedRelu,
};

struct GateActivation {
  GateFunction function = GateFunction::kTanh;
  float alpha = 0.0F;
  float beta = 0.0F;
};

struct RecurrentShape {
  RecurrentKind kind = RecurrentKind::kLstm;
  std::int64_t input = 0;
  std::int64_t hidden = 0;
  int directions = 1;
  bool first_is_reverse = false;
  bool input_forget = false;
  bool has_peepholes = false;
  float clip = std::numeric_limits<float>::infinity();
  std::array<std::array<GateActivation, 3>, 2> activations{};  ///< per direction: f, g, h
};

struct RecurrentPlan {
  RecurrentShape shape;
  Isa isa = Isa::kBaseline;
  std::int64_t blocks = 0;         ///< of units
  std::int64_t padded_hidden = 0;  ///< hidden rounded up to whole blocks
  std::int64_t input_columns = 0;  ///< of W in the order of blocks, one direction
  std::int64_t state_columns = 0;  ///< of R that one product per step computes
  std::int64_t late_columns = 0;   ///< of R that a second product computes (kGru)
  std::int64_t packed_floats = 0;
};

RecurrentPlan plan_recurrent(const RecurrentShape& shape, Isa isa = active_isa());

/// The weights as ONNX lays them out; b and peepholes may be null.
struct RecurrentWeights {
  const float* w = nullptr;
  const float* r = nullptr;
  const float* b = nullptr;
  const float* peepholes = nullptr;
};

void pack_recurrent(const RecurrentPlan& plan, const RecurrentWeights& weights, float* packed);

/// Pointers of outputs and of initial states may be null, and so may `lengths` (of sequences).
struct RecurrentCall {
  std::int64_t steps = 0;
  std::int64_t batch = 0;
  bool batch_first = false;  ///< x [batch, steps, input], y [batch, steps, directions, hidden]
  const float* x = nullptr;
  const float* packed = nullptr;
  const std::int32_t* lengths = nullptr;
  const float* initial_h = nullptr;
  const float* initial_c = nullptr;
  float* y = nullptr;
  float* last_h = nullptr;
  float* last_c = nullptr;
};

/// Scratch for a pool of `threads`.
std::int64_t recurrent_scratch_floats(const RecurrentPlan& plan, std::int64_t steps,
                                      std::int64_t batch, int threads);

void run_recurrent(const RecurrentPlan& plan, const RecurrentCall& call, float* scratch,
                   ThreadPool& pool) noexcept;

/// One step of one sequence, blocks [first, last) of units. All rows of gates are of whole vectors;
/// h and y are written for units below `hidden` only, h also padded.
struct GateRow {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t hidden = 0;
  const float* gates = nullptr;  ///< input_columns: products with x (kRnn, kLstm: and with h)
  const float* h_in = nullptr;
  float* h_out = nullptr;
  float* c = nullptr;                 ///< kLstm, in place
  float* y = nullptr;                 ///< or null
  float* state_gates = nullptr;       ///< GRU: state_columns, products with h
  const float* late_gates = nullptr;  ///< kGru: late_columns
  float* reset = nullptr;             ///< kGru: r h
  const float* peepholes = nullptr;   ///< kLstm: i, o, f, padded_hidden each
  std::int64_t padded_hidden = 0;
  bool input_forget = false;
  float clip = 0.0F;
  const GateActivation* activations = nullptr;  ///< f, g, h
};

struct RecurrentKernels {
  void (*rnn)(const GateRow& row) noexcept;
  void (*lstm)(const GateRow& row) noexcept;
  /// kGruLinear, all at once.
  void (*gru_linear)(const GateRow& row) noexcept;
  /// kGru before the second product: z into state_gates, r h into reset; and after it.
  void (*gru_reset)(const GateRow& row) noexcept;
  void (*gru_finish)(const GateRow& row) noexcept;
};

const RecurrentKernels& recurrent_kernels(Isa isa);

}  // namespace tern::cpu
