// What gradients are made of (tern domain), for training what tern/ops/fused.h is for running.
// Nothing imports or exports them.
//
// The Nhwc operators are made by passes out of those of tern/ops/nn_grad.h and tern/ops/nn.h.
// Their images are [N, spatial..., C]. Weights and their gradients stay as files have them
// ([M, C/group, kernel...]). Window attributes are those of the forward operator.
#pragma once

#include "tern/op.h"
#include "tern/ops/math.h"
#include "tern/ops/nn.h"

namespace tern::ops {

/// dX of Gelu from dY and X.
struct GeluGrad {
  GeluApproximation approximate = GeluApproximation::kNone;
  static constexpr auto fields = Fields{Field{"approximate", &GeluGrad::approximate}};
};

/// dX of NhwcAveragePool from dY and X, of which only the shape is read.
struct NhwcAveragePoolGrad {
  AutoPad auto_pad = AutoPad::kNotSet;
  bool ceil_mode = false;
  bool count_include_pad = false;
  std::vector<std::int64_t> dilations;
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields =
      Fields{Field{"auto_pad", &NhwcAveragePoolGrad::auto_pad},
             Field{"ceil_mode", &NhwcAveragePoolGrad::ceil_mode},
             Field{"count_include_pad", &NhwcAveragePoolGrad::count_include_pad},
             Field{"dilations", &NhwcAveragePoolGrad::dilations},
             Field{"kernel_shape", &NhwcAveragePoolGrad::kernel_shape, kRequiredField},
             Field{"pads", &NhwcAveragePoolGrad::pads},
             Field{"strides", &NhwcAveragePoolGrad::strides}};
};

/// BatchNormalization whose channels are the last axis, plus Z (input 5, of X's shape, may be left
/// out); with `relu` its maximum with 0. Outputs 3 and 4 are the mean and variance it used: those
/// of X with `training_mode`, else the given ones.
struct NhwcBatchNormalization {
  float epsilon = 1e-5F;
  float momentum = 0.9F;
  bool relu = false;
  bool training_mode = false;
  static constexpr auto fields =
      Fields{Field{"epsilon", &NhwcBatchNormalization::epsilon},
             Field{"momentum", &NhwcBatchNormalization::momentum},
             Field{"relu", &NhwcBatchNormalization::relu},
             Field{"training_mode", &NhwcBatchNormalization::training_mode}};
};

/// dX, dScale and dB of NhwcBatchNormalization without relu from dY, X, scale and the mean and
/// variance it used; with `training_mode` these depend on X.
struct NhwcBatchNormalizationGrad {
  float epsilon = 1e-5F;
  bool training_mode = false;
  static constexpr auto fields =
      Fields{Field{"epsilon", &NhwcBatchNormalizationGrad::epsilon},
             Field{"training_mode", &NhwcBatchNormalizationGrad::training_mode}};
};

/// dX of NhwcConv without activation from dY, W and X, of which only the shape is read.
struct NhwcConvGradInput {
  AutoPad auto_pad = AutoPad::kNotSet;
  std::vector<std::int64_t> dilations;
  std::int64_t group = 1;
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields = Fields{Field{"auto_pad", &NhwcConvGradInput::auto_pad},
                                        Field{"dilations", &NhwcConvGradInput::dilations},
                                        Field{"group", &NhwcConvGradInput::group},
                                        Field{"kernel_shape", &NhwcConvGradInput::kernel_shape},
                                        Field{"pads", &NhwcConvGradInput::pads},
                                        Field{"strides", &NhwcConvGradInput::strides}};
};

/// dW of NhwcConv without activation, and its dB, from dY, X and W, of which only the shape is
/// read.
struct NhwcConvGradWeight {
  AutoPad auto_pad = AutoPad::kNotSet;
  std::vector<std::int64_t> dilations;
  std::int64_t group = 1;
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields = Fields{Field{"auto_pad", &NhwcConvGradWeight::auto_pad},
                                        Field{"dilations", &NhwcConvGradWeight::dilations},
                                        Field{"group", &NhwcConvGradWeight::group},
                                        Field{"kernel_shape", &NhwcConvGradWeight::kernel_shape},
                                        Field{"pads", &NhwcConvGradWeight::pads},
                                        Field{"strides", &NhwcConvGradWeight::strides}};
};

/// dX of NhwcMaxPool from dY and X: each window's gradient goes to its first largest element.
struct NhwcMaxPoolGrad {
  AutoPad auto_pad = AutoPad::kNotSet;
  bool ceil_mode = false;
  std::vector<std::int64_t> dilations;
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields =
      Fields{Field{"auto_pad", &NhwcMaxPoolGrad::auto_pad},
             Field{"ceil_mode", &NhwcMaxPoolGrad::ceil_mode},
             Field{"dilations", &NhwcMaxPoolGrad::dilations},
             Field{"kernel_shape", &NhwcMaxPoolGrad::kernel_shape, kRequiredField},
             Field{"pads", &NhwcMaxPoolGrad::pads},
             Field{"strides", &NhwcMaxPoolGrad::strides}};
};

/// dX of Softmax from dY and Y: Y (dY - sum(Y dY)), the sum along `axis`.
struct SoftmaxGrad {
  std::int64_t axis = -1;
  static constexpr auto fields = Fields{Field{"axis", &SoftmaxGrad::axis}};
};

/// alpha A' B' over the last two axes, where A' and B' are A and B with these axes exchanged if the
/// attribute says so; the axes before are broadcast as in MatMul. Both have at least two axes.
struct TransposedMatMul {
  float alpha = 1.0F;
  bool trans_a = false;
  bool trans_b = false;
  static constexpr auto fields =
      Fields{Field{"alpha", &TransposedMatMul::alpha}, Field{"trans_a", &TransposedMatMul::trans_a},
             Field{"trans_b", &TransposedMatMul::trans_b}};
};

}  // namespace tern::ops
