// What RotaryEmbedding and the gradient of its caches share: sizes, and which entries make a pair.
#pragma once

#include <vector>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/reference.h"

namespace tern::ops {

struct RotaryAttributes {
  bool interleaved = false;
  std::int64_t num_heads = 0;
  std::int64_t rotary_dim = 0;

  template <class Op>
  static RotaryAttributes of(const Op& op) {
    return {op.interleaved, op.num_heads, op.rotary_embedding_dim};
  }
};

/// Checks X, a cache and position_ids (whose dtype is kUndefined where left out) against each
/// other.
Status check_rotary(const RotaryAttributes& a, const TypeInfo& x, std::string_view cache_name,
                    const TypeInfo& cache, const TypeInfo& position_ids);

/// The geometry of a concrete X.
struct RotarySizes {
  std::int64_t batch = 0;
  std::int64_t heads = 0;
  std::int64_t length = 0;
  std::int64_t size = 0;   // of a head
  std::int64_t pairs = 0;  // entries that are rotated, halved
  bool packed = false;     // [N, length, heads * size]
  bool interleaved = false;

  static RotarySizes of(const RotaryAttributes& a, const tern::Shape& x);

  std::int64_t head(std::int64_t n, std::int64_t h, std::int64_t l) const {
    return (packed ? (n * length + l) * heads + h : (n * heads + h) * length + l) * size;
  }
  std::int64_t first(std::int64_t pair) const { return interleaved ? 2 * pair : pair; }
  std::int64_t second(std::int64_t pair) const { return interleaved ? 2 * pair + 1 : pair + pairs; }
};

/// The row of the caches for each [n, l]. Fails for a position outside the caches; `position_ids`
/// may be null.
Result<std::vector<std::int64_t>> rotary_rows(const RotarySizes& sizes, const Tensor* position_ids,
                                              std::int64_t positions);

}  // namespace tern::ops
