// Optimiser updates in f32: one pass over parameter, gradient and state (tern/ops/train.h has the
// formulas).
//
// Outputs may be the inputs of the same meaning. run_* validate nothing, allocate nothing and take
// no lock.
#pragma once

#include <cstdint>

#include "backend/cpu/isa.h"

namespace tern {
class ThreadPool;
}

namespace tern::cpu {

struct SgdCall {
  float rate = 0.0F;
  float momentum = 0.0F;
  float weight_decay = 0.0F;
  bool nesterov = false;
  std::int64_t count = 0;
  const float* w = nullptr;
  const float* g = nullptr;
  const float* m = nullptr;  ///< null: a state of zeros
  float* w_new = nullptr;
  float* m_new = nullptr;  ///< null: not wanted
};

void run_sgd(const SgdCall& call, ThreadPool& pool, Isa isa = active_isa()) noexcept;

/// w_new = keep * w - rate * m_new / (root * sqrt(v_new) + epsilon), where m_new and v_new are the
/// moments of g + weight_decay * w: `rate` and `root` hold the corrections of the first steps,
/// `keep` is below 1 for decoupled weight decay.
struct AdamCall {
  float rate = 0.0F;
  float root = 1.0F;
  float epsilon = 0.0F;
  float beta1 = 0.0F, rest1 = 1.0F;  ///< rest1 = 1 - beta1, rounded once
  float beta2 = 0.0F, rest2 = 1.0F;
  float weight_decay = 0.0F;
  float keep = 1.0F;
  std::int64_t count = 0;
  const float* w = nullptr;
  const float* g = nullptr;
  const float* m = nullptr;
  const float* v = nullptr;
  float* w_new = nullptr;
  float* m_new = nullptr;
  float* v_new = nullptr;
};

void run_adam(const AdamCall& call, ThreadPool& pool, Isa isa = active_isa()) noexcept;

struct UpdateKernels {
  void (*sgd)(const SgdCall& call) noexcept;
  void (*adam)(const AdamCall& call) noexcept;
};

const UpdateKernels& update_kernels(Isa isa);

}  // namespace tern::cpu
