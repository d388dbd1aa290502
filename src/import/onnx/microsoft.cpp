#include "import/onnx/microsoft.h"

#include <algorithm>
#include <array>

#include "base/errors.h"
#include "import/onnx/microsoft_rules.h"

namespace tern::onnx {
namespace {

constexpr std::array kRules{
    LoweringRule{"Attention", "rroooooo", 2, attention},
    LoweringRule{"BiasAdd", "rrr", 1, bias_add},
    LoweringRule{"BiasDropout", "rrooo", 2, bias_dropout},
    LoweringRule{"BiasGelu", "rr", 1, bias_gelu},
    LoweringRule{"BiasSoftmax", "rr", 1, bias_softmax},
    LoweringRule{"BiasSplitGelu", "rr", 1, bias_split_gelu},
    LoweringRule{"CDist", "rr", 1, c_dist},
    LoweringRule{"CausalConvWithState", "rroo", 2, causal_conv_with_state},
    LoweringRule{"ConvTransposeWithDynamicPads", "rroo", 1, conv_transpose_with_dynamic_pads},
    LoweringRule{"CropAndResize", "rrrr", 1, crop_and_resize},
    LoweringRule{"DecoderMaskedMultiHeadAttention", "roooooooooo", 4,
                 decoder_masked_multi_head_attention},
    LoweringRule{"DequantizeLinear", "rro", 1, dequantize_linear},
    LoweringRule{"DynamicQuantizeLSTM", "rrrooooorrrr", 3, dynamic_quantize_lstm},
    LoweringRule{"DynamicQuantizeMatMul", "rrroo", 1, dynamic_quantize_matmul},
    LoweringRule{"EmbedLayerNormalization", "rorrorroo", 3, embed_layer_normalization},
    LoweringRule{"ExpandDims", "rr", 1, expand_dims},
    LoweringRule{"FastGelu", "ro", 1, fast_gelu},
    LoweringRule{"FusedConv", "rroo", 1, fused_conv},
    LoweringRule{"FusedGemm", "rro", 1, fused_gemm},
    LoweringRule{"FusedMatMul", "rr", 1, fused_matmul},
    LoweringRule{"FusedMatMulActivation", "rr", 1, fused_matmul_activation},
    LoweringRule{"GatedAdd", "rrr", 1, gated_add},
    LoweringRule{"GatedRMSNorm", "rrr", 1, gated_rms_norm},
    LoweringRule{"GatherBlockQuantized", "rrro", 1, gather_block_quantized},
    LoweringRule{"GatherND", "rr", 1, gather_nd},
    LoweringRule{"Gelu", "r", 1, gelu_exact},
    LoweringRule{"GemmFastGelu", "rro", 1, gemm_fast_gelu},
    LoweringRule{"GridSample", "rr", 1, grid_sample},
    LoweringRule{"GroupNorm", "rrr", 1, group_norm},
    LoweringRule{"GroupQueryAttention", "rooooroooooooooo", 4, group_query_attention},
    LoweringRule{"LayerNormalization", "rro", 3, layer_normalization},
    LoweringRule{"LinearAttention", "rrrooo", 2, linear_attention},
    LoweringRule{"LinearAttentionGate", "rrro", 2, linear_attention_gate},
    LoweringRule{"MatMulBnb4", "rrr", 1, matmul_bnb4},
    LoweringRule{"MatMulInteger16", "rr", 1, matmul_integer16},
    LoweringRule{"MatMulIntegerToFloat", "rrrrooo", 1, matmul_integer_to_float},
    LoweringRule{"MoE", "rrrorooo", 1, mixture_of_experts},
    LoweringRule{"MulInteger", "roro", 1, mul_integer},
    LoweringRule{"MultiHeadAttention", "rooooooooo", 4, multi_head_attention},
    LoweringRule{"NhwcConv", "rro", 1, nhwc_conv},
    LoweringRule{"NhwcFusedConv", "rroo", 1, nhwc_conv},
    LoweringRule{"NhwcMaxPool", "r", 1, nhwc_max_pool},
    LoweringRule{"PackedAttention", "rrrrro", 1, packed_attention},
    LoweringRule{"PackedMultiHeadAttention", "rooorro", 1, packed_multi_head_attention},
    LoweringRule{"Pad", "rro", 1, pad_by_input},
    LoweringRule{"QAttention", "rrrrroooo", 2, q_attention},
    LoweringRule{"QEmbedLayerNormalization", "rorrorrorrorrrooooo", 2, q_embed_layer_normalization},
    LoweringRule{"QGemm", "rrrrroooo", 1, q_gemm},
    LoweringRule{"QLinearAdd", "rrorroro", 1, q_linear_add},
    LoweringRule{"QLinearAveragePool", "rroro", 1, q_linear_average_pool},
    LoweringRule{"QLinearConcat", "rrrrr*", 1, q_linear_concat},
    LoweringRule{"QLinearConv", "rrrrrrrro", 1, q_linear_conv},
    LoweringRule{"QLinearGlobalAveragePool", "rroro", 1, q_linear_global_average_pool},
    LoweringRule{"QLinearLeakyRelu", "rroro", 1, q_linear_leaky_relu},
    LoweringRule{"QLinearMul", "rrorroro", 1, q_linear_mul},
    LoweringRule{"QLinearReduceMean", "rroro", 1, q_linear_reduce_mean},
    LoweringRule{"QLinearSigmoid", "rroro", 1, q_linear_sigmoid},
    LoweringRule{"QLinearSoftmax", "rroro", 1, q_linear_softmax},
    LoweringRule{"QLinearWhere", "rrrrrrrrr", 1, q_linear_where},
    LoweringRule{"QMoE", "rrrrorroooooooo", 1, quantized_mixture_of_experts},
    LoweringRule{"QuantizeLinear", "rro", 1, quantize_linear},
    LoweringRule{"QuickGelu", "r", 1, quick_gelu},
    LoweringRule{"Range", "rro", 1, range},
    LoweringRule{"ReduceSumInteger", "r", 1, reduce_sum_integer},
    LoweringRule{"RemovePadding", "rr", 4, remove_padding},
    LoweringRule{"RestorePadding", "rr", 1, restore_padding},
    LoweringRule{"RotaryEmbedding", "rrrr", 1, rotary_embedding},
    LoweringRule{"SimplifiedLayerNormalization", "rr", 2, simplified_layer_normalization},
    LoweringRule{"SimplifiedLayerNormalization", "rr", 2, simplified_layer_normalization,
                 "ai.onnx"},
    LoweringRule{"SkipGroupNorm", "rrrro", 2, skip_group_norm},
    LoweringRule{"SkipLayerNormalization", "rrroo", 4, skip_layer_normalization},
    LoweringRule{"SkipSimplifiedLayerNormalization", "rrro", 4,
                 skip_simplified_layer_normalization},
    LoweringRule{"SparseAttention", "rooorrrrroo", 3, sparse_attention},
    LoweringRule{"TorchEmbedding", "rroo", 1, torch_embedding},
    LoweringRule{"TransposeMatMul", "rr", 1, fused_matmul},
    LoweringRule{"Trilu", "ro", 1, trilu},
    LoweringRule{"UnfoldTensor", "r", 1, unfold_tensor},
    LoweringRule{"Unique", "r", 3, unique},
    LoweringRule{"WordConvEmbedding", "rrrr", 1, word_conv_embedding},
};

}  // namespace

std::span<const LoweringRule> lowering_rules() { return kRules; }

const LoweringRule* find_lowering(std::string_view domain, std::string_view op_type) {
  const auto found = std::ranges::find_if(
      kRules, [&](const LoweringRule& r) { return r.op_type == op_type && r.domain == domain; });
  return found == kRules.end() ? nullptr : &*found;
}

Status check_ports(const LoweringRule& rule, const NodeDraft& node) {
  const bool open = rule.ports.ends_with('*');
  const std::size_t most = rule.ports.size() - (open ? 1 : 0);
  if (node.inputs.size() > most && !open) {
    return invalid_argument("{} has {} inputs, at most {} are allowed", rule.op_type,
                            node.inputs.size(), most);
  }
  for (std::size_t i = 0; i < std::max(most, node.inputs.size()); ++i) {
    const bool required = i >= most || rule.ports[i] == 'r';
    if (required && !node.has_input(i)) {
      return invalid_argument("{} lacks input {}", rule.op_type, i);
    }
    if (node.has_input(i) && node.type(i).dtype == DType::kUndefined) {
      return unimplemented("the element type of input {} of {} is not known", i, rule.op_type);
    }
  }
  if (node.outputs.size() > rule.outputs) {
    return invalid_argument("{} has {} outputs, at most {} are allowed", rule.op_type,
                            node.outputs.size(), rule.outputs);
  }
  return {};
}

}  // namespace tern::onnx
