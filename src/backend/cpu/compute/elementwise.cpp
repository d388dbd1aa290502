#include "backend/cpu/compute/elementwise.h"

#include <algorithm>

#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

// Elements that are worth a thread of their own: about 2 us of the cheapest function.
constexpr std::int64_t kGrain = 16 * 1024;

struct Dim {
  std::int64_t size, a, b;
};

// One dimension of the output with what each operand advances along it.
Dim dim_at(std::span<const std::int64_t> out, std::span<const std::int64_t> a,
           std::span<const std::int64_t> b, std::size_t from_right, std::int64_t& a_stride,
           std::int64_t& b_stride) {
  const auto size_of = [&](std::span<const std::int64_t> dims) {
    return from_right < dims.size() ? dims[dims.size() - 1 - from_right] : 1;
  };
  Dim dim{size_of(out), size_of(a) == 1 ? 0 : a_stride, size_of(b) == 1 ? 0 : b_stride};
  a_stride *= size_of(a);
  b_stride *= size_of(b);
  return dim;
}

// `outer` continues `inner` in both operands, so that the two are one longer dimension.
bool joins(const Dim& outer, const Dim& inner) {
  return outer.a == inner.a * inner.size && outer.b == inner.b * inner.size;
}

BinaryBlock block_of(const BinaryPlan& plan, const float* a, const float* b, float* y) {
  const auto row = static_cast<std::size_t>(plan.rank) - 2;
  return {.rows = plan.dims[row],
          .columns = plan.dims[row + 1],
          .a = a,
          .a_row = plan.a_strides[row],
          .a_column = plan.a_strides[row + 1],
          .b = b,
          .b_row = plan.b_strides[row],
          .b_column = plan.b_strides[row + 1],
          .y = y,
          .y_row = plan.dims[row + 1]};
}

// Rows [begin, end) of the nest, counted over all dimensions but the last.
void run_rows(const BinaryPlan& plan, const float* a, const float* b, float* y, std::int64_t begin,
              std::int64_t end) {
  const ElementwiseKernels& kernels = elementwise_kernels(plan.isa);
  const int row = plan.rank - 2;
  const std::int64_t rows = plan.dims[static_cast<std::size_t>(row)];
  while (begin < end) {
    std::int64_t rest = begin / rows;
    const std::int64_t first = begin - rest * rows;
    BinaryBlock block =
        block_of(plan, a, b, y + begin * plan.dims[static_cast<std::size_t>(row) + 1]);
    block.rows = std::min(rows - first, end - begin);
    block.a += first * block.a_row;
    block.b += first * block.b_row;
    for (int d = row - 1; d >= 0; --d) {
      const auto i = static_cast<std::size_t>(d);
      const std::int64_t index = rest % plan.dims[i];
      rest /= plan.dims[i];
      block.a += index * plan.a_strides[i];
      block.b += index * plan.b_strides[i];
    }
    kernels.binary(plan.op, block);
    begin += block.rows;
  }
}

}  // namespace

void run_unary(const Unary& unary, const float* x, float* y, std::int64_t count, ThreadPool& pool,
               Isa isa) noexcept {
  const ElementwiseKernels& kernels = elementwise_kernels(isa);
  pool.parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    kernels.unary(unary, x + begin, y + begin, end - begin);
  });
}

BinaryPlan plan_binary(BinaryOp op, std::span<const std::int64_t> out,
                       std::span<const std::int64_t> a, std::span<const std::int64_t> b, Isa isa) {
  std::array<Dim, kMaxBroadcastRank> dims{};  // innermost first
  std::size_t count = 0;
  std::int64_t a_stride = 1;
  std::int64_t b_stride = 1;
  for (std::size_t d = 0; d < out.size(); ++d) {
    const Dim dim = dim_at(out, a, b, d, a_stride, b_stride);
    if (dim.size == 1) continue;
    if (count > 0 && joins(dim, dims[count - 1])) {
      dims[count - 1].size *= dim.size;
    } else {
      dims[count++] = dim;
    }
  }
  while (count < 2) dims[count++] = {1, 0, 0};
  BinaryPlan plan{.op = op, .isa = isa, .rank = static_cast<int>(count)};
  for (std::size_t d = 0; d < count; ++d) {
    const Dim& dim = dims[count - 1 - d];
    plan.dims[d] = dim.size;
    plan.a_strides[d] = dim.a;
    plan.b_strides[d] = dim.b;
  }
  return plan;
}

void run_binary(const BinaryPlan& plan, const float* a, const float* b, float* y,
                ThreadPool& pool) noexcept {
  const auto rank = static_cast<std::size_t>(plan.rank);
  const std::int64_t columns = plan.dims[rank - 1];
  std::int64_t rows = 1;
  for (std::size_t d = 0; d + 1 < rank; ++d) rows *= plan.dims[d];
  if (rows == 0 || columns == 0) return;
  if (rows > 1) {
    const std::int64_t grain = std::max<std::int64_t>(1, kGrain / columns);
    return pool.parallel_for(rows, grain, [&](std::int64_t begin, std::int64_t end) {
      run_rows(plan, a, b, y, begin, end);
    });
  }
  pool.parallel_for(columns, kGrain, [&](std::int64_t begin, std::int64_t end) {
    BinaryBlock block = block_of(plan, a, b, y + begin);
    block.a += begin * block.a_column;
    block.b += begin * block.b_column;
    block.columns = end - begin;
    elementwise_kernels(plan.isa).binary(plan.op, block);
  });
}

}  // namespace tern::cpu
