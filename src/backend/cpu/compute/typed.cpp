#include "backend/cpu/compute/typed.h"

#include <algorithm>
#include <cstddef>

#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

constexpr std::int64_t kGrain = 16 * 1024;  // elements that are worth a thread of their own

// Calls row(first element of the row, elements, starts) on the pool; a single row is cut in pieces.
template <std::size_t kOperands, class Row>
void share_rows(const BroadcastNest<kOperands>& nest, ThreadPool& pool, Row row) {
  if (nest.rows == 0 || nest.columns == 0) return;
  if (nest.rows == 1) {
    pool.parallel_for(nest.columns, kGrain, [&](std::int64_t begin, std::int64_t end) {
      std::array<std::int64_t, kOperands> at{};
      for (std::size_t i = 0; i < kOperands; ++i) at[i] = begin * nest.step[i];
      row(at, begin, end - begin);
    });
    return;
  }
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / nest.columns);
  pool.parallel_for(nest.rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for_each_row(nest, begin, end,
                 [&](const std::array<std::int64_t, kOperands>& at, std::int64_t out) {
                   row(at, out, nest.columns);
                 });
  });
}

const std::byte* at_byte(const void* data, std::int64_t offset) {
  return static_cast<const std::byte*>(data) + offset;
}

}  // namespace

std::int64_t bytes_of(ElementType type) {
  switch (type) {
    case ElementType::kF32:
    case ElementType::kI32: return 4;
    case ElementType::kI64: return 8;
    case ElementType::kBool: break;
  }
  return 1;
}

TypedBinaryPlan plan_typed_binary(TypedOp op, ElementType type, std::span<const std::int64_t> out,
                                  std::span<const std::int64_t> a, std::span<const std::int64_t> b,
                                  Isa isa) {
  return {.function = typed_kernels(isa).binary(op, type),
          .in_bytes = bytes_of(type),
          .out_bytes = op <= TypedOp::kMin ? bytes_of(type) : 1,
          .nest = make_nest<2>(out, {a, b})};
}

void run_typed_binary(const TypedBinaryPlan& plan, const void* a, const void* b, void* y,
                      ThreadPool& pool) noexcept {
  share_rows(plan.nest, pool,
             [&](const std::array<std::int64_t, 2>& at, std::int64_t out, std::int64_t count) {
               plan.function({at_byte(a, at[0] * plan.in_bytes), plan.nest.step[0]},
                             {at_byte(b, at[1] * plan.in_bytes), plan.nest.step[1]},
                             static_cast<std::byte*>(y) + out * plan.out_bytes, count);
             });
}

SelectPlan plan_select(std::int64_t element_bytes, std::span<const std::int64_t> out,
                       std::span<const std::int64_t> condition, std::span<const std::int64_t> a,
                       std::span<const std::int64_t> b, Isa isa) {
  return {.function = typed_kernels(isa).select(element_bytes),
          .element_bytes = element_bytes,
          .nest = make_nest<3>(out, {condition, a, b})};
}

void run_select(const SelectPlan& plan, const bool* condition, const void* a, const void* b,
                void* y, ThreadPool& pool) noexcept {
  const std::int64_t bytes = plan.element_bytes;
  share_rows(plan.nest, pool,
             [&](const std::array<std::int64_t, 3>& at, std::int64_t out, std::int64_t count) {
               auto* to = static_cast<std::byte*>(y) + out * bytes;
               TypedRow left{at_byte(a, at[1] * bytes), plan.nest.step[1]};
               TypedRow right{at_byte(b, at[2] * bytes), plan.nest.step[2]};
               if (plan.nest.step[0] != 0) {
                 plan.function(condition + at[0], left, right, to, count);
                 return;
               }
               // One condition for the whole row, in pieces as long as the flags below.
               static constexpr std::array<bool, 256> kFlags{};
               const TypedRow chosen = condition[at[0]] ? left : right;
               constexpr auto kPiece = static_cast<std::int64_t>(kFlags.size());
               for (std::int64_t i = 0; i < count; i += kPiece) {
                 const TypedRow piece{at_byte(chosen.data, i * chosen.step * bytes), chosen.step};
                 plan.function(kFlags.data(), piece, piece, to + i * bytes,
                               std::min(kPiece, count - i));
               }
             });
}

void run_cast(ElementType from, ElementType to, const void* x, void* y, std::int64_t count,
              ThreadPool& pool, Isa isa) noexcept {
  const CastFunction function = typed_kernels(isa).cast(from, to);
  pool.parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    function(at_byte(x, begin * bytes_of(from)), static_cast<std::byte*>(y) + begin * bytes_of(to),
             end - begin);
  });
}

}  // namespace tern::cpu
