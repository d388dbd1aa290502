#include "ops/nn/linear_recurrence.h"

#include <cmath>

#include "ops/tensor/dims.h"

namespace tern::ops {
namespace {

// The size of one of `heads` heads that share an axis.
Result<Dim> head_size(std::string_view name, const TypeInfo& type, std::int64_t heads) {
  if (type.rank() != 3) return invalid_argument("{} has rank {}, not 3", name, type.rank());
  const Dim& hidden = type.shape[2];
  if (!hidden.known()) return Dim();
  if (hidden.value() % heads != 0) {
    return invalid_argument("{} has {} entries, which are not {} heads", name, hidden.value(),
                            heads);
  }
  return Dim(hidden.value() / heads);
}

Status check_steps(std::string_view name, const TypeInfo& type, const TypeInfo& query) {
  if (type.rank() != 3) return invalid_argument("{} has rank {}, not 3", name, type.rank());
  for (const std::size_t axis : {0, 1}) {
    if (Result<Dim> same = merge_dims(type.shape[axis], query.shape[axis]); !same.ok()) {
      return invalid_argument("{} has {} on axis {}, query has {}", name, type.shape[axis].value(),
                              axis, query.shape[axis].value());
    }
  }
  return {};
}

Status check_last(std::string_view name, const TypeInfo& type, const Dim& one, const Dim& other) {
  const Dim& last = type.shape[2];
  const auto differs = [&](const Dim& dim) { return dim.known() && dim.value() != last.value(); };
  if (!last.known() || !differs(one) || !differs(other)) return {};
  return invalid_argument("{} has {} entries, not {} or {}", name, last.value(), one.value(),
                          other.value());
}

Status check_rule(const LinearAttentionAttributes& a, bool has_decay, bool has_beta,
                  bool has_erase) {
  if (a.kv_heads < 1 || a.q_heads < 1 || a.q_heads % a.kv_heads != 0) {
    return invalid_argument("q_num_heads {} is no multiple of kv_num_heads {}", a.q_heads,
                            a.kv_heads);
  }
  const std::string_view rule =
      AttributeEnum<LinearAttentionRule>::names[static_cast<std::size_t>(a.rule)];
  if (has_decay != a.decays()) {
    return invalid_argument("update_rule {} {} decay", rule, a.decays() ? "needs" : "has no");
  }
  if (has_beta != a.corrects()) {
    return invalid_argument("update_rule {} {} beta", rule, a.corrects() ? "needs" : "has no");
  }
  if (has_erase && !a.corrects()) {
    return invalid_argument("update_rule {} has no erase_gate", rule);
  }
  return {};
}

}  // namespace

Result<LinearAttentionTypes> infer_linear_attention(const LinearAttentionAttributes& a,
                                                    const InferContext& c, std::size_t first) {
  const auto in = [&](LinearAttentionInput i) -> const TypeInfo& { return c.in[first + i]; };
  const auto has = [&](LinearAttentionInput i) { return c.has(first + i); };
  TERN_TRY(check_rule(a, has(kDecay), has(kBeta), has(kEraseGate)));
  const TypeInfo& query = in(kQuery);
  TERN_ASSIGN_OR_RETURN(const Dim q_size, head_size("query", query, a.q_heads));
  TERN_ASSIGN_OR_RETURN(const Dim own_k_size, head_size("key", in(kKey), a.kv_heads));
  TERN_ASSIGN_OR_RETURN(const Dim v_size, head_size("value", in(kValue), a.kv_heads));
  TERN_ASSIGN_OR_RETURN(const Dim k_size, merge_dims(q_size, own_k_size));
  TERN_TRY(check_steps("key", in(kKey), query));
  TERN_TRY(check_steps("value", in(kValue), query));
  const auto times = [](std::int64_t heads, const Dim& size) {
    return size.known() ? Dim(heads * size.value()) : Dim();
  };
  const Dim keys = times(a.kv_heads, k_size);
  if (has(kDecay)) {
    TERN_TRY(check_steps("decay", in(kDecay), query));
    TERN_TRY(check_last("decay", in(kDecay), Dim(a.kv_heads), keys));
  }
  if (has(kBeta)) {
    TERN_TRY(check_steps("beta", in(kBeta), query));
    TERN_TRY(check_last("beta", in(kBeta), Dim(a.kv_heads), Dim(1)));
  }
  if (has(kEraseGate)) {
    TERN_TRY(check_steps("erase_gate", in(kEraseGate), query));
    TERN_TRY(check_last("erase_gate", in(kEraseGate), keys, keys));
  }
  TypeInfo state(has(kPastState) ? in(kPastState).dtype : query.dtype,
                 std::vector<Dim>{query.shape[0], a.kv_heads, k_size, v_size});
  if (has(kPastState)) {
    const TypeInfo& past = in(kPastState);
    if (past.rank() != 4) return invalid_argument("past_state has rank {}, not 4", past.rank());
    for (std::size_t i = 0; i < 4; ++i) {
      if (Result<Dim> dim = merge_dims(state.shape[i], past.shape[i]); dim.ok()) {
        state.shape[i] = *dim;
      } else {
        return invalid_argument("past_state has {} on axis {}, not {}", past.shape[i].value(), i,
                                state.shape[i].value());
      }
    }
  }
  TypeInfo output(query.dtype,
                  std::vector<Dim>{query.shape[0], query.shape[1], times(a.q_heads, v_size)});
  TERN_TRY(check_limits(output.shape));
  TERN_TRY(check_limits(state.shape));
  return LinearAttentionTypes{std::move(output), std::move(state)};
}

LinearAttentionData LinearAttentionData::read(const LinearAttentionAttributes& a,
                                              const ReferenceContext& c, std::size_t first) {
  LinearAttentionData d;
  d.attributes = a;
  const tern::Shape& query = c.in(first + kQuery).shape();
  d.batch = query[0];
  d.length = query[1];
  d.k_size = query[2] / a.q_heads;
  d.v_size = c.in(first + kValue).dim(2) / a.kv_heads;
  d.scale = a.scale != 0 ? double{a.scale} : 1 / std::sqrt(static_cast<double>(d.k_size));
  const auto numbers = [&](LinearAttentionInput i) {
    return c.has(first + i) ? read_f64(c.in(first + i)) : std::vector<double>();
  };
  d.query = numbers(kQuery);
  d.key = numbers(kKey);
  d.value = numbers(kValue);
  d.state = numbers(kPastState);
  d.state.resize(d.state_of(d.batch, 0), 0.0);
  d.decay = numbers(kDecay);
  d.beta = numbers(kBeta);
  d.erase = numbers(kEraseGate);
  return d;
}

std::size_t LinearAttentionData::decay_at(std::int64_t n, std::int64_t t, std::int64_t h,
                                          std::int64_t i) const {
  const bool per_head = decay.size() == at(batch, 0, 0, attributes.kv_heads, 1);
  return per_head && k_size != 1 ? at(n, t, h, attributes.kv_heads, 1)
                                 : k(n, t, h) + static_cast<std::size_t>(i);
}

std::size_t LinearAttentionData::beta_at(std::int64_t n, std::int64_t t, std::int64_t h) const {
  const bool per_head = beta.size() == at(batch, 0, 0, attributes.kv_heads, 1);
  return per_head ? at(n, t, h, attributes.kv_heads, 1) : at(n, t, 0, 1, 1);
}

LinearAttentionStep linear_attention_step(const LinearAttentionData& d, std::int64_t n,
                                          std::int64_t t, std::int64_t h,
                                          std::span<const double> state) {
  const auto k_size = static_cast<std::size_t>(d.k_size);
  const auto v_size = static_cast<std::size_t>(d.v_size);
  LinearAttentionStep s;
  s.decayed.assign(state.begin(), state.end());
  if (d.attributes.decays()) {
    for (std::size_t i = 0; i < k_size; ++i) {
      const double factor = std::exp(d.decay[d.decay_at(n, t, h, static_cast<std::int64_t>(i))]);
      for (std::size_t j = 0; j < v_size; ++j) s.decayed[i * v_size + j] *= factor;
    }
  }
  const std::size_t k = d.k(n, t, h), v = d.v(n, t, h);
  s.error.assign(d.value.begin() + static_cast<std::ptrdiff_t>(v),
                 d.value.begin() + static_cast<std::ptrdiff_t>(v + v_size));
  s.written = s.error;
  if (d.attributes.corrects()) {
    s.erase_key.resize(k_size);
    for (std::size_t i = 0; i < k_size; ++i) {
      s.erase_key[i] = d.key[k + i] * (d.erase.empty() ? 1.0 : d.erase[k + i]);
      for (std::size_t j = 0; j < v_size; ++j) {
        s.error[j] -= s.decayed[i * v_size + j] * s.erase_key[i];
      }
    }
    const double beta = d.beta[d.beta_at(n, t, h)];
    for (std::size_t j = 0; j < v_size; ++j) s.written[j] = beta * s.error[j];
  }
  s.state = s.decayed;
  for (std::size_t i = 0; i < k_size; ++i) {
    for (std::size_t j = 0; j < v_size; ++j) {
      s.state[i * v_size + j] += d.key[k + i] * s.written[j];
    }
  }
  return s;
}

}  // namespace tern::ops
