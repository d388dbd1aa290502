// com.microsoft: batches of sequences without their padding, one token behind the other, and
// attention on them. Padding is put back where sequences meet, so that one product of matrices
// serves all of them.
#include <limits>

#include "base/errors.h"
#include "import/onnx/microsoft_attention.h"
#include "tern/functions.h"

namespace tern::onnx {
namespace {

Value vector_of(Lowering& l, std::int64_t value) {
  return l.builder().constant(Tensor::vector<std::int64_t>({value}));
}

/// Where the tokens stand in the batch [batch, length]: the first of `offsets`, one per token; the
/// rest are the places of padding.
class Packing {
 public:
  Packing(Lowering& l, Value offsets, Value tokens)
      : l_(l), batch_(size_at(l, offsets, 0)), length_(size_at(l, offsets, 1)) {
    const Value all = reshape(cast(offsets, DType::kI64), {-1});
    places_ = slice(all, vector_of(l, 0), size_at(l, tokens, 0), {0});
  }

  /// [tokens, size] as [batch, length, size], with zeros between.
  Value padded(Value x) const {
    const Value size = size_at(l_, x, 1);
    const Value zeros =
        expand(l_.builder().scalar_of(x.dtype(), 0), concat({batch_ * length_, size}, 0));
    const Value rows = l_.builder().op(ops::ScatterND{}, {zeros, unsqueeze(places_, {1}), x});
    return reshape(rows, concat({batch_, length_, size}, 0));
  }

  /// The way back.
  Value packed(Value y) const {
    return gather(reshape(y, concat({vector_of(l_, -1), size_at(l_, y, 2)}, 0)), places_);
  }

 private:
  Lowering& l_;
  Value batch_, length_, places_;
};

/// How long each sequence is, from the sums [batch + 1] of the lengths so far.
Value lengths_of(Value sums) {
  const Value at = cast(sums, DType::kI64);
  return slice(at, {1}, {std::numeric_limits<std::int64_t>::max()}, {0}) -
         slice(at, {0}, {-1}, {0});
}

/// Attention of q, k and v [tokens, heads * size]; what `first` and the inputs behind it say is the
/// places, the sums of lengths and a bias of the scores.
void packed_attention_of(Lowering& l, Value q, Value k, Value v, const AttentionAttributes& a,
                         std::size_t first) {
  const Packing packing(l, l.input(first), q);
  const AttentionExtras e{.mask = lengths_of(l.input(first + 1)), .bias = l.input(first + 2)};
  std::array<Value, 4> results;
  attend(l, packing.padded(q), packing.padded(k), packing.padded(v), e, a, 1, results);
  l.set(0, packing.packed(results[0]));
}

}  // namespace

void packed_attention(Lowering& l) {
  const AttentionAttributes a = AttentionAttributes::take(l);
  const Value qkv = matmul(l.input(0), l.input(1)) + l.input(2);
  const std::vector<std::int64_t> sizes = projection_sizes(l, l.size(qkv, 1));
  if (sizes.empty()) return;
  const std::vector<Value> parts = split(qkv, sizes, 1);
  packed_attention_of(l, parts[0], parts[1], parts[2], a, 3);
}

void packed_multi_head_attention(Lowering& l) {
  const AttentionAttributes a = AttentionAttributes::take(l);
  Value q = l.input(0), k = l.input(1), v = l.input(2);
  if (l.rank(q) == 4) {
    // [tokens, heads, 3, size]
    const auto part = [&](std::int64_t i) {
      return reshape(gather(l.input(0), l.builder().scalar<std::int64_t>(i), 2), {0, -1});
    };
    q = part(0);
    k = part(1);
    v = part(2);
  }
  if (!k.present() || !v.present()) {
    l.fail(invalid_argument("key and value are missing"));
    return;
  }
  if (l.has(3)) {
    const Value bias = l.input(3);
    const std::int64_t all = l.size(bias, 0), values = l.size(v, 1);
    const std::vector<Value> parts =
        split(bias, {(all - values) / 2, (all - values) / 2, values}, 0);
    q = q + parts[0];
    k = k + parts[1];
    v = v + parts[2];
  }
  packed_attention_of(l, q, k, v, a, 4);
}

void remove_padding(Lowering& l) {
  GraphBuilder& b = l.builder();
  const Value x = l.input(0);
  const Value lengths = cast(l.input(1), DType::kI64);
  const Value length = size_at(l, x, 1);
  // [batch * length]
  const Value counts = reshape(less(indices(l, length), unsqueeze(lengths, {1})), {-1});
  const auto places = [&](Value where_true) {
    return reshape(b.op(ops::NonZero{}, {where_true}), {-1});
  };
  const Value tokens = places(counts);
  const Value rest = places(b.op(ops::Not{}, {counts}));
  l.set(0, gather(reshape(x, concat({vector_of(l, -1), size_at(l, x, 2)}, 0)), tokens));
  l.set(1, cast(reshape(concat({tokens, rest}, 0), concat({size_at(l, x, 0), length}, 0)),
                DType::kI32));
  const Value sums = b.op(ops::CumSum{}, {lengths, b.scalar<std::int64_t>(0)});
  l.set(2, cast(concat({vector_of(l, 0), sums}, 0), DType::kI32));
  l.set(3, cast(b.op(ops::ReduceMax{.keepdims = true}, {lengths}), DType::kI32));
}

void restore_padding(Lowering& l) {
  l.set(0, Packing(l, l.input(1), l.input(0)).padded(l.input(0)));
}

}  // namespace tern::onnx
