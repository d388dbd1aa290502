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
      std::tuple{Field{"auto_pad", &AveragePool::auto_pad},
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
  static constexpr auto fields =
      std::tuple{Field{"epsilon", &BatchNormalization::epsilon},
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
      std::tuple{Field{"auto_pad", &Conv::auto_pad}, Field{"dilations", &Conv::dilations},
                 Field{"group", &Conv::group},       Field{"kernel_shape", &Conv::kernel_shape},
                 Field{"pads", &Conv::pads},         Field{"strides", &Conv::strides}};
};

/// Sets elements to zero with probability `ratio` (input 1, 0.5 when left out) and divides the rest
/// by 1 - ratio, when training_mode (input 2) is true; else the identity. Output 1 is the mask of
/// the elements kept.
struct Dropout {
  std::optional<std::int64_t> seed;
  static constexpr auto fields = std::tuple{Field{"seed", &Dropout::seed}};
};

/// Mean over all spatial axes, which stay as axes of size 1.
struct GlobalAveragePool {
  static constexpr auto fields = std::tuple{};
};

/// Largest value over all spatial axes, which stay as axes of size 1.
struct GlobalMaxPool {
  static constexpr auto fields = std::tuple{};
};

/// Scale * (X - mean) / sqrt(var + epsilon) + B with mean and variance over the axes from `axis`
/// on. Outputs 1 and 2 are the mean and 1 / sqrt(var + epsilon), with those axes of size 1, in the
/// element type `stash_type`.
struct LayerNormalization {
  std::int64_t axis = -1;
  float epsilon = 1e-5F;
  DType stash_type = DType::kF32;
  static constexpr auto fields = std::tuple{Field{"axis", &LayerNormalization::axis},
                                            Field{"epsilon", &LayerNormalization::epsilon},
                                            Field{"stash_type", &LayerNormalization::stash_type}};
};

/// log(softmax(x)) along `axis`
struct LogSoftmax {
  std::int64_t axis = -1;
  static constexpr auto fields = std::tuple{Field{"axis", &LogSoftmax::axis}};
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
      std::tuple{Field{"auto_pad", &MaxPool::auto_pad},
                 Field{"ceil_mode", &MaxPool::ceil_mode},
                 Field{"dilations", &MaxPool::dilations},
                 Field{"kernel_shape", &MaxPool::kernel_shape, kRequiredField},
                 Field{"pads", &MaxPool::pads},
                 Field{"storage_order", &MaxPool::storage_order},
                 Field{"strides", &MaxPool::strides}};
};

/// exp(x) / sum(exp(x)) along `axis`
struct Softmax {
  std::int64_t axis = -1;
  static constexpr auto fields = std::tuple{Field{"axis", &Softmax::axis}};
};

}  // namespace tern::ops

namespace tern {

template <>
struct AttributeEnum<ops::AutoPad> {
  static constexpr std::array<std::string_view, 4> names{"NOTSET", "SAME_UPPER", "SAME_LOWER",
                                                         "VALID"};
};

}  // namespace tern
