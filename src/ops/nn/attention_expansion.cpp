#include "ops/nn/attention_expansion.h"

#include <cmath>
#include <limits>

#include "ops/nn/attention.h"
#include "ops/tensor/dims.h"
#include "tern/functions.h"

namespace tern::ops {
namespace {

constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
constexpr double kMasked = -std::numeric_limits<double>::infinity();

/// A size at run time, as a vector of one.
Value size_of(Value x, std::int64_t axis) {
  return slice(shape_of(x), {axis}, {axis == -1 ? kEnd : axis + 1});
}

/// 0, 1, ..., size - 1.
Value indices(GraphBuilder& b, Value size) {
  return b.op(Range{}, {b.scalar<std::int64_t>(0), squeeze(size, {0}), b.scalar<std::int64_t>(1)});
}

class Expansion {
 public:
  Expansion(const Attention& op, ExpandContext& c, const AttentionDims& dims,
            const AttentionChanges& changes)
      : op_(op), c_(c), b_(c.builder()), dims_(dims), changes_(changes) {}

  void run() {
    const Value q = heads(c_.input(kQ), op_.q_num_heads);
    const Value k = with_past(heads(c_.input(kK), op_.kv_num_heads), kPastKey);
    const Value v = with_past(heads(c_.input(kV), op_.kv_num_heads), kPastValue);
    c_.set(1, k);
    c_.set(2, v);
    Value scores = matmul(q * scale(q), transpose(for_all_heads(k), {0, 1, 3, 2}));
    if (op_.qk_matmul_output_mode == 0) c_.set(3, scores);
    if (op_.softcap > 0) scores = tanh(scores / op_.softcap) * op_.softcap;
    if (op_.qk_matmul_output_mode == 1) c_.set(3, scores);
    scores = masked(scores);
    if (changes_.scores) scores = changes_.scores(scores);
    if (op_.qk_matmul_output_mode == 2) c_.set(3, scores);
    Value weights = probabilities(scores);
    if (changes_.weights) weights = changes_.weights(weights);
    if (op_.qk_matmul_output_mode == 3) c_.set(3, weights);
    Value y = matmul(cast_like(weights, v), for_all_heads(v));
    if (dims_.packed) y = reshape(transpose(y, {0, 2, 1, 3}), {0, 0, -1});
    c_.set(0, cast_like(y, q));
  }

 private:
  Value heads(Value x, std::int64_t count) {
    return dims_.packed ? transpose(reshape(x, {0, 0, count, -1}), {0, 2, 1, 3}) : x;
  }
  Value with_past(Value now, std::size_t past) {
    return c_.has(past) ? concat({c_.input(past), now}, 2) : now;
  }
  static Value cast_like(Value x, Value like) {
    return x.dtype() == like.dtype() ? x : cast(x, like.dtype());
  }

  Value scale(Value q) {
    if (op_.scale) return b_.scalar_of(q.dtype(), *op_.scale);
    if (dims_.size.known()) {
      return b_.scalar_of(q.dtype(), 1 / std::sqrt(static_cast<double>(dims_.size.value())));
    }
    return 1.0 / sqrt(cast(size_of(q, 3), q.dtype()));
  }

  /// Heads of K or V, each as often as heads of Q share it.
  Value for_all_heads(Value x) {
    if (same(dims_.q_heads, dims_.kv_heads)) return x;
    if (!dims_.q_heads.known() || !dims_.kv_heads.known()) {
      b_.fail(unimplemented("Attention with numbers of heads that are not known"));
      return x;
    }
    const std::int64_t q_heads = dims_.q_heads.value();
    const Value copies =
        expand(unsqueeze(x, {2}), int_constant(b_, {1, 1, q_heads / dims_.kv_heads.value(), 1, 1}));
    return reshape(
        copies,
        concat({size_of(x, 0), int_constant(b_, {q_heads}), slice(shape_of(x), {2}, {kEnd})}, 0));
  }

  // Where a query sees a key by its position, or absent.
  Value visible(Value scores) {
    Value allowed;
    const auto also = [&](Value condition) {
      allowed = allowed.present() ? logical_and(allowed, condition) : condition;
    };
    const bool nonpad = c_.has(kNonpadKvSeqlen);
    if (!nonpad && !op_.is_causal) return allowed;
    const Value keys = indices(b_, size_of(scores, 3));
    const Value lengths = nonpad ? unsqueeze(c_.input(kNonpadKvSeqlen), {1, 2, 3}) : Value();
    if (nonpad) also(less(keys, lengths));
    if (op_.is_causal) {
      Value last = unsqueeze(indices(b_, size_of(scores, 2)), {1});
      if (c_.has(kPastKey)) {
        last = last + size_of(c_.input(kPastKey), 2);
      } else if (nonpad) {
        last = last + lengths - size_of(scores, 2);
      }
      also(b_.op(LessOrEqual{}, {keys, last}));
    }
    return allowed;
  }

  // The mask with one entry per key; keys that it is too short for take no part.
  Value whole_mask(Value scores) {
    const Value mask = c_.input(kAttnMask);
    const Dim& last = mask.type().shape.back();
    const Dim& keys = scores.type().shape.back();
    if (same(last, keys)) return mask;
    const bool is_bool = mask.dtype() == DType::kBool;
    std::vector<std::int64_t> none(2 * mask.type().shape.size() - 1, 0);
    const Value more = size_of(scores, 3) - size_of(mask, mask.rank() - 1);
    const Value fill = is_bool ? b_.scalar<bool>(false) : b_.scalar_of(mask.dtype(), kMasked);
    return b_.op(Pad{}, {mask, concat({int_constant(b_, none), more}, 0), fill});
  }

  Value masked(Value scores) {
    if (c_.has(kAttnMask)) {
      const Value mask = whole_mask(scores);
      scores = mask.dtype() == DType::kBool ? where(mask, scores, kMasked)
                                            : scores + cast_like(mask, scores);
    }
    const Value allowed = visible(scores);
    return allowed.present() ? where(allowed, scores, kMasked) : scores;
  }

  Value probabilities(Value scores) {
    const DType own = scores.dtype();
    const bool converts =
        op_.softmax_precision != DType::kUndefined && op_.softmax_precision != own;
    if (converts) scores = cast(scores, op_.softmax_precision);
    const bool masks = c_.has(kAttnMask) || c_.has(kNonpadKvSeqlen) || op_.is_causal;
    Value weights;
    if (masks) {
      const Value empty = equal(reduce_max(scores, {3}), kMasked);
      weights = where(empty, 0.0, softmax(where(empty, 0.0, scores), 3));
    } else {
      weights = softmax(scores, 3);
    }
    return converts ? cast(weights, own) : weights;
  }

  const Attention& op_;
  ExpandContext& c_;
  GraphBuilder& b_;
  const AttentionDims& dims_;
  const AttentionChanges& changes_;
};

}  // namespace

void expand_attention(const Attention& op, ExpandContext& c, const AttentionChanges& changes) {
  InferContext types;
  for (std::size_t i = 0; i < c.inputs(); ++i) {
    types.in.push_back(c.has(i) ? c.input(i).type() : TypeInfo());
  }
  const Result<AttentionDims> dims = AttentionDims::of(op, types);
  if (!dims.ok()) return c.builder().fail(dims.status());
  Expansion(op, c, *dims, changes).run();
}

}  // namespace tern::ops
