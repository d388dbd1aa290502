// com.microsoft.GroupQueryAttention: attention whose heads of Q share heads of K and V, with a
// cache of keys and values of its own; and SparseAttention, the same on blocks of the scores that a
// layout names.
//
// New keys stand behind those that are cached, for each batch at its own place. A cache that is
// longer than the sequence is written in place; a shorter one grows.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/errors.h"
#include "import/onnx/microsoft_rules.h"
#include "tern/functions.h"
#include "tern/ops/indexing.h"

namespace tern::onnx {
namespace {

/// As good as none.
constexpr std::int64_t kWidestWindow = std::int64_t{1} << 40;
constexpr double kMasked = -std::numeric_limits<double>::infinity();

enum Input : std::size_t { kQuery, kKey, kValue, kPastKey, kPastValue };

/// No operator has as many inputs.
constexpr std::size_t kNone = 99;

/// Where the inputs behind those stand.
struct Places {
  std::size_t lengths = 5;  // keys of each batch, less `beyond`
  std::int64_t beyond = 1;
  std::size_t total = 6;  // the most keys of a batch
  std::size_t cos_cache = 7, sin_cache = 8;
  std::size_t position_ids = 9, attention_bias = 10, head_sink = 11;
  std::size_t key_scale = 12, value_scale = 13, query_norm = 14, key_norm = 15;
  std::size_t block_rows = kNone, block_columns = kNone;  // the layouts, compressed by rows
};

class GroupQuery {
 public:
  GroupQuery(Lowering& l, const Places& at) : l_(l), b_(l.builder()), at_(at) {}

  void run() {
    read_attributes();
    Value q = l_.input(kQuery), k = l_.input(kKey), v = l_.input(kValue);
    if (heads_ < 1 || kv_heads_ < 1 || heads_ > kMostHeads || heads_ % kv_heads_ != 0) {
      l_.fail(invalid_argument("{} heads of Q cannot share {} of K and V", heads_, kv_heads_));
      return;
    }
    if (k.present() != v.present()) {
      l_.fail(invalid_argument("key and value belong together"));
      return;
    }
    size_ = l_.size(q, 2) / (k.present() ? heads_ : heads_ + 2 * kv_heads_);
    if (!k.present()) {
      const std::vector<Value> parts =
          split(q, {heads_ * size_, kv_heads_ * size_, kv_heads_ * size_}, 2);
      q = parts[0];
      k = parts[1];
      v = parts[2];
    }
    length_ = size_at(l_, q, 1);
    total_ = reshape(cast(l_.input(at_.total), DType::kI64), {1});
    // Keys of each batch in front of the new ones. In a first prompt that is padded at its end
    // there are none, although it is longer than what counts of it.
    const Value lengths = reshape(cast(l_.input(at_.lengths), DType::kI64), {-1});
    past_ =
        maximum(lengths + static_cast<double>(at_.beyond) - length_, b_.scalar<std::int64_t>(0));
    attend(rotated(normalized(with_heads(q, heads_), at_.query_norm)),
           cached(rotated(normalized(with_heads(k, kv_heads_), at_.key_norm)), kPastKey, 1),
           cached(with_heads(v, kv_heads_), kPastValue, 2));
  }

 private:
  void read_attributes() {
    heads_ = l_.integer("num_heads");
    kv_heads_ = l_.integer("kv_num_heads");
    rotary_ = l_.flag("do_rotary");
    interleaved_ = l_.flag("rotary_interleaved");
    window_ = std::min(l_.integer("local_window_size", -1), kWidestWindow);
    causal_ = l_.flag("causal", true);
    smooth_ = l_.flag("smooth_softmax");
    scale_ = l_.optional_number("scale");
    if (scale_ && *scale_ == 0.0F) scale_.reset();
    softcap_ = l_.number("softcap", 0.0F);
    epsilon_ = l_.number("qk_norm_epsilon", 1e-6F);
    qk_output_ = l_.integer("qk_output");
    l_.only("sliding_window_cache", 0);
    l_.integer("kv_cache_bit_width");
    if (is_sparse()) {
      block_ = l_.integer("sparse_block_size");
      if (block_ < 1) l_.fail(invalid_argument("sparse_block_size is {}, below 1", block_));
    }
    for (const std::string_view name : {"k_quant_type", "v_quant_type"}) {
      const std::string type = l_.text(name, "NONE");
      if (type != "NONE") l_.fail(unimplemented("{} = {} is not supported", name, type));
    }
    l_.without(at_.key_scale, "k_scale");
    l_.without(at_.value_scale, "v_scale");
  }

  bool is_sparse() const { return at_.block_rows != kNone; }

  static Value with_heads(Value x, std::int64_t heads) {
    return transpose(reshape(x, {0, 0, heads, -1}), {0, 2, 1, 3});
  }

  Value normalized(Value x, std::size_t scale) {
    if (!l_.has(scale)) return x;
    return b_.op(ops::RMSNormalization{.epsilon = epsilon_}, {x, l_.input(scale)});
  }

  Value rotated(Value x) {
    if (!rotary_) return x;
    if (!l_.has(at_.cos_cache) || !l_.has(at_.sin_cache)) {
      return l_.fail(invalid_argument("do_rotary needs cos_cache and sin_cache"));
    }
    const std::int64_t rotated = 2 * l_.size(l_.input(at_.cos_cache), 1);
    const Value positions = l_.has(at_.position_ids) ? l_.input(at_.position_ids)
                                                     : unsqueeze(past_, {1}) + indices(l_, length_);
    return b_.op(ops::RotaryEmbedding{.interleaved = interleaved_, .rotary_embedding_dim = rotated},
                 {x, l_.input(at_.cos_cache), l_.input(at_.sin_cache), positions});
  }

  /// The cache with the new entries in it, which is also an output; cut to those that count.
  Value cached(Value now, std::size_t past, std::size_t output) {
    if (!l_.has(past)) {
      l_.set(output, now);
      return now;
    }
    const Value cache = l_.input(past);
    const Value zero = b_.constant(Tensor::vector<std::int64_t>({0}));
    const Value grown = maximum(total_ - size_at(l_, cache, 2), zero);
    const Value roomy = b_.op(ops::Pad{}, {cache, concat({zero, grown}, 0), Value(),
                                           b_.constant(Tensor::vector<std::int64_t>({2}))});
    const Value present = b_.op(ops::TensorScatter{}, {roomy, now, past_});
    l_.set(output, present);
    return slice(present, zero, total_, {2});
  }

  /// Which keys a query sees, [batch, 1, queries, keys].
  Value visible(Value k) {
    const Value key = indices(l_, size_at(l_, k, 2));
    const Value query = unsqueeze(unsqueeze(past_, {1}) + indices(l_, length_), {1, 3});
    Value seen;
    if (causal_) {
      seen = b_.op(ops::LessOrEqual{}, {key, query});
    } else {
      seen = less(key, unsqueeze(past_ + length_, {1, 2, 3}));
    }
    if (window_ > 0) seen = logical_and(seen, greater(key, query - static_cast<double>(window_)));
    return is_sparse() ? logical_and(seen, in_layout(query, key)) : seen;
  }

  /// Which blocks of each layout count, [layouts, rows, columns] of 0 and 1.
  Value blocks() {
    const Value rows = cast(l_.input(at_.block_rows), DType::kI64);
    const Value columns = cast(l_.input(at_.block_columns), DType::kI64);
    const Value begin = unsqueeze(slice(rows, {0}, {-1}, {1}), {2});
    const Value end =
        unsqueeze(slice(rows, {1}, {std::numeric_limits<std::int64_t>::max()}, {1}), {2});
    const Value entry = indices(l_, size_at(l_, columns, 1));
    const Value in_row =
        logical_and(b_.op(ops::GreaterOrEqual{}, {entry, begin}), less(entry, end));
    const Value block = indices(l_, size_at(l_, begin, 1));
    const Value in_column = equal(unsqueeze(columns, {2}), block);
    return matmul(cast(in_row, DType::kF32), cast(in_column, DType::kF32));
  }

  /// Which keys [keys] the layouts let a query [batch, 1, queries, 1] see, [batch, heads, queries,
  /// keys]; the layouts serve the heads in turn.
  Value in_layout(Value query, Value key) {
    const Value layouts = blocks();
    const std::int64_t count = l_.size(l_.input(at_.block_rows), 0);
    if (count < 1 || heads_ % count != 0) {
      return l_.fail(invalid_argument("{} layouts cannot serve {} heads in turn", count, heads_));
    }
    const Value last = size_at(l_, layouts, 1) - 1.0;
    const auto block_of = [&](Value position) {
      const Value size = b_.scalar<std::int64_t>(block_);
      return minimum(b_.op(ops::Div{}, {position, size}), last);
    };
    // [layouts, batch, 1, queries, 1, columns], then keys for columns
    const Value rows = gather(layouts, block_of(query), 1);
    const Value seen = squeeze(gather(rows, block_of(key), 5), {2, 4});
    const Value in_turn = b_.constant(Tensor::vector<std::int64_t>({1, heads_ / count, 1, 1}));
    return greater(b_.op(ops::Tile{}, {transpose(seen, {1, 0, 2, 3}), in_turn}), 0.0);
  }

  /// The sum of the attention bias and of minus infinity where a key is not seen.
  Value added_mask(Value k) {
    const Value seen = visible(k);
    return l_.has(at_.attention_bias) ? where(seen, l_.input(at_.attention_bias), kMasked) : seen;
  }

  void attend(Value q, Value k, Value v) {
    if (smooth_ || l_.has(at_.head_sink)) return attend_with_sink(q, k, v);
    ops::Attention op{.scale = scale_, .softcap = softcap_};
    if (qk_output_ != 0 && qk_output_ != 1 && qk_output_ != 2) {
      l_.fail(invalid_argument("qk_output is {}, not 0 to 2", qk_output_));
    }
    op.qk_matmul_output_mode = qk_output_ == 2 ? 3 : 2;
    Value mask, counts;
    if (causal_ && window_ <= 0 && !l_.has(at_.attention_bias) && !is_sparse()) {
      // The last query of each batch stands at its last key.
      op.is_causal = true;
      counts = past_ + length_;
    } else {
      mask = added_mask(k);
    }
    const bool wants_scores = l_.wants(3);
    const std::vector<Value> made =
        b_.op_n(op, {q, k, v, mask, Value(), Value(), counts}, wants_scores ? 4 : 1);
    finish(made[0]);
    if (!wants_scores) return;
    // Keys that a query does not see show as 0 before the softmax as well.
    const Value scores = made[3];
    l_.set(3, qk_output_ == 2 ? scores : where(equal(scores, kMasked), 0.0, scores));
  }

  /// One more score per query takes part in the softmax: that of the head's sink, else 0.
  void attend_with_sink(Value q, Value k, Value v) {
    const double scale = scale_ ? double{*scale_} : 1 / std::sqrt(static_cast<double>(size_));
    const std::int64_t shared = heads_ / kv_heads_;
    const auto for_all_heads = [&](Value x) {
      if (shared == 1) return x;
      const Value grouped = unsqueeze(x, {2});
      const Value copies = b_.op(
          ops::Tile{}, {grouped, b_.constant(Tensor::vector<std::int64_t>({1, 1, shared, 1, 1}))});
      const Value sizes =
          concat({size_at(l_, x, 0), b_.constant(Tensor::vector<std::int64_t>({heads_})),
                  size_at(l_, x, 2), size_at(l_, x, 3)},
                 0);
      return reshape(copies, sizes);
    };
    Value scores = matmul(q * scale, transpose(for_all_heads(k), {0, 1, 3, 2}));
    if (softcap_ > 0) scores = tanh(scores / double{softcap_}) * double{softcap_};
    if (l_.has(at_.attention_bias)) scores = scores + l_.input(at_.attention_bias);
    scores = where(visible(k), scores, kMasked);
    const Value sink = l_.has(at_.head_sink) ? reshape(l_.input(at_.head_sink), {1, -1, 1, 1})
                                             : b_.scalar_of(q.dtype(), 0);
    const Value column = concat(
        {slice(shape_of(scores), {0}, {3}), b_.constant(Tensor::vector<std::int64_t>({1}))}, 0);
    const Value weights = softmax(concat({scores, expand(sink, column)}, 3));
    finish(matmul(slice(weights, {0}, {-1}, {3}), for_all_heads(v)));
  }

  void finish(Value y) { l_.set(0, reshape(transpose(y, {0, 2, 1, 3}), {0, 0, -1})); }

  Lowering& l_;
  GraphBuilder& b_;
  const Places at_;
  std::int64_t block_ = 0;  // of a sparse layout
  std::int64_t heads_ = 0, kv_heads_ = 0, size_ = 0;
  bool rotary_ = false, interleaved_ = false, causal_ = true, smooth_ = false;
  std::int64_t window_ = -1;
  std::int64_t qk_output_ = 0;
  std::optional<float> scale_;
  float softcap_ = 0.0F;
  float epsilon_ = 0.0F;
  Value length_;  // of the queries, a vector of one
  Value total_;   // the most keys of a batch, a vector of one
  Value past_;    // keys of each batch that are cached
};

}  // namespace

void group_query_attention(Lowering& l) { GroupQuery(l, {}).run(); }

void sparse_attention(Lowering& l) {
  const Places at{.lengths = 8,
                  .beyond = 0,
                  .total = 7,
                  .cos_cache = 9,
                  .sin_cache = 10,
                  .position_ids = kNone,
                  .attention_bias = kNone,
                  .head_sink = kNone,
                  .key_scale = kNone,
                  .value_scale = kNone,
                  .query_norm = kNone,
                  .key_norm = kNone,
                  .block_rows = 5,
                  .block_columns = 6};
  GroupQuery(l, at).run();
}

}  // namespace tern::onnx
