// Neural network operators: convolution, pooling, normalisation, softmax, dropout. Meaning and
// attributes are ONNX's (onnx.ai/onnx/operators); images are NCHW. What the layout and fusion
// passes make of them stands in tern/ops/fused.h, their gradients in tern/ops/nn_grad.h, losses in
// tern/ops/loss.h.
//
// Sliding windows: `pads` lists all begins, then all ends; empty lists mean 1 (strides, dilations)
// or 0 (pads).
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// How pads follow from sizes when they are not given one by one.
enum class AutoPad : int { kNotSet, kSameUpper, kSameLower, kValid };

/// Scaled dot-product attention of Q on K and V, [N, heads, length, size] each, or [N, length,
/// heads * size] with `q_num_heads` and `kv_num_heads` given:
///   Y = softmax(softcap(scale Q K^T) + mask) V
/// Inputs Q, K, V, attn_mask (bool: true takes part; float: added), past_key and past_value (put in
/// front of K and V), nonpad_kv_seqlen (keys of each batch that count). Outputs Y, present_key,
/// present_value, and the scores at the point that `qk_matmul_output_mode` says: 0 scaled products,
/// 1 after softcap, 2 after the mask, 3 after softmax. A query without any key gives zeros.
struct Attention {
  bool is_causal = false;
  std::int64_t kv_num_heads = 0;
  std::int64_t q_num_heads = 0;
  std::int64_t qk_matmul_output_mode = 0;
  std::optional<float> scale;  // 1 / sqrt(head size) when absent
  float softcap = 0.0F;        // softcap * tanh(x / softcap) when above 0
  DType softmax_precision = DType::kUndefined;
  static constexpr auto fields =
      Fields{Field{"is_causal", &Attention::is_causal},
             Field{"kv_num_heads", &Attention::kv_num_heads},
             Field{"q_num_heads", &Attention::q_num_heads},
             Field{"qk_matmul_output_mode", &Attention::qk_matmul_output_mode},
             Field{"scale", &Attention::scale},
             Field{"softcap", &Attention::softcap},
             Field{"softmax_precision", &Attention::softmax_precision}};
};

/// Mean of each window of X [N, C, spatial...]. Padding counts as zeros with `count_include_pad`,
/// else it is left out of the mean.
struct AveragePool {
  AutoPad auto_pad = AutoPad::kNotSet;
  bool ceil_mode = false;
  bool count_include_pad = false;
  std::vector<std::int64_t> dilations;
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields =
      Fields{Field{"auto_pad", &AveragePool::auto_pad},
             Field{"ceil_mode", &AveragePool::ceil_mode},
             Field{"count_include_pad", &AveragePool::count_include_pad},
             Field{"dilations", &AveragePool::dilations},
             Field{"kernel_shape", &AveragePool::kernel_shape, kRequiredField},
             Field{"pads", &AveragePool::pads},
             Field{"strides", &AveragePool::strides}};
};

/// scale * (X - mean) / sqrt(var + epsilon) + B for every channel (axis 1). Inputs X, scale, B,
/// input_mean, input_var. With `training_mode` mean and variance are those of X over all other
/// axes, and outputs 1 and 2 are input * momentum + statistic of X * (1 - momentum).
struct BatchNormalization {
  float epsilon = 1e-5F;
  float momentum = 0.9F;
  bool training_mode = false;
  static constexpr auto fields = Fields{Field{"epsilon", &BatchNormalization::epsilon},
                                        Field{"momentum", &BatchNormalization::momentum},
                                        Field{"training_mode", &BatchNormalization::training_mode}};
};

/// Cross-correlation of X [N, C, spatial...] with W [M, C/group, kernel...] plus bias B [M].
struct Conv {
  AutoPad auto_pad = AutoPad::kNotSet;
  std::vector<std::int64_t> dilations;
  std::int64_t group = 1;
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields =
      Fields{Field{"auto_pad", &Conv::auto_pad}, Field{"dilations", &Conv::dilations},
             Field{"group", &Conv::group},       Field{"kernel_shape", &Conv::kernel_shape},
             Field{"pads", &Conv::pads},         Field{"strides", &Conv::strides}};
};

/// The transpose of Conv, which adds W [C, M/group, kernel...] times each element of X [N, C,
/// spatial...] to its window of Y, plus bias B [M]. `output_padding` makes Y longer at its end;
/// `output_shape` states Y's spatial sizes, and the pads follow from them.
struct ConvTranspose {
  AutoPad auto_pad = AutoPad::kNotSet;
  std::vector<std::int64_t> dilations;
  std::int64_t group = 1;
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> output_padding;
  std::vector<std::int64_t> output_shape;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields = Fields{Field{"auto_pad", &ConvTranspose::auto_pad},
                                        Field{"dilations", &ConvTranspose::dilations},
                                        Field{"group", &ConvTranspose::group},
                                        Field{"kernel_shape", &ConvTranspose::kernel_shape},
                                        Field{"output_padding", &ConvTranspose::output_padding},
                                        Field{"output_shape", &ConvTranspose::output_shape},
                                        Field{"pads", &ConvTranspose::pads},
                                        Field{"strides", &ConvTranspose::strides}};
};

/// How DepthToSpace reads the channels: depth-column-row or column-row-depth.
enum class DepthToSpaceMode : int { kDcr, kCrd };

/// Moves channels of X [N, C, H, W] into blocks of space: Y [N, C/b^2, H b, W b].
struct DepthToSpace {
  std::int64_t blocksize = 0;
  DepthToSpaceMode mode = DepthToSpaceMode::kDcr;
  static constexpr auto fields =
      Fields{Field{"blocksize", &DepthToSpace::blocksize, kRequiredField},
             Field{"mode", &DepthToSpace::mode}};
};

/// Sets elements to zero with probability `ratio` (input 1, 0.5 when left out) and divides the rest
/// by 1 - ratio, when training_mode (input 2) is true; else the identity. Output 1 is the mask of
/// the elements kept.
struct Dropout {
  std::optional<std::int64_t> seed;
  static constexpr auto fields = Fields{Field{"seed", &Dropout::seed}};
};

/// Mean over all spatial axes, which stay as axes of size 1.
struct GlobalAveragePool {
  static constexpr auto fields = Fields{};
};

/// (sum |x|^p)^(1/p) over all spatial axes, which stay as axes of size 1.
struct GlobalLpPool {
  std::int64_t p = 2;
  static constexpr auto fields = Fields{Field{"p", &GlobalLpPool::p}};
};

/// Largest value over all spatial axes, which stay as axes of size 1.
struct GlobalMaxPool {
  static constexpr auto fields = Fields{};
};

/// Every group of channels of every image normalised by its own mean and variance, then scale and
/// bias per channel. Inputs X, scale [C], bias [C].
struct GroupNormalization {
  float epsilon = 1e-5F;
  std::int64_t num_groups = 0;
  DType stash_type = DType::kF32;
  static constexpr auto fields =
      Fields{Field{"epsilon", &GroupNormalization::epsilon},
             Field{"num_groups", &GroupNormalization::num_groups, kRequiredField},
             Field{"stash_type", &GroupNormalization::stash_type}};
};

/// 1 for the first largest element along `axis`, 0 for the others.
struct Hardmax {
  std::int64_t axis = -1;
  static constexpr auto fields = Fields{Field{"axis", &Hardmax::axis}};
};

/// Every channel of every image normalised by its own mean and variance, then scale and bias per
/// channel. Inputs input, scale [C], B [C].
struct InstanceNormalization {
  float epsilon = 1e-5F;
  static constexpr auto fields = Fields{Field{"epsilon", &InstanceNormalization::epsilon}};
};

/// Local response normalisation: x / (bias + alpha / size * s)^beta where s is the sum of squares
/// over `size` neighbouring channels.
struct LRN {
  float alpha = 1e-4F;
  float beta = 0.75F;
  float bias = 1.0F;
  std::int64_t size = 0;
  static constexpr auto fields =
      Fields{Field{"alpha", &LRN::alpha}, Field{"beta", &LRN::beta}, Field{"bias", &LRN::bias},
             Field{"size", &LRN::size, kRequiredField}};
};

/// Scale * (X - mean) / sqrt(var + epsilon) + B with mean and variance over the axes from `axis`
/// on. Outputs 1 and 2 are the mean and 1 / sqrt(var + epsilon), with those axes of size 1, in the
/// element type `stash_type`.
struct LayerNormalization {
  std::int64_t axis = -1;
  float epsilon = 1e-5F;
  DType stash_type = DType::kF32;
  static constexpr auto fields = Fields{Field{"axis", &LayerNormalization::axis},
                                        Field{"epsilon", &LayerNormalization::epsilon},
                                        Field{"stash_type", &LayerNormalization::stash_type}};
};

/// log(softmax(x)) along `axis`
struct LogSoftmax {
  std::int64_t axis = -1;
  static constexpr auto fields = Fields{Field{"axis", &LogSoftmax::axis}};
};

/// (sum |x|^p)^(1/p) of each window of X [N, C, spatial...].
struct LpPool {
  AutoPad auto_pad = AutoPad::kNotSet;
  bool ceil_mode = false;
  std::vector<std::int64_t> dilations;
  std::vector<std::int64_t> kernel_shape;
  std::int64_t p = 2;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields =
      Fields{Field{"auto_pad", &LpPool::auto_pad},
             Field{"ceil_mode", &LpPool::ceil_mode},
             Field{"dilations", &LpPool::dilations},
             Field{"kernel_shape", &LpPool::kernel_shape, kRequiredField},
             Field{"p", &LpPool::p},
             Field{"pads", &LpPool::pads},
             Field{"strides", &LpPool::strides}};
};

/// Largest value of each window of X [N, C, spatial...]; the first one where several are equal.
/// Output 1 says where it stands in the flattened X; `storage_order` 1 counts the spatial axes of
/// each channel column by column.
struct MaxPool {
  AutoPad auto_pad = AutoPad::kNotSet;
  bool ceil_mode = false;
  std::vector<std::int64_t> dilations;
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> pads;
  std::int64_t storage_order = 0;
  std::vector<std::int64_t> strides;
  static constexpr auto fields =
      Fields{Field{"auto_pad", &MaxPool::auto_pad},
             Field{"ceil_mode", &MaxPool::ceil_mode},
             Field{"dilations", &MaxPool::dilations},
             Field{"kernel_shape", &MaxPool::kernel_shape, kRequiredField},
             Field{"pads", &MaxPool::pads},
             Field{"storage_order", &MaxPool::storage_order},
             Field{"strides", &MaxPool::strides}};
};

/// X / sqrt(mean(X^2) + epsilon) * scale with the mean over the axes from `axis` on.
struct RMSNormalization {
  std::int64_t axis = -1;
  float epsilon = 1e-5F;
  DType stash_type = DType::kF32;
  static constexpr auto fields =
      Fields{Field{"axis", &RMSNormalization::axis}, Field{"epsilon", &RMSNormalization::epsilon},
             Field{"stash_type", &RMSNormalization::stash_type}};
};

/// Rotates pairs of the first `rotary_embedding_dim` (all when 0) entries of each head of X by the
/// angle of its position. X is [N, heads, length, size], or [N, length, heads * size] with
/// `num_heads`. Inputs X, cos_cache and sin_cache ([positions, dim/2] with position_ids, else
/// [N, length, dim/2]), position_ids [N, length]. `interleaved` pairs neighbours, otherwise the
/// halves.
struct RotaryEmbedding {
  bool interleaved = false;
  std::int64_t num_heads = 0;
  std::int64_t rotary_embedding_dim = 0;
  static constexpr auto fields =
      Fields{Field{"interleaved", &RotaryEmbedding::interleaved},
             Field{"num_heads", &RotaryEmbedding::num_heads},
             Field{"rotary_embedding_dim", &RotaryEmbedding::rotary_embedding_dim}};
};

/// exp(x) / sum(exp(x)) along `axis`
struct Softmax {
  std::int64_t axis = -1;
  static constexpr auto fields = Fields{Field{"axis", &Softmax::axis}};
};

/// Moves blocks of space of X [N, C, H, W] into channels: Y [N, C b^2, H/b, W/b], the reverse of
/// DepthToSpace in mode DCR.
struct SpaceToDepth {
  std::int64_t blocksize = 0;
  static constexpr auto fields =
      Fields{Field{"blocksize", &SpaceToDepth::blocksize, kRequiredField}};
};

}  // namespace tern::ops

namespace tern {

template <>
struct AttributeEnum<ops::AutoPad> {
  static constexpr std::array<std::string_view, 4> names{"NOTSET", "SAME_UPPER", "SAME_LOWER",
                                                         "VALID"};
};

template <>
struct AttributeEnum<ops::DepthToSpaceMode> {
  static constexpr std::array<std::string_view, 2> names{"DCR", "CRD"};
};

}  // namespace tern
