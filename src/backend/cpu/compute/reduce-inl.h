#include "backend/cpu/compute/reduce.h"

#include "backend/cpu/compute/fold-inl.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;

// How an op folds: combine over map(x), from its neutral element. `padding` maps to the neutral
// one.
struct Sum {
  static constexpr float kNeutral = 0.0F, kPadding = 0.0F;
  TERN_SIMD_INLINE Vec map(Vec v) { return v; }
  TERN_SIMD_INLINE Vec combine(Vec a, Vec b) { return a + b; }
};
struct SumSquares : Sum {
  TERN_SIMD_INLINE Vec map(Vec v) { return v * v; }
};
struct SumAbs : Sum {
  TERN_SIMD_INLINE Vec map(Vec v) { return abs(v); }
};
struct Max {
  static constexpr float kNeutral = -kInfinity, kPadding = -kInfinity;
  TERN_SIMD_INLINE Vec map(Vec v) { return v; }
  TERN_SIMD_INLINE Vec combine(Vec a, Vec b) { return a != a ? a : max(a, b); }
};
struct Min {
  static constexpr float kNeutral = kInfinity, kPadding = kInfinity;
  TERN_SIMD_INLINE Vec map(Vec v) { return v; }
  TERN_SIMD_INLINE Vec combine(Vec a, Vec b) { return a != a ? a : min(a, b); }
};
struct Prod {
  static constexpr float kNeutral = 1.0F, kPadding = 1.0F;
  TERN_SIMD_INLINE Vec map(Vec v) { return v; }
  TERN_SIMD_INLINE Vec combine(Vec a, Vec b) { return a * b; }
};

template <class Action>
TERN_SIMD_INLINE void with_op(ReduceOp op, Action action) {
  switch (op) {
    case ReduceOp::kSum:
    case ReduceOp::kMean: return action(Sum{});
    case ReduceOp::kMax: return action(Max{});
    case ReduceOp::kMin: return action(Min{});
    case ReduceOp::kProd: return action(Prod{});
    case ReduceOp::kSumSquares: return action(SumSquares{});
    case ReduceOp::kSumAbs: return action(SumAbs{});
  }
}

template <class Op>
void last_rows(const float* x, Index x_row, Index rows, Index axis, float* y) noexcept {
  for (Index r = 0; r < rows; ++r) {
    y[r] = fold_run(
        x + r * x_row, axis, Op::kNeutral, Op::kPadding, [](Vec v) { return Op::map(v); },
        [](Vec a, Vec b) { return Op::combine(a, b); });
  }
}

void last(ReduceOp op, const float* x, Index x_row, Index rows, Index axis, float* y) noexcept {
  with_op(op, [&](auto kind) { last_rows<decltype(kind)>(x, x_row, rows, axis, y); });
}

// kVecs neighbouring vectors of columns, down the rows in blocks with sums of their own.
template <class Op, int kVecs>
TERN_SIMD_INLINE void first_columns(const float* x, Index x_row, Index axis, Index count,
                                    float* y) {
  constexpr Index kBlock = 128;
  Vec total[kVecs];
  TERN_UNROLL
  for (int j = 0; j < kVecs; ++j) total[j] = set1(Op::kNeutral);
  for (Index r0 = 0; r0 < axis; r0 += kBlock) {
    Vec sum[kVecs];
    TERN_UNROLL
    for (int j = 0; j < kVecs; ++j) sum[j] = set1(Op::kNeutral);
    const Index end = smaller(axis, r0 + kBlock);
    for (Index r = r0; r < end; ++r) {
      const float* row = x + r * x_row;
      TERN_UNROLL
      for (int j = 0; j < kVecs; ++j) {
        const Vec v = kVecs == 1 ? load_n(row, count) : load(row + j * kLanes);
        sum[j] = Op::combine(sum[j], Op::map(v));
      }
    }
    TERN_UNROLL
    for (int j = 0; j < kVecs; ++j) total[j] = Op::combine(total[j], sum[j]);
  }
  TERN_UNROLL
  for (int j = 0; j < kVecs; ++j) {
    if (kVecs == 1) {
      store_n(y, total[j], count);
    } else {
      store(y + j * kLanes, total[j]);
    }
  }
}

template <class Op>
void all_columns(const float* x, Index x_row, Index axis, Index columns, float* y) noexcept {
  constexpr int kVecs = 4;
  Index c = 0;
  for (; c + kVecs * kLanes <= columns; c += kVecs * kLanes) {
    first_columns<Op, kVecs>(x + c, x_row, axis, kLanes, y + c);
  }
  for (; c < columns; c += kLanes) {
    first_columns<Op, 1>(x + c, x_row, axis, smaller<Index>(kLanes, columns - c), y + c);
  }
}

void first(ReduceOp op, const float* x, Index x_row, Index axis, Index columns, float* y) noexcept {
  with_op(op, [&](auto kind) { all_columns<decltype(kind)>(x, x_row, axis, columns, y); });
}

void combine(ReduceOp op, const float* x, float* y, Index columns) noexcept {
  with_op(op, [&](auto kind) {
    for (Index c = 0; c < columns; c += kLanes) {
      const Index n = smaller<Index>(kLanes, columns - c);
      store_n(y + c, decltype(kind)::combine(load_n(y + c, n), load_n(x + c, n)), n);
    }
  });
}

void scale(float factor, float* y, Index columns) noexcept {
  for (Index c = 0; c < columns; ++c) y[c] *= factor;
}

}  // namespace

extern const ReduceKernels kReduceKernels;
const ReduceKernels kReduceKernels{last, first, combine, scale};

}  // namespace tern::cpu::TERN_SIMD_NS
