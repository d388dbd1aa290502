// The parts of classification losses that look at every score, in f32: rows of scores, one per
// label.
//
// Nothing is validated or allocated and no lock is taken; rows are shared among the pool's threads.
#pragma once

#include <cstdint>

#include "backend/cpu/isa.h"

namespace tern {
class ThreadPool;
}

namespace tern::cpu {

/// out[r] = log(sum(exp(x[r]))).
void run_log_sum_exp(const float* x, std::int64_t rows, std::int64_t columns, float* out,
                     ThreadPool& pool, Isa isa = active_isa()) noexcept;

/// dx[r] = d[r] * (softmax(x[r]) - one_hot(label[r])); zeros where d[r] is 0. dx may be x.
void run_cross_entropy_gradient(const float* x, const std::int64_t* label, const float* d,
                                std::int64_t rows, std::int64_t columns, float* dx,
                                ThreadPool& pool, Isa isa = active_isa()) noexcept;

struct LossKernels {
  void (*log_sum_exp)(const float* x, std::int64_t rows, std::int64_t columns, float* out) noexcept;
  /// dx[r] = d[r] * softmax(x[r])
  void (*scaled_softmax)(const float* x, const float* d, std::int64_t rows, std::int64_t columns,
                         float* dx) noexcept;
};

const LossKernels& loss_kernels(Isa isa);

}  // namespace tern::cpu
