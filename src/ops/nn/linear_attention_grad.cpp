#include <cmath>

#include "ops/elementwise.h"
#include "ops/nn/linear_recurrence.h"

namespace tern {
namespace {

// The gradients of all inputs, and one head's way back through the steps.
class BackwardPass {
 public:
  BackwardPass(const ops::LinearAttentionData& data, std::vector<double> output_gradient,
               std::vector<double> state_gradient)
      : d_(data),
        out_(std::move(output_gradient)),
        query(d_.query.size()),
        key(d_.key.size()),
        value(d_.value.size()),
        state(std::move(state_gradient)),
        decay(d_.decay.size()),
        beta(d_.beta.size()),
        erase(d_.erase.size()) {}

  void run(std::int64_t n, std::int64_t h) {
    std::vector<ops::LinearAttentionStep> steps;
    const std::size_t at = d_.state_of(n, h);
    std::span<const double> before = std::span(d_.state).subspan(at, entries());
    for (std::int64_t t = 0; t < d_.length; ++t) {
      steps.push_back(ops::linear_attention_step(d_, n, t, h, before));
      before = steps.back().state;
    }
    const std::span<double> ds = std::span(state).subspan(at, entries());
    for (std::int64_t t = d_.length - 1; t >= 0; --t) {
      const ops::LinearAttentionStep& step = steps[static_cast<std::size_t>(t)];
      for (std::int64_t q = h * d_.group(); q < (h + 1) * d_.group(); ++q) {
        through_output(n, t, q, step.state, ds);
      }
      through_step(n, t, h, step, ds);
    }
  }

 private:
  std::size_t k_size() const { return static_cast<std::size_t>(d_.k_size); }
  std::size_t v_size() const { return static_cast<std::size_t>(d_.v_size); }
  std::size_t entries() const { return k_size() * v_size(); }

  // o = scale S^T q
  void through_output(std::int64_t n, std::int64_t t, std::int64_t q, std::span<const double> s,
                      std::span<double> ds) {
    const std::size_t from = d_.q(n, t, q), to = d_.out(n, t, q);
    for (std::size_t i = 0; i < k_size(); ++i) {
      for (std::size_t j = 0; j < v_size(); ++j) {
        const double d = d_.scale * out_[to + j];
        query[from + i] += d * s[i * v_size() + j];
        ds[i * v_size() + j] += d * d_.query[from + i];
      }
    }
  }

  // S = A + k u^T with A = exp(g) S before, u = beta (v - A^T e), e = erase k. `ds` is the gradient
  // of S and becomes that of S before.
  void through_step(std::int64_t n, std::int64_t t, std::int64_t h,
                    const ops::LinearAttentionStep& step, std::span<double> ds) {
    const std::size_t k = d_.k(n, t, h), v = d_.v(n, t, h);
    std::vector<double> du(v_size(), 0.0);
    for (std::size_t i = 0; i < k_size(); ++i) {
      for (std::size_t j = 0; j < v_size(); ++j) {
        du[j] += ds[i * v_size() + j] * d_.key[k + i];
        key[k + i] += ds[i * v_size() + j] * step.written[j];
      }
    }
    if (d_.attributes.corrects()) {
      const std::size_t b = d_.beta_at(n, t, h);
      for (std::size_t j = 0; j < v_size(); ++j) {
        beta[b] += du[j] * step.error[j];
        du[j] *= d_.beta[b];  // now the gradient of the error
      }
      for (std::size_t i = 0; i < k_size(); ++i) {
        double de = 0;
        for (std::size_t j = 0; j < v_size(); ++j) {
          de -= step.decayed[i * v_size() + j] * du[j];
          ds[i * v_size() + j] -= step.erase_key[i] * du[j];
        }
        key[k + i] += de * (d_.erase.empty() ? 1.0 : d_.erase[k + i]);
        if (!d_.erase.empty()) erase[k + i] += de * d_.key[k + i];
      }
    }
    for (std::size_t j = 0; j < v_size(); ++j) value[v + j] += du[j];
    if (!d_.attributes.decays()) return;
    for (std::size_t i = 0; i < k_size(); ++i) {
      const std::size_t g = d_.decay_at(n, t, h, static_cast<std::int64_t>(i));
      for (std::size_t j = 0; j < v_size(); ++j) {
        decay[g] += ds[i * v_size() + j] * step.decayed[i * v_size() + j];
        ds[i * v_size() + j] *= std::exp(d_.decay[g]);
      }
    }
  }

  const ops::LinearAttentionData& d_;
  std::vector<double> out_;

 public:
  std::vector<double> query, key, value, state, decay, beta, erase;
};

struct LinearAttentionGradImpl {
  static constexpr std::string_view summary = "Gradients of LinearAttention.";
  static constexpr auto inputs =
      std::array{Port{"doutput", kFloats, PortKind::kOptional},
                 Port{"dpresent_state", kFloats, PortKind::kOptional, 'S'},
                 Port{"query", kFloats},
                 Port{"key", kFloats},
                 Port{"value", kFloats},
                 Port{"past_state", kFloats, PortKind::kOptional, 'S'},
                 Port{"decay", kFloats, PortKind::kOptional},
                 Port{"beta", kFloats, PortKind::kOptional},
                 Port{"erase_gate", kFloats, PortKind::kOptional}};
  static constexpr auto outputs = std::array{Port{"dquery", kFloats, PortKind::kOptional},
                                             Port{"dkey", kFloats, PortKind::kOptional},
                                             Port{"dvalue", kFloats, PortKind::kOptional},
                                             Port{"dpast_state", kFloats, PortKind::kOptional, 'S'},
                                             Port{"ddecay", kFloats, PortKind::kOptional},
                                             Port{"dbeta", kFloats, PortKind::kOptional},
                                             Port{"derase_gate", kFloats, PortKind::kOptional}};
  static constexpr std::size_t kFirst = 2;

  static Status infer(const ops::LinearAttentionGrad& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(
        const ops::LinearAttentionTypes types,
        ops::infer_linear_attention(ops::LinearAttentionAttributes::of(op), c, kFirst));
    if (c.has(0)) TERN_TRY(ops::check_same_shape("doutput", c.in[0], "output", types.output));
    if (c.has(1)) {
      TERN_TRY(ops::check_same_shape("dpresent_state", c.in[1], "present_state", types.state));
    }
    // The gradient of an input that is left out is an empty tensor.
    const auto of = [&](ops::LinearAttentionInput i) {
      return c.has(kFirst + i) ? c.in[kFirst + i]
                               : TypeInfo(c.in[kFirst].dtype, std::vector<Dim>{Dim(0)});
    };
    c.out = {of(ops::kQuery), of(ops::kKey),  of(ops::kValue),    types.state,
             of(ops::kDecay), of(ops::kBeta), of(ops::kEraseGate)};
    return {};
  }

  static void reference(const ops::LinearAttentionGrad& op, ReferenceContext& c) {
    const auto d =
        ops::LinearAttentionData::read(ops::LinearAttentionAttributes::of(op), c, kFirst);
    const auto numbers = [&](std::size_t i, std::size_t count) {
      return c.has(i) ? read_f64(c.in(i)) : std::vector<double>(count, 0.0);
    };
    BackwardPass pass(d, numbers(0, d.out(d.batch, 0, 0)), numbers(1, d.state.size()));
    for (std::int64_t n = 0; n < d.batch; ++n) {
      for (std::int64_t h = 0; h < op.kv_num_heads; ++h) pass.run(n, h);
    }
    const std::vector<double>* all[] = {&pass.query, &pass.key,  &pass.value, &pass.state,
                                        &pass.decay, &pass.beta, &pass.erase};
    for (std::size_t i = 0; i < std::size(all); ++i) {
      if (c.wants(i)) write_f64(*all[i], c.out(i));
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::LinearAttentionGrad>() {
  static constexpr OpDef def =
      make_op<ops::LinearAttentionGrad, LinearAttentionGradImpl>("LinearAttentionGrad", "tern", 1);
  return def;
}

}  // namespace tern
