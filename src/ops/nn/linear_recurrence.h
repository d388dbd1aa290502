// What LinearAttention and its gradient share: inference, and the recurrence of one head of K.
#pragma once

#include <span>
#include <vector>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/reference.h"
#include "tern/ops/transformer.h"

namespace tern::ops {

/// The inputs of LinearAttention, counted from query.
enum LinearAttentionInput : std::size_t {
  kQuery,
  kKey,
  kValue,
  kPastState,
  kDecay,
  kBeta,
  kEraseGate,
};

struct LinearAttentionAttributes {
  std::int64_t kv_heads = 0;
  std::int64_t q_heads = 0;
  float scale = 0;
  LinearAttentionRule rule = LinearAttentionRule::kGatedDelta;

  template <class Op>
  static LinearAttentionAttributes of(const Op& op) {
    return {op.kv_num_heads, op.q_num_heads, op.scale, op.update_rule};
  }
  bool decays() const {
    return rule == LinearAttentionRule::kGated || rule == LinearAttentionRule::kGatedDelta;
  }
  bool corrects() const {
    return rule == LinearAttentionRule::kDelta || rule == LinearAttentionRule::kGatedDelta;
  }
};

/// The types of output and state; query is c.in[first].
struct LinearAttentionTypes {
  TypeInfo output;
  TypeInfo state;
};
Result<LinearAttentionTypes> infer_linear_attention(const LinearAttentionAttributes& a,
                                                    const InferContext& c, std::size_t first);

/// All inputs as numbers. Vectors of inputs that are left out are empty, but the state is zeros.
struct LinearAttentionData {
  LinearAttentionAttributes attributes;
  std::int64_t batch = 0;
  std::int64_t length = 0;
  std::int64_t k_size = 0;  // entries of a head of query and key
  std::int64_t v_size = 0;
  double scale = 1;
  std::vector<double> query, key, value, state, decay, beta, erase;

  static LinearAttentionData read(const LinearAttentionAttributes& a, const ReferenceContext& c,
                                  std::size_t first);

  std::int64_t group() const { return attributes.q_heads / attributes.kv_heads; }
  /// Offsets of head `h` at a step.
  std::size_t q(std::int64_t n, std::int64_t t, std::int64_t h) const {
    return at(n, t, h, attributes.q_heads, k_size);
  }
  std::size_t k(std::int64_t n, std::int64_t t, std::int64_t h) const {
    return at(n, t, h, attributes.kv_heads, k_size);
  }
  std::size_t v(std::int64_t n, std::int64_t t, std::int64_t h) const {
    return at(n, t, h, attributes.kv_heads, v_size);
  }
  std::size_t out(std::int64_t n, std::int64_t t, std::int64_t h) const {
    return at(n, t, h, attributes.q_heads, v_size);
  }
  std::size_t state_of(std::int64_t n, std::int64_t h) const {
    return static_cast<std::size_t>((n * attributes.kv_heads + h) * k_size * v_size);
  }
  /// Where the decay of entry `i` of a head of K and the beta of the head stand.
  std::size_t decay_at(std::int64_t n, std::int64_t t, std::int64_t h, std::int64_t i) const;
  std::size_t beta_at(std::int64_t n, std::int64_t t, std::int64_t h) const;

 private:
  std::size_t at(std::int64_t n, std::int64_t t, std::int64_t h, std::int64_t heads,
                 std::int64_t size) const {
    return static_cast<std::size_t>(((n * length + t) * heads + h) * size);
  }
};

/// What one step of one head computes; the gradient needs it again.
struct LinearAttentionStep {
  std::vector<double> decayed;    // S after decay
  std::vector<double> erase_key;  // what S is asked with before writing
  std::vector<double> error;      // v - S^T erase_key, or v
  std::vector<double> written;    // beta error, or v
  std::vector<double> state;      // S after the step
};
LinearAttentionStep linear_attention_step(const LinearAttentionData& d, std::int64_t n,
                                          std::int64_t t, std::int64_t h,
                                          std::span<const double> state);

}  // namespace tern::ops
