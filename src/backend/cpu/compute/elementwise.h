// Element-wise functions of one and two f32 tensors.
//
// run_* validate nothing, allocate nothing and take no lock. An output may be one of the inputs
// (same start), so work in place is allowed; other overlaps are not. Error bounds of the functions
// stand in math-inl.h.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "backend/cpu/isa.h"

namespace tern {
class ThreadPool;
}

namespace tern::cpu {

enum class UnaryOp : std::uint8_t {
  kAbs,
  kNeg,
  kSqrt,
  kReciprocal,
  kSquare,
  kFloor,
  kCeil,
  kRound,  ///< halves to even, as ONNX
  kExp,
  kLog,
  kErf,
  kTanh,
  kSigmoid,
  kSilu,
  kSwish,  ///< x * sigmoid(a * x)
  kMish,
  kGelu,
  kGeluTanh,
  kSoftplus,
  kElu,  ///< a: alpha
  kHardSwish,
  kHardSigmoid,  ///< a: alpha, b: beta
  kLeakyRelu,    ///< a: slope
  kClip,         ///< a: low, b: high; relu is clip(0, inf)
  kScale,        ///< a * x + b
};

struct Unary {
  UnaryOp op = UnaryOp::kAbs;
  float a = 0.0F;
  float b = 0.0F;
};

void run_unary(const Unary& unary, const float* x, float* y, std::int64_t count, ThreadPool& pool,
               Isa isa = active_isa()) noexcept;

enum class BinaryOp : std::uint8_t {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMax,
  kMin,
  kPow,
  kReluGrad,      ///< b > 0 ? a : 0
  kGeluGrad,      ///< a times the slope of gelu at b
  kGeluTanhGrad,  ///< a times the slope of gelu_tanh at b
};

inline constexpr int kMaxBroadcastRank = 8;

/// y = a op b over a loop nest with as few dimensions as the broadcast allows.
struct BinaryPlan {
  BinaryOp op = BinaryOp::kAdd;
  Isa isa = Isa::kBaseline;
  int rank = 0;  ///< at least 2; the last two dimensions are the kernel's
  std::array<std::int64_t, kMaxBroadcastRank> dims{};
  std::array<std::int64_t, kMaxBroadcastRank> a_strides{};  ///< 0 where a repeats
  std::array<std::int64_t, kMaxBroadcastRank> b_strides{};
};

/// Dims by numpy's rules: right-aligned, 1 repeats. `out` is the broadcast of `a` and `b`, all
/// dense row-major, of rank at most kMaxBroadcastRank.
BinaryPlan plan_binary(BinaryOp op, std::span<const std::int64_t> out,
                       std::span<const std::int64_t> a, std::span<const std::int64_t> b,
                       Isa isa = active_isa());

void run_binary(const BinaryPlan& plan, const float* a, const float* b, float* y,
                ThreadPool& pool) noexcept;

/// A rows x columns block: the element of row r, column c of a stands at a[r * a_row + c *
/// a_column] with a_column 0 or 1; the same for b; y is dense with rows y_row apart.
struct BinaryBlock {
  std::int64_t rows = 0, columns = 0;
  const float* a = nullptr;
  std::int64_t a_row = 0, a_column = 1;
  const float* b = nullptr;
  std::int64_t b_row = 0, b_column = 1;
  float* y = nullptr;
  std::int64_t y_row = 0;
};

struct ElementwiseKernels {
  void (*unary)(const Unary& unary, const float* x, float* y, std::int64_t count) noexcept;
  void (*binary)(BinaryOp op, const BinaryBlock& block) noexcept;
};

const ElementwiseKernels& elementwise_kernels(Isa isa);

}  // namespace tern::cpu
