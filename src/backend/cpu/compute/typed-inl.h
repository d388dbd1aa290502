#include "backend/cpu/compute/simd.h"
#include "backend/cpu/compute/typed.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;

// Plain loops, one for every way in which the operands advance, for the compiler to vectorise.
template <class T, class Y, class Function, bool kStepA, bool kStepB>
TERN_SIMD_INLINE void loop(const T* a, const T* b, Y* y, Index count) {
  for (Index i = 0; i < count; ++i) y[i] = Function::of(a[kStepA ? i : 0], b[kStepB ? i : 0]);
}

template <class T, class Y, class Function>
void binary_row(TypedRow a, TypedRow b, void* y, Index count) noexcept {
  const auto* left = static_cast<const T*>(a.data);
  const auto* right = static_cast<const T*>(b.data);
  auto* out = static_cast<Y*>(y);
  // Copies, so that a repeated operand stays in a register whatever y is.
  const T one_left = *left;
  const T one_right = *right;
  if (a.step != 0 && b.step != 0) {
    loop<T, Y, Function, true, true>(left, right, out, count);
  } else if (a.step != 0) {
    loop<T, Y, Function, true, false>(left, &one_right, out, count);
  } else if (b.step != 0) {
    loop<T, Y, Function, false, true>(&one_left, right, out, count);
  } else {
    const Y all = Function::of(one_left, one_right);
    for (Index i = 0; i < count; ++i) out[i] = all;
  }
}

// Signed sums wrap around as unsigned ones do.
template <class T>
struct Unsigned;
template <>
struct Unsigned<std::int32_t> {
  using Type = std::uint32_t;
};
template <>
struct Unsigned<std::int64_t> {
  using Type = std::uint64_t;
};
template <class T>
using UnsignedOf = typename Unsigned<T>::Type;

struct Add {
  template <class T>
  TERN_SIMD_INLINE T of(T a, T b) {
    return static_cast<T>(static_cast<UnsignedOf<T>>(a) + static_cast<UnsignedOf<T>>(b));
  }
};
struct Sub {
  template <class T>
  TERN_SIMD_INLINE T of(T a, T b) {
    return static_cast<T>(static_cast<UnsignedOf<T>>(a) - static_cast<UnsignedOf<T>>(b));
  }
};
struct Mul {
  template <class T>
  TERN_SIMD_INLINE T of(T a, T b) {
    return static_cast<T>(static_cast<UnsignedOf<T>>(a) * static_cast<UnsignedOf<T>>(b));
  }
};
struct Div {
  template <class T>
  TERN_SIMD_INLINE T of(T a, T b) {
    if (b == -1) return Sub::of<T>(0, a);  // the smallest integer has no opposite
    return b == 0 ? T{0} : static_cast<T>(a / b);
  }
};
struct Max {
  template <class T>
  TERN_SIMD_INLINE T of(T a, T b) {
    return larger(a, b);
  }
};
struct Min {
  template <class T>
  TERN_SIMD_INLINE T of(T a, T b) {
    return smaller(a, b);
  }
};
struct Equal {
  template <class T>
  TERN_SIMD_INLINE bool of(T a, T b) {
    return a == b;
  }
};
struct Less {
  template <class T>
  TERN_SIMD_INLINE bool of(T a, T b) {
    return a < b;
  }
};
struct LessOrEqual {
  template <class T>
  TERN_SIMD_INLINE bool of(T a, T b) {
    return a <= b;
  }
};
struct Greater {
  template <class T>
  TERN_SIMD_INLINE bool of(T a, T b) {
    return a > b;
  }
};
struct GreaterOrEqual {
  template <class T>
  TERN_SIMD_INLINE bool of(T a, T b) {
    return a >= b;
  }
};
struct And {
  TERN_SIMD_INLINE bool of(bool a, bool b) { return static_cast<bool>(a & b); }
};
struct Or {
  TERN_SIMD_INLINE bool of(bool a, bool b) { return static_cast<bool>(a | b); }
};
struct Xor {
  TERN_SIMD_INLINE bool of(bool a, bool b) { return static_cast<bool>(a ^ b); }
};

template <class T>
TypedRowFunction arithmetic(TypedOp op) noexcept {
  switch (op) {
    case TypedOp::kAdd: return binary_row<T, T, Add>;
    case TypedOp::kSub: return binary_row<T, T, Sub>;
    case TypedOp::kMul: return binary_row<T, T, Mul>;
    case TypedOp::kDiv: return binary_row<T, T, Div>;
    case TypedOp::kMax: return binary_row<T, T, Max>;
    case TypedOp::kMin: return binary_row<T, T, Min>;
    default: return nullptr;
  }
}

template <class T>
TypedRowFunction comparison(TypedOp op) noexcept {
  switch (op) {
    case TypedOp::kEqual: return binary_row<T, bool, Equal>;
    case TypedOp::kLess: return binary_row<T, bool, Less>;
    case TypedOp::kLessOrEqual: return binary_row<T, bool, LessOrEqual>;
    case TypedOp::kGreater: return binary_row<T, bool, Greater>;
    case TypedOp::kGreaterOrEqual: return binary_row<T, bool, GreaterOrEqual>;
    default: return nullptr;
  }
}

TypedRowFunction logic(TypedOp op) noexcept {
  switch (op) {
    case TypedOp::kEqual: return binary_row<bool, bool, Equal>;
    case TypedOp::kAnd: return binary_row<bool, bool, And>;
    case TypedOp::kOr: return binary_row<bool, bool, Or>;
    case TypedOp::kXor: return binary_row<bool, bool, Xor>;
    default: return nullptr;
  }
}

TypedRowFunction binary(TypedOp op, ElementType type) noexcept {
  const bool computes = op <= TypedOp::kMin;
  switch (type) {
    case ElementType::kF32: return comparison<float>(op);
    case ElementType::kI32:
      return computes ? arithmetic<std::int32_t>(op) : comparison<std::int32_t>(op);
    case ElementType::kI64:
      return computes ? arithmetic<std::int64_t>(op) : comparison<std::int64_t>(op);
    case ElementType::kBool: return logic(op);
  }
  return nullptr;
}

template <class T, bool kStepA, bool kStepB>
TERN_SIMD_INLINE void select_loop(const bool* condition, const T* a, const T* b, T* y,
                                  Index count) {
  for (Index i = 0; i < count; ++i) {
    const T left = a[kStepA ? i : 0];
    const T right = b[kStepB ? i : 0];
    y[i] = condition[i] ? left : right;
  }
}

template <class T>
void select_row(const bool* condition, TypedRow a, TypedRow b, void* y, Index count) noexcept {
  const auto* left = static_cast<const T*>(a.data);
  const auto* right = static_cast<const T*>(b.data);
  auto* out = static_cast<T*>(y);
  const T one_left = *left;
  const T one_right = *right;
  if (a.step != 0 && b.step != 0) {
    select_loop<T, true, true>(condition, left, right, out, count);
  } else if (a.step != 0) {
    select_loop<T, true, false>(condition, left, &one_right, out, count);
  } else if (b.step != 0) {
    select_loop<T, false, true>(condition, &one_left, right, out, count);
  } else {
    select_loop<T, false, false>(condition, &one_left, &one_right, out, count);
  }
}

SelectRowFunction select(Index element_bytes) noexcept {
  switch (element_bytes) {
    case 1: return select_row<std::uint8_t>;
    case 2: return select_row<std::uint16_t>;
    case 4: return select_row<std::uint32_t>;
    default: return select_row<std::uint64_t>;
  }
}

// What a conversion goes through: i64 to an integer, the number itself to a float.
TERN_SIMD_INLINE std::int64_t whole(float x) {
  if (x != x) return 0;
  constexpr float kLimit = 0x1p63F;
  if (x >= kLimit) return INT64_MAX;
  return x < -kLimit ? INT64_MIN : static_cast<std::int64_t>(x);
}

template <class From, class To>
struct Convert {
  TERN_SIMD_INLINE To of(From x) { return static_cast<To>(x); }
};
template <class From>
struct Convert<From, bool> {
  TERN_SIMD_INLINE bool of(From x) { return x != From{0}; }
};
template <>
struct Convert<float, std::int64_t> {
  TERN_SIMD_INLINE std::int64_t of(float x) { return whole(x); }
};
template <>
struct Convert<float, std::int32_t> {
  TERN_SIMD_INLINE std::int32_t of(float x) { return static_cast<std::int32_t>(whole(x)); }
};

template <class From, class To>
void cast_all(const void* x, void* y, Index count) noexcept {
  const auto* from = static_cast<const From*>(x);
  auto* to = static_cast<To*>(y);
  for (Index i = 0; i < count; ++i) to[i] = Convert<From, To>::of(from[i]);
}

template <class From>
CastFunction cast_from(ElementType to) noexcept {
  switch (to) {
    case ElementType::kF32: return cast_all<From, float>;
    case ElementType::kI32: return cast_all<From, std::int32_t>;
    case ElementType::kI64: return cast_all<From, std::int64_t>;
    case ElementType::kBool: return cast_all<From, bool>;
  }
  return nullptr;
}

CastFunction cast(ElementType from, ElementType to) noexcept {
  switch (from) {
    case ElementType::kF32: return cast_from<float>(to);
    case ElementType::kI32: return cast_from<std::int32_t>(to);
    case ElementType::kI64: return cast_from<std::int64_t>(to);
    case ElementType::kBool: return cast_from<bool>(to);
  }
  return nullptr;
}

}  // namespace

extern const TypedKernels kTypedKernels;
const TypedKernels kTypedKernels{binary, select, cast};

}  // namespace tern::cpu::TERN_SIMD_NS
