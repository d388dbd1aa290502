#include "ops/elementwise.h"
#include "ops/nn/linear_recurrence.h"

namespace tern {
namespace {

struct LinearAttentionImpl {
  static constexpr std::string_view summary = "Attention by a recurrent state per head.";
  static constexpr auto inputs = std::array{Port{"query", kFloats},
                                            Port{"key", kFloats},
                                            Port{"value", kFloats},
                                            Port{"past_state", kFloats, PortKind::kOptional, 'S'},
                                            Port{"decay", kFloats, PortKind::kOptional},
                                            Port{"beta", kFloats, PortKind::kOptional},
                                            Port{"erase_gate", kFloats, PortKind::kOptional}};
  static constexpr auto outputs =
      std::array{Port{"output", kFloats}, Port{"present_state", kFloats, PortKind::kOptional, 'S'}};

  static Status infer(const ops::LinearAttention& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(
        ops::LinearAttentionTypes types,
        ops::infer_linear_attention(ops::LinearAttentionAttributes::of(op), c, 0));
    c.out = {std::move(types.output), std::move(types.state)};
    return {};
  }

  static void reference(const ops::LinearAttention& op, ReferenceContext& c) {
    auto d = ops::LinearAttentionData::read(ops::LinearAttentionAttributes::of(op), c, 0);
    const auto entries = static_cast<std::size_t>(d.k_size * d.v_size);
    std::vector<double> output(d.out(d.batch, 0, 0));
    for (std::int64_t n = 0; n < d.batch; ++n) {
      for (std::int64_t h = 0; h < op.kv_num_heads; ++h) {
        const std::span<double> state = std::span(d.state).subspan(d.state_of(n, h), entries);
        for (std::int64_t t = 0; t < d.length; ++t) {
          const ops::LinearAttentionStep step = ops::linear_attention_step(d, n, t, h, state);
          std::ranges::copy(step.state, state.begin());
          for (std::int64_t q = h * d.group(); q < (h + 1) * d.group(); ++q) {
            read_state(d, n, t, q, state, output);
          }
        }
      }
    }
    if (c.wants(0)) write_f64(output, c.out(0));
    if (c.wants(1)) write_f64(d.state, c.out(1));
  }

  static void gradient(const ops::LinearAttention& op, GradContext& g) {
    std::vector<Value> inputs{g.grad(0), g.grad(1)};
    for (std::size_t i = 0; i < g.inputs(); ++i) inputs.push_back(g.input(i));
    const std::vector<Value> d =
        g.builder().op_n(ops::LinearAttentionGrad{.kv_num_heads = op.kv_num_heads,
                                                  .q_num_heads = op.q_num_heads,
                                                  .scale = op.scale,
                                                  .update_rule = op.update_rule},
                         inputs, 7);
    for (std::size_t i = 0; i < d.size(); ++i) {
      if (g.input(i).present()) g.set(i, d[i]);
    }
  }

 private:
  // output = scale S^T q for head `q` of the query.
  static void read_state(const ops::LinearAttentionData& d, std::int64_t n, std::int64_t t,
                         std::int64_t q, std::span<const double> state,
                         std::vector<double>& output) {
    const std::size_t from = d.q(n, t, q), to = d.out(n, t, q);
    const auto v_size = static_cast<std::size_t>(d.v_size);
    for (std::size_t j = 0; j < v_size; ++j) {
      double sum = 0;
      for (std::size_t i = 0; i < static_cast<std::size_t>(d.k_size); ++i) {
        sum += d.query[from + i] * state[i * v_size + j];
      }
      output[to + j] = d.scale * sum;
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::LinearAttention>() {
  static constexpr OpDef def =
      make_op<ops::LinearAttention, LinearAttentionImpl>("LinearAttention", "ai.onnx", 27);
  return def;
}

}  // namespace tern
