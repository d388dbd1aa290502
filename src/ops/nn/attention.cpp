#include "ops/nn/attention.h"

#include <cmath>

#include "ops/elementwise.h"
#include "ops/expand.h"
#include "ops/nn/attention_expansion.h"
#include "ops/tensor/dims.h"

namespace tern {
namespace {

struct AttentionImpl {
  static constexpr std::string_view summary =
      "Scaled dot-product attention of queries on keys and values.";
  static constexpr auto inputs =
      std::array{Port{"Q", kFloats},
                 Port{"K", kFloats},
                 Port{"V", kFloats, PortKind::kRequired, 'V'},
                 Port{"attn_mask", ops::kMaskTypes, PortKind::kOptional, 'U'},
                 Port{"past_key", kFloats, PortKind::kOptional},
                 Port{"past_value", kFloats, PortKind::kOptional, 'V'},
                 Port{"nonpad_kv_seqlen", DType::kI64, PortKind::kOptional, 'I'}};
  static constexpr auto outputs =
      std::array{Port{"Y", kFloats}, Port{"present_key", kFloats, PortKind::kOptional},
                 Port{"present_value", kFloats, PortKind::kOptional, 'V'},
                 Port{"qk_matmul_output", kFloats, PortKind::kOptional}};

  static Status infer(const ops::Attention& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(const ops::AttentionDims d, ops::AttentionDims::of(op, c));
    TERN_TRY(check_attributes(op));
    if (c.has(ops::kAttnMask)) {
      TERN_TRY(ops::check_attention_mask(c.in[ops::kAttnMask], d));
    }
    if (c.has(ops::kNonpadKvSeqlen)) {
      const TypeInfo& nonpad = c.in[ops::kNonpadKvSeqlen];
      TERN_TRY(ops::check_same_shape("nonpad_kv_seqlen", nonpad, "the batch",
                                     TypeInfo(nonpad.dtype, std::vector<Dim>{d.batch})));
    }
    TERN_ASSIGN_OR_RETURN(const Dim total, d.total());
    const Dim hidden =
        d.v_size.known() && d.q_heads.known() ? Dim(d.v_size.value() * d.q_heads.value()) : Dim();
    const DType q = c.in[ops::kQ].dtype, v = c.in[ops::kV].dtype;
    TERN_TRY(ops::push_output(c, q,
                              d.packed
                                  ? std::vector<Dim>{d.batch, d.q_length, hidden}
                                  : std::vector<Dim>{d.batch, d.q_heads, d.q_length, d.v_size}));
    TERN_TRY(ops::push_output(c, q, {d.batch, d.kv_heads, total, d.size}));
    TERN_TRY(ops::push_output(c, v, {d.batch, d.kv_heads, total, d.v_size}));
    return ops::push_output(c, q, {d.batch, d.q_heads, d.q_length, total});
  }

  static void reference(const ops::Attention& op, ReferenceContext& c) {
    InferContext types;
    for (std::size_t i = 0; i < c.inputs(); ++i) {
      types.in.push_back(c.has(i) ? TypeInfo::of(c.in(i)) : TypeInfo());
    }
    const Result<ops::AttentionDims> dims = ops::AttentionDims::of(op, types);
    if (!dims.ok()) return c.fail(dims.status());
    ops::reference_attention(op, ops::AttentionSizes(*dims), c);
  }

  static void expand(const ops::Attention& op, ExpandContext& c) { ops::expand_attention(op, c); }

 private:
  static Status check_attributes(const ops::Attention& op) {
    if (op.qk_matmul_output_mode < 0 || op.qk_matmul_output_mode > 3) {
      return invalid_argument("qk_matmul_output_mode is {}, not 0 to 3", op.qk_matmul_output_mode);
    }
    if (op.softmax_precision != DType::kUndefined && !kFloats.contains(op.softmax_precision)) {
      return invalid_argument("softmax_precision is {}, not one of {}",
                              to_string(op.softmax_precision), kFloats.to_string());
    }
    return {};
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Attention>() {
  static constexpr OpDef def = make_op<ops::Attention, AttentionImpl>("Attention", "ai.onnx", 24);
  return def;
}

}  // namespace tern
