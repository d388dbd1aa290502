// Dropout in f32: element i is kept by word i of a counter-based random stream (base/random.h), so
// that a mask depends on the key alone, never on threads or instruction set.
//
// Nothing is validated or allocated and no lock is taken. Outputs may be x.
#pragma once

#include <cstdint>

#include "backend/cpu/isa.h"

namespace tern {
class ThreadPool;
}

namespace tern::cpu {

struct DropoutCall {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;
  float ratio = 0.5F;      ///< an element is dropped when its number in [0, 1) is below
  float scale = 2.0F;      ///< of the elements kept
  std::int64_t first = 0;  ///< position of the first element in the stream, a multiple of 64
  std::int64_t count = 0;
  const float* x = nullptr;
  float* y = nullptr;    ///< null: not wanted
  bool* mask = nullptr;  ///< null: not wanted
};

void run_dropout(const DropoutCall& call, ThreadPool& pool, Isa isa = active_isa()) noexcept;

/// dx = mask ? dy * scale : 0
void run_dropout_backward(const float* dy, const bool* mask, float scale, std::int64_t count,
                          float* dx, ThreadPool& pool, Isa isa = active_isa()) noexcept;

struct DropoutKernels {
  void (*forward)(const DropoutCall& call) noexcept;
  void (*backward)(const float* dy, const bool* mask, float scale, std::int64_t count,
                   float* dx) noexcept;
};

const DropoutKernels& dropout_kernels(Isa isa);

}  // namespace tern::cpu
