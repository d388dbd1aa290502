#include "ops/nn/attention.h"
#include "ops/tensor/dims.h"

namespace tern::ops {
namespace {

// One size stated by several inputs.
class Merging {
 public:
  void merge(std::string_view what, Dim& into, const Dim& dim) {
    Result<Dim> merged = merge_dims(into, dim);
    if (merged.ok()) {
      into = *merged;
    } else if (status_.ok()) {
      status_ = invalid_argument("{} is {} here and {} there", what, into.value(), dim.value());
    }
  }
  void keep(Status status) {
    if (status_.ok()) status_ = std::move(status);
  }
  const Status& status() const { return status_; }

 private:
  Status status_;
};

Dim size_of_head(Merging& m, std::string_view name, const Dim& hidden, std::int64_t heads) {
  if (!hidden.known()) return Dim();
  if (hidden.value() % heads != 0) {
    m.keep(
        invalid_argument("{} has {} entries, which are not {} heads", name, hidden.value(), heads));
  }
  return Dim(hidden.value() / heads);
}

// Q, K and V as [N, heads, length, size].
void read_heads(const Attention& op, const InferContext& c, Merging& m, AttentionDims& d) {
  const std::vector<Dim>&q = c.in[kQ].shape, &k = c.in[kK].shape, &v = c.in[kV].shape;
  d.batch = q[0];
  m.merge("the batch size", d.batch, k[0]);
  m.merge("the batch size", d.batch, v[0]);
  if (d.packed) {
    d.q_heads = op.q_num_heads;
    d.kv_heads = op.kv_num_heads;
    d.q_length = q[1];
    d.kv_length = k[1];
    m.merge("the number of keys", d.kv_length, v[1]);
    d.size = size_of_head(m, "Q", q[2], op.q_num_heads);
    m.merge("the size of a head", d.size, size_of_head(m, "K", k[2], op.kv_num_heads));
    d.v_size = size_of_head(m, "V", v[2], op.kv_num_heads);
    return;
  }
  d.q_heads = q[1];
  d.kv_heads = k[1];
  m.merge("the number of heads of K and V", d.kv_heads, v[1]);
  if (op.q_num_heads != 0) m.merge("the number of heads of Q", d.q_heads, op.q_num_heads);
  if (op.kv_num_heads != 0) m.merge("the number of heads of K", d.kv_heads, op.kv_num_heads);
  d.q_length = q[2];
  d.kv_length = k[2];
  m.merge("the number of keys", d.kv_length, v[2]);
  d.size = q[3];
  m.merge("the size of a head", d.size, k[3]);
  d.v_size = v[3];
}

void read_past(const InferContext& c, Merging& m, AttentionDims& d) {
  if (!c.has(kPastKey) && !c.has(kPastValue)) return;
  if (!c.has(kPastKey) || !c.has(kPastValue)) {
    return m.keep(invalid_argument("past_key and past_value belong together"));
  }
  d.past = Dim();
  for (const std::size_t i : {kPastKey, kPastValue}) {
    const TypeInfo& past = c.in[i];
    if (past.rank() != 4) {
      return m.keep(invalid_argument("{} has rank {}, not 4",
                                     i == kPastKey ? "past_key" : "past_value", past.rank()));
    }
    m.merge("the batch size", d.batch, past.shape[0]);
    m.merge("the number of heads of K", d.kv_heads, past.shape[1]);
    m.merge("the number of past keys", d.past, past.shape[2]);
    m.merge("the size of a head", i == kPastKey ? d.size : d.v_size, past.shape[3]);
  }
}

}  // namespace

Result<Dim> AttentionDims::total() const {
  if (past.known() && past.value() == 0) return kv_length;
  return add_dims(past, kv_length);
}

Result<AttentionDims> AttentionDims::of(const Attention& op, const InferContext& c) {
  AttentionDims d;
  const int rank = c.in[kQ].rank();
  if ((rank != 3 && rank != 4) || c.in[kK].rank() != rank || c.in[kV].rank() != rank) {
    return invalid_argument("Q, K and V have ranks {}, {} and {}, not all 3 or all 4", rank,
                            c.in[kK].rank(), c.in[kV].rank());
  }
  d.packed = rank == 3;
  const std::int64_t least = d.packed ? 1 : 0;
  if (op.q_num_heads < least || op.kv_num_heads < least) {
    return invalid_argument("q_num_heads is {} and kv_num_heads {} for inputs of rank {}",
                            op.q_num_heads, op.kv_num_heads, rank);
  }
  Merging m;
  read_heads(op, c, m, d);
  read_past(c, m, d);
  TERN_TRY(m.status());
  if (d.q_heads.known() && d.kv_heads.known() &&
      (d.kv_heads.value() == 0 || d.q_heads.value() % d.kv_heads.value() != 0)) {
    return invalid_argument("{} heads of Q cannot share {} of K", d.q_heads.value(),
                            d.kv_heads.value());
  }
  return d;
}

AttentionSizes::AttentionSizes(const AttentionDims& d)
    : batch(d.batch.value()),
      q_heads(d.q_heads.value()),
      kv_heads(d.kv_heads.value()),
      q_length(d.q_length.value()),
      kv_length(d.kv_length.value()),
      past(d.past.value()),
      size(d.size.value()),
      v_size(d.v_size.value()),
      packed(d.packed) {}

Status check_attention_mask(const TypeInfo& mask, const AttentionDims& dims) {
  if (mask.rank() < 1 || mask.rank() > 4) {
    return invalid_argument("attn_mask has rank {}, not 1 to 4", mask.rank());
  }
  TERN_ASSIGN_OR_RETURN(const Dim total, dims.total());
  const Dim wanted[] = {dims.batch, dims.q_heads, dims.q_length};
  const std::size_t lead = 4 - mask.shape.size();
  for (std::size_t i = 0; i + 1 < mask.shape.size(); ++i) {
    const Dim &have = mask.shape[i], &want = wanted[lead + i];
    if (have.known() && want.known() && have.value() != 1 && have.value() != want.value()) {
      return invalid_argument("attn_mask has {} on axis {}, not 1 or {}", have.value(), i,
                              want.value());
    }
  }
  if (mask.shape.back().known() && total.known() && mask.shape.back().value() > total.value()) {
    return invalid_argument("attn_mask is for {} keys, there are {}", mask.shape.back().value(),
                            total.value());
  }
  return {};
}

}  // namespace tern::ops
