// The rules behind find_lowering(): each writes one operator with tern's. microsoft.cpp says which
// is for which operator, and how many inputs and outputs it has.
#pragma once

#include "import/onnx/lowering.h"

namespace tern::onnx {

// -- microsoft_math.cpp: products, activations
void bias_add(Lowering& l);
void bias_dropout(Lowering& l);
void bias_gelu(Lowering& l);
void bias_softmax(Lowering& l);
void bias_split_gelu(Lowering& l);
void c_dist(Lowering& l);
void fast_gelu(Lowering& l);
void fused_gemm(Lowering& l);
void fused_matmul(Lowering& l);
void fused_matmul_activation(Lowering& l);
void gated_add(Lowering& l);
void gelu_exact(Lowering& l);
void gemm_fast_gelu(Lowering& l);
void quick_gelu(Lowering& l);
void word_conv_embedding(Lowering& l);

// -- microsoft_norm.cpp: normalisation
void embed_layer_normalization(Lowering& l);
void gated_rms_norm(Lowering& l);
void group_norm(Lowering& l);
void layer_normalization(Lowering& l);
void q_embed_layer_normalization(Lowering& l);
void simplified_layer_normalization(Lowering& l);
void skip_group_norm(Lowering& l);
void skip_layer_normalization(Lowering& l);
void skip_simplified_layer_normalization(Lowering& l);

// -- microsoft_image.cpp: convolution, pooling, sampling
void conv_transpose_with_dynamic_pads(Lowering& l);
void crop_and_resize(Lowering& l);
void fused_conv(Lowering& l);
void grid_sample(Lowering& l);
void nhwc_conv(Lowering& l);  // NhwcConv, NhwcFusedConv
void nhwc_max_pool(Lowering& l);
void q_linear_average_pool(Lowering& l);
void q_linear_conv(Lowering& l);
void q_linear_global_average_pool(Lowering& l);

// -- microsoft_attention.cpp, microsoft_group_query.cpp
void attention(Lowering& l);
void decoder_masked_multi_head_attention(Lowering& l);
void group_query_attention(Lowering& l);
void multi_head_attention(Lowering& l);
void q_attention(Lowering& l);
void rotary_embedding(Lowering& l);
void sparse_attention(Lowering& l);

// -- microsoft_packed.cpp: sequences without padding
void packed_attention(Lowering& l);
void packed_multi_head_attention(Lowering& l);
void remove_padding(Lowering& l);
void restore_padding(Lowering& l);

// -- microsoft_experts.cpp
void mixture_of_experts(Lowering& l);
void quantized_mixture_of_experts(Lowering& l);

// -- microsoft_state.cpp: layers with a state
void causal_conv_with_state(Lowering& l);
void dynamic_quantize_lstm(Lowering& l);
void linear_attention(Lowering& l);
void linear_attention_gate(Lowering& l);

// -- microsoft_quant.cpp: quantised numbers
void dequantize_linear(Lowering& l);
void dynamic_quantize_matmul(Lowering& l);
void gather_block_quantized(Lowering& l);
void matmul_bnb4(Lowering& l);
void matmul_integer16(Lowering& l);
void matmul_integer_to_float(Lowering& l);
void mul_integer(Lowering& l);
void q_gemm(Lowering& l);
void q_linear_add(Lowering& l);
void q_linear_concat(Lowering& l);
void q_linear_leaky_relu(Lowering& l);
void q_linear_mul(Lowering& l);
void q_linear_reduce_mean(Lowering& l);
void q_linear_sigmoid(Lowering& l);
void q_linear_softmax(Lowering& l);
void q_linear_where(Lowering& l);
void quantize_linear(Lowering& l);
void reduce_sum_integer(Lowering& l);

// -- microsoft_tensor.cpp: arrangement of elements
void expand_dims(Lowering& l);
void gather_nd(Lowering& l);
void pad_by_input(Lowering& l);
void range(Lowering& l);
void torch_embedding(Lowering& l);
void trilu(Lowering& l);
void unfold_tensor(Lowering& l);
void unique(Lowering& l);

// -- shared by the rules

/// More heads than any model has; sizes are computed with less.
inline constexpr std::int64_t kMostHeads = std::int64_t{1} << 16;

/// The activation that fused operators name, with their parameters; x itself for "".
struct ActivationParameters {
  std::optional<float> alpha, beta, gamma;
};
Value activate(Lowering& l, Value x, std::string_view name, const ActivationParameters& p);

/// Softmax over the axes from `axis` on, all of them together.
Value softmax_from(Lowering& l, Value x, std::int64_t axis);

/// Images with the channels last as images with the channels first, and back.
Value channels_first(Lowering& l, Value x);
Value channels_last(Lowering& l, Value x);

/// Input `first` with the scale and the zero point that follow it, as numbers.
Value dequantized(Lowering& l, std::size_t first);
/// y quantised by the scale at input `scale` and the zero point after it; as `dtype` without one.
Value quantized(Lowering& l, Value y, std::size_t scale, DType dtype);
/// The matrix product of quantised a and b as numbers; zero points may be absent.
Value scaled_product(Lowering& l, Value a, Value a_scale, Value a_zero_point, Value b,
                     Value b_scale, Value b_zero_point);

/// A tensor of one element as a scalar.
Value scalar(Value x);
/// A size at run time, as a vector of one.
Value size_at(Lowering& l, Value x, int axis);
/// 0, 1, ..., size - 1 for a size as a vector of one.
Value indices(Lowering& l, Value size);

}  // namespace tern::onnx
