// What transformers and state-space models need beside Attention, RotaryEmbedding and
// RMSNormalization of tern/ops/nn.h; and gradients of these (tern domain).
#pragma once

#include "tern/op.h"

namespace tern::ops {

enum class CausalConvActivation : int { kNone, kSilu, kSwish };

/// Every channel of input [N, C, L] convolved with its own weight [C, 1, K] and bias [C], looking
/// back only: past_state [N, C, K - 1] stands in front of the input, zeros when left out. Output 1,
/// present_state, is the last K - 1 of both together: the past_state of the next call.
struct CausalConvWithState {
  CausalConvActivation activation = CausalConvActivation::kNone;
  static constexpr auto fields = Fields{Field{"activation", &CausalConvWithState::activation}};
};

/// Y = softmax(scale Q K^T) V for [N, heads, length, size]; K and V may have fewer heads, each then
/// serves several neighbouring heads of Q. A node whose file gives it a body that changes scores or
/// weights (score_mod, prob_mod) is imported as plain operators with that body among them.
struct FlexAttention {
  std::optional<float> scale;  // 1 / sqrt(head size) when absent
  DType softmax_precision = DType::kUndefined;
  static constexpr auto fields =
      Fields{Field{"scale", &FlexAttention::scale},
             Field{"softmax_precision", &FlexAttention::softmax_precision}};
};

enum class LinearAttentionRule : int { kLinear, kGated, kDelta, kGatedDelta };

/// Attention by a recurrent state S [size of K, size of V] per head of K: with t the step,
///   S = exp(decay_t) S                            for the gated rules
///   u = beta_t (v_t - S^T (erase_t k_t))          for the delta rules, else v_t
///   S = S + k_t u^T,  output_t = scale S^T q_t
/// Inputs query [N, T, q_num_heads * size], key and value with kv_num_heads, past_state [N,
/// kv_num_heads, size of K, size of V], decay [N, T, kv_num_heads] or with an entry per entry of K,
/// beta [N, T, kv_num_heads] or [N, T, 1], erase_gate, shaped as key (1 when left out). Outputs
/// [N, T, q_num_heads * size of V] and the last state. `chunk_size` is a hint about speed.
struct LinearAttention {
  std::int64_t chunk_size = 64;
  std::int64_t kv_num_heads = 0;
  std::int64_t q_num_heads = 0;
  float scale = 0.0F;  // 1 / sqrt(size of K) when 0
  LinearAttentionRule update_rule = LinearAttentionRule::kGatedDelta;
  static constexpr auto fields = Fields{
      Field{"chunk_size", &LinearAttention::chunk_size},
      Field{"kv_num_heads", &LinearAttention::kv_num_heads, kRequiredField},
      Field{"q_num_heads", &LinearAttention::q_num_heads, kRequiredField},
      Field{"scale", &LinearAttention::scale}, Field{"update_rule", &LinearAttention::update_rule}};
};

/// Gradients of LinearAttention with respect to its seven inputs, from the gradients of its two
/// outputs (either may be left out) and its inputs.
struct LinearAttentionGrad {
  std::int64_t kv_num_heads = 0;
  std::int64_t q_num_heads = 0;
  float scale = 0.0F;
  LinearAttentionRule update_rule = LinearAttentionRule::kGatedDelta;
  static constexpr auto fields =
      Fields{Field{"kv_num_heads", &LinearAttentionGrad::kv_num_heads, kRequiredField},
             Field{"q_num_heads", &LinearAttentionGrad::q_num_heads, kRequiredField},
             Field{"scale", &LinearAttentionGrad::scale},
             Field{"update_rule", &LinearAttentionGrad::update_rule}};
};

/// Gradients of RotaryEmbedding with respect to cos_cache and sin_cache, from dY, X, cos_cache, of
/// which only the shape is read, and position_ids.
struct RotaryEmbeddingCacheGrad {
  bool interleaved = false;
  std::int64_t num_heads = 0;
  std::int64_t rotary_embedding_dim = 0;
  static constexpr auto fields =
      Fields{Field{"interleaved", &RotaryEmbeddingCacheGrad::interleaved},
             Field{"num_heads", &RotaryEmbeddingCacheGrad::num_heads},
             Field{"rotary_embedding_dim", &RotaryEmbeddingCacheGrad::rotary_embedding_dim}};
};

/// A sigmoid(alpha A) B, A and B of one shape.
struct SwiGLU {
  float alpha = 1.0F;
  static constexpr auto fields = Fields{Field{"alpha", &SwiGLU::alpha}};
};

}  // namespace tern::ops

namespace tern {

template <>
struct AttributeEnum<ops::CausalConvActivation> {
  static constexpr std::array<std::string_view, 3> names{"none", "silu", "swish"};
};

template <>
struct AttributeEnum<ops::LinearAttentionRule> {
  static constexpr std::array<std::string_view, 4> names{"linear", "gated", "delta", "gated_delta"};
};

}  // namespace tern
