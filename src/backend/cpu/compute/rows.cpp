#include "backend/cpu/compute/rows.h"

#include <algorithm>

#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

constexpr std::int64_t kGrain = 8 * 1024;  // elements that are worth a thread of their own

std::int64_t row_grain(std::int64_t columns) {
  return std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, columns));
}

NormCall rows_of(NormCall call, std::int64_t begin, std::int64_t end) {
  call.x += begin * call.columns;
  call.y += begin * call.columns;
  call.rows = end - begin;
  if (call.mean != nullptr) call.mean += begin;
  if (call.inverse_std != nullptr) call.inverse_std += begin;
  return call;
}

}  // namespace

void run_softmax(const float* x, float* y, std::int64_t rows, std::int64_t columns,
                 ThreadPool& pool, Isa isa) noexcept {
  pool.parallel_for(rows, row_grain(columns), [&](std::int64_t begin, std::int64_t end) {
    row_kernels(isa).softmax(x + begin * columns, y + begin * columns, end - begin, columns);
  });
}

void run_log_softmax(const float* x, float* y, std::int64_t rows, std::int64_t columns,
                     ThreadPool& pool, Isa isa) noexcept {
  pool.parallel_for(rows, row_grain(columns), [&](std::int64_t begin, std::int64_t end) {
    row_kernels(isa).log_softmax(x + begin * columns, y + begin * columns, end - begin, columns);
  });
}

void run_softmax_grad(const float* dy, const float* y, float* dx, std::int64_t rows,
                      std::int64_t columns, ThreadPool& pool, Isa isa) noexcept {
  pool.parallel_for(rows, row_grain(columns), [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t first = begin * columns;
    row_kernels(isa).softmax_grad(dy + first, y + first, dx + first, end - begin, columns);
  });
}

void run_layer_norm(const NormCall& call, ThreadPool& pool, Isa isa) noexcept {
  pool.parallel_for(call.rows, row_grain(call.columns), [&](std::int64_t begin, std::int64_t end) {
    row_kernels(isa).layer_norm(rows_of(call, begin, end));
  });
}

void run_rms_norm(const NormCall& call, ThreadPool& pool, Isa isa) noexcept {
  pool.parallel_for(call.rows, row_grain(call.columns), [&](std::int64_t begin, std::int64_t end) {
    row_kernels(isa).rms_norm(rows_of(call, begin, end));
  });
}

void run_group_norm(const GroupNormCall& call, ThreadPool& pool, Isa isa) noexcept {
  const std::int64_t size = call.channels * call.positions;
  pool.parallel_for(call.groups, row_grain(size), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t group = begin; group < end; ++group) {
      const std::int64_t channel = group % call.groups_per_image * call.channels;
      row_kernels(isa).group_norm(call, call.x + group * size, call.y + group * size,
                                  call.scale + channel, call.bias + channel);
    }
  });
}

}  // namespace tern::cpu
