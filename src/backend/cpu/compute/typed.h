// Element-wise functions of typed elements: arithmetic of integers, comparisons, logic, selection
// and conversion, broadcast. f32 arithmetic is elementwise.h's.
//
// Nothing is validated or allocated and no lock is taken. y may be one of the operands where that
// has y's type and shape.
#pragma once

#include <cstdint>

#include "backend/cpu/compute/broadcast_nest.h"
#include "backend/cpu/isa.h"

namespace tern {
class ThreadPool;
}

namespace tern::cpu {

enum class ElementType : std::uint8_t { kF32, kI32, kI64, kBool };

enum class TypedOp : std::uint8_t {
  // i32 and i64; results wrap around, a quotient of 0 is 0
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMax,
  kMin,
  // f32, i32, i64 and bool, to bool
  kEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  // bool
  kAnd,
  kOr,
  kXor,
};

/// A row of an operand: `step` is 0 where one element serves for all.
struct TypedRow {
  const void* data = nullptr;
  std::int64_t step = 1;
};

using TypedRowFunction = void (*)(TypedRow a, TypedRow b, void* y, std::int64_t count) noexcept;
using SelectRowFunction = void (*)(const bool* condition, TypedRow a, TypedRow b, void* y,
                                   std::int64_t count) noexcept;
using CastFunction = void (*)(const void* x, void* y, std::int64_t count) noexcept;

struct TypedKernels {
  /// Null where the type does not take the function.
  TypedRowFunction (*binary)(TypedOp op, ElementType type) noexcept;
  /// y = condition ? a : b, elements of 1, 2, 4 or 8 bytes.
  SelectRowFunction (*select)(std::int64_t element_bytes) noexcept;
  /// Floats are truncated to integers and limited to i64's range, NaN becomes 0; integers wrap
  /// around; bool is what is not zero.
  CastFunction (*cast)(ElementType from, ElementType to) noexcept;
};

const TypedKernels& typed_kernels(Isa isa);

struct TypedBinaryPlan {
  TypedRowFunction function = nullptr;
  std::int64_t in_bytes = 1;
  std::int64_t out_bytes = 1;
  BroadcastNest<2> nest;
};

/// The type must take the function (typed_kernels says so).
TypedBinaryPlan plan_typed_binary(TypedOp op, ElementType type, std::span<const std::int64_t> out,
                                  std::span<const std::int64_t> a, std::span<const std::int64_t> b,
                                  Isa isa = active_isa());
void run_typed_binary(const TypedBinaryPlan& plan, const void* a, const void* b, void* y,
                      ThreadPool& pool) noexcept;

struct SelectPlan {
  SelectRowFunction function = nullptr;
  std::int64_t element_bytes = 1;
  BroadcastNest<3> nest;  ///< condition, a, b
};

SelectPlan plan_select(std::int64_t element_bytes, std::span<const std::int64_t> out,
                       std::span<const std::int64_t> condition, std::span<const std::int64_t> a,
                       std::span<const std::int64_t> b, Isa isa = active_isa());
void run_select(const SelectPlan& plan, const bool* condition, const void* a, const void* b,
                void* y, ThreadPool& pool) noexcept;

std::int64_t bytes_of(ElementType type);

void run_cast(ElementType from, ElementType to, const void* x, void* y, std::int64_t count,
              ThreadPool& pool, Isa isa = active_isa()) noexcept;

}  // namespace tern::cpu
