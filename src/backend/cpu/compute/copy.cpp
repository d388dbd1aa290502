#include "backend/cpu/compute/copy.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

constexpr std::int64_t kGrainBytes = 64 * 1024;  // worth a thread of their own

// One innermost loop of `count` elements of type T (an unsigned integer of the right width).
template <class T>
void copy_elements(const std::byte* x, std::int64_t x_stride, std::byte* y, std::int64_t y_stride,
                   std::int64_t count) {
  T element;
  if (x_stride == 0) {
    std::memcpy(&element, x, sizeof(T));
    for (std::int64_t i = 0; i < count; ++i) std::memcpy(y + i * y_stride, &element, sizeof(T));
    return;
  }
  for (std::int64_t i = 0; i < count; ++i) {
    std::memcpy(&element, x + i * x_stride, sizeof(T));
    std::memcpy(y + i * y_stride, &element, sizeof(T));
  }
}

template <class T>
void copy_run(const std::byte* x, std::int64_t x_stride, std::byte* y, std::int64_t y_stride,
              std::int64_t count) {
  constexpr auto kDense = static_cast<std::int64_t>(sizeof(T));
  if (y_stride == kDense) return copy_elements<T>(x, x_stride, y, kDense, count);
  if (x_stride == kDense) return copy_elements<T>(x, kDense, y, y_stride, count);
  copy_elements<T>(x, x_stride, y, y_stride, count);
}

void copy_innermost(const CopyPlan& plan, const std::byte* x, std::byte* y) {
  const auto last = static_cast<std::size_t>(plan.rank) - 1;
  const std::int64_t count = plan.sizes[last];
  const std::int64_t x_stride = plan.x_strides[last];
  const std::int64_t y_stride = plan.y_strides[last];
  if (x_stride == plan.element_bytes && y_stride == plan.element_bytes) {
    std::memcpy(y, x, static_cast<std::size_t>(count * plan.element_bytes));
    return;
  }
  switch (plan.element_bytes) {
    case 1: return copy_run<std::uint8_t>(x, x_stride, y, y_stride, count);
    case 2: return copy_run<std::uint16_t>(x, x_stride, y, y_stride, count);
    case 4: return copy_run<std::uint32_t>(x, x_stride, y, y_stride, count);
    default: return copy_run<std::uint64_t>(x, x_stride, y, y_stride, count);
  }
}

// Innermost loops [begin, end), counted over all dimensions but the last.
void copy_loops(const CopyPlan& plan, const std::byte* x, std::byte* y, std::int64_t begin,
                std::int64_t end) {
  const auto outer = static_cast<std::size_t>(plan.rank) - 1;
  std::array<std::int64_t, kMaxCopyRank> index{};
  std::int64_t rest = begin;
  for (std::size_t d = outer; d-- > 0;) {
    index[d] = rest % plan.sizes[d];
    rest /= plan.sizes[d];
    x += index[d] * plan.x_strides[d];
    y += index[d] * plan.y_strides[d];
  }
  for (std::int64_t i = begin; i < end; ++i) {
    copy_innermost(plan, x, y);
    for (std::size_t d = outer; d-- > 0;) {
      x += plan.x_strides[d];
      y += plan.y_strides[d];
      if (++index[d] < plan.sizes[d]) break;
      x -= plan.sizes[d] * plan.x_strides[d];
      y -= plan.sizes[d] * plan.y_strides[d];
      index[d] = 0;
    }
  }
}

// One long run, a part for every thread.
void copy_split(CopyPlan plan, const std::byte* x, std::byte* y, ThreadPool& pool) {
  const std::int64_t grain = std::max<std::int64_t>(1, kGrainBytes / plan.element_bytes);
  pool.parallel_for(plan.sizes[0], grain, [&](std::int64_t begin, std::int64_t end) {
    CopyPlan part = plan;
    part.sizes[0] = end - begin;
    copy_innermost(part, x + begin * plan.x_strides[0], y + begin * plan.y_strides[0]);
  });
}

}  // namespace

CopyPlan plan_copy(std::int64_t element_bytes, std::span<const std::int64_t> sizes,
                   std::span<const std::int64_t> x_strides,
                   std::span<const std::int64_t> y_strides) {
  CopyPlan plan{.element_bytes = element_bytes, .rank = 0};
  std::size_t count = 0;
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    if (sizes[d] == 1) continue;
    const std::int64_t x = x_strides[d] * element_bytes;
    const std::int64_t y = y_strides[d] * element_bytes;
    // The dimension before continues this one on both sides: they are one longer dimension.
    if (count > 0 && plan.x_strides[count - 1] == x * sizes[d] &&
        plan.y_strides[count - 1] == y * sizes[d]) {
      plan.sizes[count - 1] *= sizes[d];
      plan.x_strides[count - 1] = x;
      plan.y_strides[count - 1] = y;
      continue;
    }
    plan.sizes[count] = sizes[d];
    plan.x_strides[count] = x;
    plan.y_strides[count] = y;
    ++count;
  }
  if (count == 0) {
    plan.sizes[0] = 1;
    plan.x_strides[0] = plan.y_strides[0] = element_bytes;
    count = 1;
  }
  plan.rank = static_cast<int>(count);
  return plan;
}

CopyPlan plan_copy_rows(std::int64_t rows, std::int64_t bytes, std::int64_t x_row,
                        std::int64_t y_row) {
  const std::array<std::int64_t, 2> sizes{rows, bytes};
  const std::array<std::int64_t, 2> x_strides{x_row, 1};
  const std::array<std::int64_t, 2> y_strides{y_row, 1};
  return plan_copy(1, sizes, x_strides, y_strides);
}

void run_copy(const CopyPlan& plan, const void* x, void* y, ThreadPool& pool) noexcept {
  const auto* from = static_cast<const std::byte*>(x);
  auto* to = static_cast<std::byte*>(y);
  std::int64_t loops = 1;
  for (std::size_t d = 0; d + 1 < static_cast<std::size_t>(plan.rank); ++d) loops *= plan.sizes[d];
  const std::int64_t count = plan.sizes[static_cast<std::size_t>(plan.rank) - 1];
  if (loops == 0 || count == 0) return;
  if (plan.rank == 1) return copy_split(plan, from, to, pool);
  const std::int64_t grain = std::max<std::int64_t>(1, kGrainBytes / (count * plan.element_bytes));
  pool.parallel_for(loops, grain, [&](std::int64_t begin, std::int64_t end) {
    copy_loops(plan, from, to, begin, end);
  });
}

}  // namespace tern::cpu
