// What the operators of com.microsoft on attention share.
#pragma once

#include <array>
#include <optional>

#include "import/onnx/microsoft_rules.h"

namespace tern::onnx {

/// What a call of attention has besides Q, K and V; values may be absent.
struct AttentionExtras {
  /// Of keys: [batch, keys], [batch, queries, keys], [batch, 1, room, room], or, of rank 1, where
  /// the keys of each batch end, and behind that, where `mask_has_starts` allows it, begin.
  Value mask;
  bool mask_has_starts = false;
  Value bias;  // added to the scores
  Value past_key, past_value;
};

struct AttentionAttributes {
  std::int64_t heads = 0;
  bool causal = false;
  float filter = -10000.0F;  // added to the score of a key that is masked
  std::optional<float> scale;

  static AttentionAttributes take(Lowering& l);
};

/// The first `outputs` of output, present keys, present values and scores of attention of q [batch,
/// length, heads * size] on k and v, which are of that form or [batch, heads, length, size].
void attend(Lowering& l, Value q, Value k, Value v, const AttentionExtras& e,
            const AttentionAttributes& a, std::size_t outputs, std::array<Value, 4>& results);

/// The widths of Q, K and V in a projection of `all` columns, by the attribute "qkv_hidden_sizes"
/// or three equal ones. Empty after a failure.
std::vector<std::int64_t> projection_sizes(Lowering& l, std::int64_t all);

}  // namespace tern::onnx
