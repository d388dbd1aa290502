// Attention in f32: Y = softmax(softcap(scale Q K^T) + mask) V, block by block of keys with a
// running maximum and sum, so that no matrix of scores is ever stored.
//
// Rows of Q are taken in strips, as many as a register tile has; K^T and V of a head are packed
// once per thread. A few rows alone (one token after the other) read K and V where they lie.
//
// Nothing is validated or allocated and no lock is taken. Y must not overlap the inputs.
#pragma once

#include <cstdint>

#include "backend/cpu/isa.h"

namespace tern {
class ThreadPool;
}

namespace tern::cpu {

/// Floats from one to the next; entries of a head lie side by side.
struct HeadStrides {
  std::int64_t batch = 0;
  std::int64_t head = 0;
  std::int64_t row = 0;
};

/// What is added to the scores, or which keys take part: at most one of both pointers is given.
/// Strides are in entries, 0 where the mask broadcasts; keys from `keys` on take no part.
struct AttentionMask {
  const float* added = nullptr;
  const bool* allowed = nullptr;
  HeadStrides strides;
  std::int64_t keys = 0;

  bool present() const { return added != nullptr || allowed != nullptr; }
};

struct AttentionShape {
  std::int64_t batch = 0;
  std::int64_t q_heads = 0;
  std::int64_t kv_heads = 0;  ///< q_heads is a multiple: neighbouring heads of Q share one
  std::int64_t q_length = 0;
  std::int64_t keys = 0;
  std::int64_t size = 0;
  std::int64_t v_size = 0;
  HeadStrides q, k, v, y;
  float scale = 1.0F;
  float softcap = 0.0F;  ///< 0: none
  bool causal = false;   ///< query i sees the keys up to `before` + i
  std::int64_t before = 0;
};

struct AttentionPlan {
  AttentionShape shape;
  Isa isa = Isa::kBaseline;
  std::int64_t chunks = 1;  ///< of the queries of a head of K, for a pool of `threads`
  std::int64_t scratch_floats = 0;
};

AttentionPlan plan_attention(const AttentionShape& shape, int threads, Isa isa = active_isa());

struct AttentionCall {
  const float* q = nullptr;
  const float* k = nullptr;
  const float* v = nullptr;
  AttentionMask mask;
  /// Keys of each batch that count, or null; with `counts_from_end` a causal mask puts the last
  /// query at the last of them.
  const std::int64_t* key_counts = nullptr;
  bool counts_from_end = false;
  float* y = nullptr;
};

void run_attention(const AttentionPlan& plan, const AttentionCall& call, float* scratch,
                   ThreadPool& pool) noexcept;

/// One row of a block of scores on its way to weights, and the row of Y that they will be applied
/// to.
struct SoftmaxRow {
  float* scores = nullptr;  ///< becomes weights; those from `visible` on become 0
  std::int64_t keys = 0;
  std::int64_t visible = 0;
  float softcap = 0.0F;
  const float* added = nullptr;  ///< of the first key of the block, or null
  const bool* allowed = nullptr;
  float top = 0.0F;    ///< the largest score so far
  float sum = 0.0F;    ///< of exp(score - top) so far
  float* y = nullptr;  ///< v_size sums of weights times V so far, scaled when `top` grows
  std::int64_t v_size = 0;
};

/// Pairs of entries of a head, rotated.
struct RotaryRow {
  const float* x = nullptr;
  float* y = nullptr;
  const float* cosines = nullptr;
  const float* sines = nullptr;
  std::int64_t pairs = 0;
  std::int64_t size = 0;
  bool interleaved = false;
};

struct AttentionKernels {
  void (*softmax_row)(SoftmaxRow& row) noexcept;
  /// y = y / sum, zeros for a sum of 0.
  void (*finish_row)(float* y, std::int64_t v_size, float sum) noexcept;
  void (*rotate_row)(const RotaryRow& row) noexcept;
};

const AttentionKernels& attention_kernels(Isa isa);

}  // namespace tern::cpu
