// com.microsoft: attention with all heads of K and V, fused with its projection or not, with masks
// in their several forms, and rotary embedding.
#include <array>

#include "base/errors.h"
#include "import/onnx/microsoft_attention.h"
#include "ops/tensor/dims.h"
#include "tern/functions.h"
#include "tern/ops/indexing.h"

namespace tern::onnx {
namespace {

Value zero_vector(Lowering& l) { return l.builder().constant(Tensor::vector<std::int64_t>({0})); }

/// Which keys take part, [batch, keys], when the mask states where they end, and behind that, where
/// `has_starts` allows it, where they begin.
Value keys_between(Lowering& l, Value mask, Value batch, bool has_starts, Value keys) {
  const Value at = indices(l, keys);
  const Value bounds = cast(mask, DType::kI64);
  const Value ends = slice(bounds, zero_vector(l), batch, {0});
  const Value before_end = less(at, unsqueeze(ends, {1}));
  if (!has_starts) return before_end;
  // Starts that are left out are zeros.
  const Value starts = slice(bounds, batch, batch + batch, {0});
  const Value missing = batch - size_at(l, starts, 0);
  const Value from = l.builder().op(ops::Pad{}, {starts, concat({zero_vector(l), missing}, 0)});
  return logical_and(before_end, l.builder().op(ops::GreaterOrEqual{}, {at, unsqueeze(from, {1})}));
}

/// The mask as numbers that are added to the scores [batch, heads, queries, keys]: 0 where a key
/// takes part, else `filter`.
Value key_mask(Lowering& l, const AttentionExtras& e, const AttentionAttributes& a, Value q,
               Value past, Value keys) {
  const Value mask = e.mask;
  const Value queries = size_at(l, q, 1);
  Value allowed;
  switch (l.rank(mask)) {
    case 1:
      allowed = unsqueeze(keys_between(l, mask, size_at(l, q, 0), e.mask_has_starts, keys), {1, 2});
      break;
    case 2: allowed = unsqueeze(greater(mask, 0.0), {1, 2}); break;
    case 3: allowed = unsqueeze(greater(mask, 0.0), {1}); break;
    case 4: {
      // One mask for the longest sequence; the queries stand behind the past.
      const Value rows = slice(mask, past, past + queries, {2});
      allowed = greater(slice(rows, zero_vector(l), keys, {3}), 0.0);
      break;
    }
    default: return l.fail(invalid_argument("the mask has rank {}, not 1 to 4", l.rank(mask)));
  }
  GraphBuilder& b = l.builder();
  return where(allowed, b.scalar_of(q.dtype(), 0), b.scalar_of(q.dtype(), a.filter));
}

}  // namespace

AttentionAttributes AttentionAttributes::take(Lowering& l) {
  AttentionAttributes a;
  a.heads = l.integer("num_heads");
  a.causal = l.flag("unidirectional");
  a.filter = l.number("mask_filter_value", a.filter);
  a.scale = l.optional_number("scale");
  if (a.scale && *a.scale == 0.0F) a.scale.reset();
  if (a.heads < 1 || a.heads > kMostHeads) {
    l.fail(invalid_argument("num_heads is {}, not from 1 to {}", a.heads, kMostHeads));
  }
  return a;
}

namespace {

Value as_heads(Value x, std::int64_t heads) {
  return transpose(reshape(x, {0, 0, heads, -1}), {0, 2, 1, 3});
}

}  // namespace

void attend(Lowering& l, Value q, Value k, Value v, const AttentionExtras& e,
            const AttentionAttributes& a, std::size_t outputs, std::array<Value, 4>& results) {
  const bool split_keys = l.rank(k) == 4;
  Value mask;
  if (e.mask.present()) {
    const Value past = e.past_key.present() ? size_at(l, e.past_key, 2) : zero_vector(l);
    mask = key_mask(l, e, a, q, past, size_at(l, k, split_keys ? 2 : 1) + past);
  }
  if (e.bias.present()) mask = mask.present() ? mask + e.bias : e.bias;
  ops::Attention op{.is_causal = a.causal, .scale = a.scale};
  op.qk_matmul_output_mode = 2;
  if (!split_keys) op.q_num_heads = op.kv_num_heads = a.heads;
  const std::vector<Value> made = l.builder().op_n(
      op, {split_keys ? as_heads(q, a.heads) : q, k, v, mask, e.past_key, e.past_value}, outputs);
  for (std::size_t i = 0; i < made.size(); ++i) results[i] = made[i];
  if (split_keys) results[0] = reshape(transpose(made[0], {0, 2, 1, 3}), {0, 0, -1});
}

std::vector<std::int64_t> projection_sizes(Lowering& l, std::int64_t all) {
  std::vector<std::int64_t> sizes = l.integers("qkv_hidden_sizes");
  if (sizes.empty()) sizes.assign(3, all / 3);
  // Subtracted one by one: sums of what a file says may overflow.
  std::int64_t left = sizes.size() == 3 ? all : -1;
  for (const std::int64_t size : sizes) left = size < 0 || size > left ? -1 : left - size;
  if (left == 0) return sizes;
  l.fail(invalid_argument("{} columns are not the sum of the sizes of Q, K and V", all));
  return {};
}

namespace {

/// Q, K and V next to each other in the last axis, attention among them, and past and present as
/// one tensor [2, batch, heads, length, size].
void self_attention(Lowering& l, Value qkv, std::size_t mask, std::size_t past, std::size_t bias) {
  const AttentionAttributes a = AttentionAttributes::take(l);
  l.only("do_rotary", 0);
  l.integer("rotary_embedding_dim");
  l.only("past_present_share_buffer", 0);
  const std::vector<std::int64_t> sizes = projection_sizes(l, l.size(qkv, 2));
  if (sizes.empty()) return;
  const std::vector<Value> parts = split(qkv, sizes, 2);
  AttentionExtras e{.mask = l.input(mask), .mask_has_starts = true, .bias = l.input(bias)};
  if (l.has(past)) {
    e.past_key = gather(l.input(past), l.builder().scalar<std::int64_t>(0));
    e.past_value = gather(l.input(past), l.builder().scalar<std::int64_t>(1));
  }
  std::array<Value, 4> results;
  attend(l, parts[0], parts[1], parts[2], e, a, l.wants(1) ? 3 : 1, results);
  l.set(0, results[0]);
  if (l.wants(1)) l.set(1, concat({unsqueeze(results[1], {0}), unsqueeze(results[2], {0})}, 0));
}

/// Where the inputs of the two operators on separate Q, K and V stand.
struct Places {
  std::size_t bias = 0, mask = 0, attention_bias = 0, past_key = 0, past_value = 0, past_length = 0;
};

/// A cache [batch, heads, room, size] of which the first `past` entries count.
class SharedCache {
 public:
  SharedCache(Lowering& l, Value q, Value past)
      : l_(l), past_(reshape(cast(past, DType::kI64), {1})) {
    rows_ = expand(past_, size_at(l, q, 0));
    total_ = past_ + size_at(l, q, 1);
  }
  /// The cache with new entries behind those that count.
  Value with(Value cache, Value now) const {
    if (!cache.present()) return l_.fail(invalid_argument("a length is given, but no cache"));
    return l_.builder().op(ops::TensorScatter{}, {cache, now, rows_});
  }
  /// What counts of it then.
  Value filled(Value cache) const { return slice(cache, zero_vector(l_), total_, {2}); }

 private:
  Lowering& l_;
  Value past_, rows_, total_;
};

/// Part `i` of the axis before the last, [batch, length, heads, parts, size], as [batch, length,
/// heads * size].
Value packed_part(Lowering& l, Value x, std::int64_t i) {
  return reshape(gather(x, l.builder().scalar<std::int64_t>(i), 3), {0, 0, -1});
}

void separate_attention(Lowering& l, const Places& at) {
  const AttentionAttributes a = AttentionAttributes::take(l);
  Value q = l.input(0), k = l.input(1), v = l.input(2);
  const Value bias = l.input(at.bias);
  if (l.rank(q) == 5) {
    k = packed_part(l, q, 1);
    v = packed_part(l, q, 2);
    q = packed_part(l, q, 0);
  } else if (!k.present()) {
    // Q, K and V of one size in one axis.
    const std::int64_t size = l.size(q, 2) / 3;
    const std::vector<Value> parts = split(q, {size, size, size}, 2);
    q = parts[0];
    k = parts[1];
    v = parts[2];
  } else if (l.rank(k) == 5) {
    v = packed_part(l, k, 1);
    k = packed_part(l, k, 0);
  }
  if (!v.present()) {
    l.fail(invalid_argument("there is a key but no value"));
    return;
  }
  if (bias.present()) {
    const std::int64_t size = l.size(q, 2);
    const std::vector<Value> parts = split(bias, {size, size, l.size(bias, 0) - 2 * size}, 0);
    q = q + parts[0];
    // Keys and values that are split into heads already come from a cache, with their bias in them.
    if (l.rank(k) == 3) k = k + parts[1];
    if (l.rank(v) == 3) v = v + parts[2];
  }
  AttentionExtras e{.mask = l.input(at.mask),
                    .bias = l.input(at.attention_bias),
                    .past_key = l.input(at.past_key),
                    .past_value = l.input(at.past_value)};
  std::array<Value, 4> results;
  if (l.has(at.past_length)) {
    // Past and present are one buffer with room behind its entries.
    const SharedCache cache(l, q, l.input(at.past_length));
    results[1] = cache.with(e.past_key, as_heads(k, a.heads));
    results[2] = cache.with(e.past_value, as_heads(v, a.heads));
    e.past_key = e.past_value = Value();
    std::array<Value, 4> made;
    attend(l, q, cache.filled(results[1]), cache.filled(results[2]), e, a, l.wants(3) ? 4 : 1,
           made);
    results[0] = made[0];
    results[3] = made[3];
  } else {
    attend(l, q, k, v, e, a, l.wants(3) ? 4 : l.wants(1) || l.wants(2) ? 3 : 1, results);
  }
  for (std::size_t i = 0; i < results.size(); ++i) l.set(i, results[i]);
}

}  // namespace

void attention(Lowering& l) {
  const Value product = matmul(l.input(0), l.input(1));
  l.without(6, "past_sequence_length");
  self_attention(l, l.has(2) ? product + l.input(2) : product, 3, 4, 5);
}

void q_attention(Lowering& l) {
  const Value product =
      scaled_product(l, l.input(0), l.input(3), l.input(6), l.input(1), l.input(4), l.input(7));
  constexpr std::size_t kNone = 9;
  self_attention(l, product + l.input(2), 5, 8, kNone);
}

void multi_head_attention(Lowering& l) {
  l.without(9, "cache_indirection");
  separate_attention(l, {.bias = 3,
                         .mask = 4,
                         .attention_bias = 5,
                         .past_key = 6,
                         .past_value = 7,
                         .past_length = 8});
}

void decoder_masked_multi_head_attention(Lowering& l) {
  const bool shares = l.flag("past_present_share_buffer");
  if (shares != l.has(7)) {
    l.fail(invalid_argument("past_present_share_buffer and past_sequence_length belong together"));
  }
  l.integer("output_qk");  // says no more than that output 3 is there
  l.without(9, "cache_indirection");
  separate_attention(l, {.bias = 10,
                         .mask = 3,
                         .attention_bias = 4,
                         .past_key = 5,
                         .past_value = 6,
                         .past_length = 7});
}

void rotary_embedding(Lowering& l) {
  const Value x = l.input(0);
  const Value cos_cache = l.input(2);
  ops::RotaryEmbedding op;
  op.interleaved = l.flag("interleaved");
  op.num_heads = l.integer("num_heads");
  op.rotary_embedding_dim = l.integer("rotary_embedding_dim");
  l.only("is_packed_batching", 0);
  if (l.number("scale", 1.0F) != 1.0F) l.fail(unimplemented("scale is not 1"));
  const bool packed = l.rank(x) == 3;
  if (packed && op.num_heads == 0) {
    // Whole heads are rotated, so the caches say how large these are.
    const std::int64_t size = 2 * l.size(cos_cache, 1);
    op.num_heads = size > 0 ? l.size(x, 2) / size : 0;
  }
  if (!packed) op.num_heads = 0;
  Value positions = l.input(1);
  if (l.rank(positions) == 1) {
    // The position of the first entry.
    const Value length = size_at(l, x, packed ? 1 : 2);
    positions = expand(indices(l, length) + positions, concat({size_at(l, x, 0), length}, 0));
  }
  l.set(0, l.builder().op(op, {x, cos_cache, l.input(3), positions}));
}

}  // namespace tern::onnx
