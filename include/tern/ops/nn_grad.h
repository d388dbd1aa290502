// Gradients of neural network operators that plain operators cannot say well (tern domain). Each
// takes the gradient of the forward operator's output first; window attributes are those of the
// forward operator.
#pragma once

#include "tern/op.h"
#include "tern/ops/nn.h"

namespace tern::ops {

/// dX of AveragePool from dY and X, of which only the shape is read.
struct AveragePoolGrad {
  AutoPad auto_pad = AutoPad::kNotSet;
  bool ceil_mode = false;
  bool count_include_pad = false;
  std::vector<std::int64_t> dilations;
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields =
      Fields{Field{"auto_pad", &AveragePoolGrad::auto_pad},
             Field{"ceil_mode", &AveragePoolGrad::ceil_mode},
             Field{"count_include_pad", &AveragePoolGrad::count_include_pad},
             Field{"dilations", &AveragePoolGrad::dilations},
             Field{"kernel_shape", &AveragePoolGrad::kernel_shape, kRequiredField},
             Field{"pads", &AveragePoolGrad::pads},
             Field{"strides", &AveragePoolGrad::strides}};
};

/// dX, dScale and dB of BatchNormalization from dY, X, scale and, without `training_mode`, the mean
/// and variance it used.
struct BatchNormalizationGrad {
  float epsilon = 1e-5F;
  bool training_mode = false;
  static constexpr auto fields =
      Fields{Field{"epsilon", &BatchNormalizationGrad::epsilon},
             Field{"training_mode", &BatchNormalizationGrad::training_mode}};
};

/// dX of Conv from dY, W and X, of which only the shape is read.
struct ConvGradInput {
  AutoPad auto_pad = AutoPad::kNotSet;
  std::vector<std::int64_t> dilations;
  std::int64_t group = 1;
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields = Fields{Field{"auto_pad", &ConvGradInput::auto_pad},
                                        Field{"dilations", &ConvGradInput::dilations},
                                        Field{"group", &ConvGradInput::group},
                                        Field{"kernel_shape", &ConvGradInput::kernel_shape},
                                        Field{"pads", &ConvGradInput::pads},
                                        Field{"strides", &ConvGradInput::strides}};
};

/// dW of Conv from dY, X and W, of which only the shape is read.
struct ConvGradWeight {
  AutoPad auto_pad = AutoPad::kNotSet;
  std::vector<std::int64_t> dilations;
  std::int64_t group = 1;
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields = Fields{Field{"auto_pad", &ConvGradWeight::auto_pad},
                                        Field{"dilations", &ConvGradWeight::dilations},
                                        Field{"group", &ConvGradWeight::group},
                                        Field{"kernel_shape", &ConvGradWeight::kernel_shape},
                                        Field{"pads", &ConvGradWeight::pads},
                                        Field{"strides", &ConvGradWeight::strides}};
};

/// dX of DepthToSpace from dY.
struct DepthToSpaceGrad {
  std::int64_t blocksize = 0;
  DepthToSpaceMode mode = DepthToSpaceMode::kDcr;
  static constexpr auto fields =
      Fields{Field{"blocksize", &DepthToSpaceGrad::blocksize, kRequiredField},
             Field{"mode", &DepthToSpaceGrad::mode}};
};

/// dX of Dropout from dY, the mask, and Dropout's ratio and training_mode inputs.
struct DropoutGrad {
  static constexpr auto fields = Fields{};
};

/// dX of GlobalAveragePool from dY and X, of which only the shape is read.
struct GlobalAveragePoolGrad {
  static constexpr auto fields = Fields{};
};

/// dX of GlobalMaxPool from dY and X: the gradient goes to the first largest element.
struct GlobalMaxPoolGrad {
  static constexpr auto fields = Fields{};
};

/// dX, dScale and dB of LayerNormalization from dY, X and Scale; both of the latter have Scale's
/// shape.
struct LayerNormalizationGrad {
  std::int64_t axis = -1;
  float epsilon = 1e-5F;
  static constexpr auto fields = Fields{Field{"axis", &LayerNormalizationGrad::axis},
                                        Field{"epsilon", &LayerNormalizationGrad::epsilon}};
};

/// dX of LRN from dY and X.
struct LRNGrad {
  float alpha = 1e-4F;
  float beta = 0.75F;
  float bias = 1.0F;
  std::int64_t size = 0;
  static constexpr auto fields =
      Fields{Field{"alpha", &LRNGrad::alpha}, Field{"beta", &LRNGrad::beta},
             Field{"bias", &LRNGrad::bias}, Field{"size", &LRNGrad::size, kRequiredField}};
};

/// dX of LpPool from dY and X.
struct LpPoolGrad {
  AutoPad auto_pad = AutoPad::kNotSet;
  bool ceil_mode = false;
  std::vector<std::int64_t> dilations;
  std::vector<std::int64_t> kernel_shape;
  std::int64_t p = 2;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields =
      Fields{Field{"auto_pad", &LpPoolGrad::auto_pad},
             Field{"ceil_mode", &LpPoolGrad::ceil_mode},
             Field{"dilations", &LpPoolGrad::dilations},
             Field{"kernel_shape", &LpPoolGrad::kernel_shape, kRequiredField},
             Field{"p", &LpPoolGrad::p},
             Field{"pads", &LpPoolGrad::pads},
             Field{"strides", &LpPoolGrad::strides}};
};

/// dX of MaxPool from dY and X: each window's gradient goes to its first largest element.
struct MaxPoolGrad {
  AutoPad auto_pad = AutoPad::kNotSet;
  bool ceil_mode = false;
  std::vector<std::int64_t> dilations;
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields =
      Fields{Field{"auto_pad", &MaxPoolGrad::auto_pad},
             Field{"ceil_mode", &MaxPoolGrad::ceil_mode},
             Field{"dilations", &MaxPoolGrad::dilations},
             Field{"kernel_shape", &MaxPoolGrad::kernel_shape, kRequiredField},
             Field{"pads", &MaxPoolGrad::pads},
             Field{"strides", &MaxPoolGrad::strides}};
};

/// dX and dScale of RMSNormalization from dY, X and scale.
struct RMSNormalizationGrad {
  std::int64_t axis = -1;
  float epsilon = 1e-5F;
  static constexpr auto fields = Fields{Field{"axis", &RMSNormalizationGrad::axis},
                                        Field{"epsilon", &RMSNormalizationGrad::epsilon}};
};

}  // namespace tern::ops
