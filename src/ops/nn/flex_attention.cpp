#include "ops/elementwise.h"
#include "ops/expand.h"
#include "ops/nn/attention.h"
#include "ops/nn/attention_expansion.h"
#include "ops/tensor/dims.h"
#include "tern/ops/transformer.h"

namespace tern {
namespace {

ops::Attention plain_attention(const ops::FlexAttention& op) {
  return {.scale = op.scale, .softmax_precision = op.softmax_precision};
}

struct FlexAttentionImpl {
  static constexpr std::string_view summary = "Attention of [N, heads, length, size].";
  static constexpr auto inputs =
      std::array{Port{"Q", kFloats}, Port{"K", kFloats}, Port{"V", kFloats}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::FlexAttention& op, InferContext& c) {
    for (std::size_t i = 0; i < 3; ++i) {
      if (c.in[i].rank() != 4) {
        return invalid_argument("{} has rank {}, not 4", inputs[i].name, c.in[i].rank());
      }
    }
    TERN_ASSIGN_OR_RETURN(const ops::AttentionDims d,
                          ops::AttentionDims::of(plain_attention(op), c));
    return ops::push_output(c, c.in[0].dtype, {d.batch, d.q_heads, d.q_length, d.v_size});
  }
  static void reference(const ops::FlexAttention& op, ReferenceContext& c) {
    InferContext types;
    for (std::size_t i = 0; i < c.inputs(); ++i) types.in.push_back(TypeInfo::of(c.in(i)));
    const auto dims = ops::AttentionDims::of(plain_attention(op), types);
    if (!dims.ok()) return c.fail(dims.status());
    ops::reference_attention(plain_attention(op), ops::AttentionSizes(*dims), c);
  }
  static void expand(const ops::FlexAttention& op, ExpandContext& c) {
    ops::expand_attention(plain_attention(op), c);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::FlexAttention>() {
  static constexpr OpDef def =
      make_op<ops::FlexAttention, FlexAttentionImpl>("FlexAttention", "ai.onnx.preview", 1);
  return def;
}

}  // namespace tern
