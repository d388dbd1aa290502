// Neural network operators: convolution, pooling, normalisation, softmax, dropout. Meaning and
// attributes are ONNX's (onnx.ai/onnx/operators); images are NCHW.
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// How pads follow from sizes when they are not given one by one.
enum class AutoPad : int { kNotSet, kSameUpper, kSameLower, kValid };

/// Cross-correlation of X [N, C, spatial...] with W [M, C/group, kernel...] plus bias B [M].
/// `pads` lists all begins, then all ends; empty lists mean 1 (strides, dilations) or 0 (pads).
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
