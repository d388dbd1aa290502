#include "backend/cpu/compute/loss.h"

#include <algorithm>

#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

constexpr std::int64_t kGrain = 8 * 1024;  // elements that are worth a thread of their own

std::int64_t row_grain(std::int64_t columns) {
  return std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, columns));
}

}  // namespace

void run_log_sum_exp(const float* x, std::int64_t rows, std::int64_t columns, float* out,
                     ThreadPool& pool, Isa isa) noexcept {
  pool.parallel_for(rows, row_grain(columns), [&](std::int64_t begin, std::int64_t end) {
    loss_kernels(isa).log_sum_exp(x + begin * columns, end - begin, columns, out + begin);
  });
}

void run_cross_entropy_gradient(const float* x, const std::int64_t* label, const float* d,
                                std::int64_t rows, std::int64_t columns, float* dx,
                                ThreadPool& pool, Isa isa) noexcept {
  pool.parallel_for(rows, row_grain(columns), [&](std::int64_t begin, std::int64_t end) {
    loss_kernels(isa).scaled_softmax(x + begin * columns, d + begin, end - begin, columns,
                                     dx + begin * columns);
    for (std::int64_t r = begin; r < end; ++r) dx[r * columns + label[r]] -= d[r];
  });
}

}  // namespace tern::cpu
