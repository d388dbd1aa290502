// What Attention and FlexAttention share: sizes from the inputs' types, where things stand in Q, K,
// V and Y, and the reference.
#pragma once

#include <optional>
#include <vector>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/reference.h"
#include "tern/ops/nn.h"

namespace tern::ops {

inline constexpr TypeSet kMaskTypes = kNumeric | kBools;

/// The inputs of Attention.
enum AttentionInput : std::size_t {
  kQ,
  kK,
  kV,
  kAttnMask,
  kPastKey,
  kPastValue,
  kNonpadKvSeqlen,
};

/// Sizes as far as they are known.
struct AttentionDims {
  Dim batch, q_heads, kv_heads;
  Dim q_length, kv_length;  // kv_length: keys given now
  Dim past{0};              // keys in front of them
  Dim size, v_size;         // entries of a head of Q and K, and of V
  bool packed = false;      // [N, length, heads * size]

  /// past + kv_length
  Result<Dim> total() const;
  /// Fails when the inputs do not fit each other or the attributes.
  static Result<AttentionDims> of(const Attention& op, const InferContext& c);
};

/// The same of concrete inputs.
struct AttentionSizes {
  std::int64_t batch = 0, q_heads = 0, kv_heads = 0;
  std::int64_t q_length = 0, kv_length = 0, past = 0;
  std::int64_t size = 0, v_size = 0;
  bool packed = false;

  explicit AttentionSizes(const AttentionDims& dims);
  std::int64_t total() const { return past + kv_length; }
  /// The head of K and V that serves a head of Q.
  std::int64_t kv_head(std::int64_t h) const { return h / (q_heads / kv_heads); }
  std::int64_t q(std::int64_t n, std::int64_t h, std::int64_t i) const {
    return row(n, h, i, q_heads, q_length) * size;
  }
  std::int64_t y(std::int64_t n, std::int64_t h, std::int64_t i) const {
    return row(n, h, i, q_heads, q_length) * v_size;
  }
  /// Row of key or value `j` of those given now; times size or v_size it is the offset.
  std::int64_t kv_row(std::int64_t n, std::int64_t h, std::int64_t j) const {
    return row(n, h, j, kv_heads, kv_length);
  }
  /// Row of a past key or value.
  std::int64_t past_row(std::int64_t n, std::int64_t h, std::int64_t j) const {
    return (n * kv_heads + h) * past + j;
  }

 private:
  std::int64_t row(std::int64_t n, std::int64_t h, std::int64_t i, std::int64_t heads,
                   std::int64_t length) const {
    return packed ? (n * length + i) * heads + h : (n * heads + h) * length + i;
  }
};

/// Fails unless the mask broadcasts to [N, heads, q_length, total]; its last axis may be shorter,
/// what lies beyond takes no part.
Status check_attention_mask(const TypeInfo& mask, const AttentionDims& dims);

/// Which keys a query sees by its position: [begin, end) of a causal mask and of nonpad_kv_seqlen.
struct KeyLimits {
  std::int64_t past = 0;
  std::int64_t q_length = 0;
  std::int64_t total = 0;
  bool causal = false;
  const std::int64_t* nonpad = nullptr;  // per batch, or null
  bool has_past = false;

  /// The keys before this one count for query i of batch n.
  std::int64_t end(std::int64_t n, std::int64_t i) const {
    std::int64_t end = total;
    if (nonpad != nullptr) end = std::min(end, nonpad[n]);
    if (causal) {
      // The last query stands at the last key that counts.
      const std::int64_t before = has_past || nonpad == nullptr ? past : nonpad[n] - q_length;
      end = std::min(end, before + i + 1);
    }
    return std::max<std::int64_t>(0, end);
  }
};

void reference_attention(const Attention& op, const AttentionSizes& sizes, ReferenceContext& c);

}  // namespace tern::ops
