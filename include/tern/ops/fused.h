// Operators that passes make (tern domain): channels-last images, and matrix products and
// convolutions that finish with bias, residual and activation. Nothing imports or exports them;
// they are written back as plain operators where a file is made.
//
// Images are [N, spatial..., C]. Weights stay as files have them ([M, C/group, kernel...]). Window
// attributes mean what they mean in tern/ops/nn.h.
#pragma once

#include <limits>

#include "tern/op.h"
#include "tern/ops/nn.h"

namespace tern::ops {

/// The last step of a fused operator, y = f(x).
enum class Activation : int {
  kNone,
  kRelu,         ///< max(x, 0)
  kClip,         ///< min(max(x, lo), hi)
  kSilu,         ///< x * sigmoid(x)
  kSigmoid,      ///< 1 / (1 + exp(-x))
  kTanh,         ///< tanh(x)
  kGelu,         ///< x * (1 + erf(x / sqrt(2))) / 2
  kGeluTanh,     ///< x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2
  kHardSwish,    ///< x * min(max(x / 6 + 1/2, 0), 1)
  kHardSigmoid,  ///< min(max(alpha * x + beta, 0), 1)
  kLeakyRelu,    ///< x < 0 ? alpha * x : x
  kElu,          ///< x < 0 ? alpha * (exp(x) - 1) : x
};

/// activation(X W + B + Z): X [..., K], W [K, N] (or [N, K] with `trans_b`), B [N], Z of the
/// output's shape [..., N]. B and Z may be left out.
struct Linear {
  Activation activation = Activation::kNone;
  float alpha = 0.0F;
  float beta = 0.0F;
  float hi = std::numeric_limits<float>::max();
  float lo = std::numeric_limits<float>::lowest();
  bool trans_b = false;
  static constexpr auto fields = Fields{Field{"activation", &Linear::activation},
                                        Field{"alpha", &Linear::alpha},
                                        Field{"beta", &Linear::beta},
                                        Field{"hi", &Linear::hi},
                                        Field{"lo", &Linear::lo},
                                        Field{"trans_b", &Linear::trans_b}};
};

/// AveragePool on channels-last images.
struct NhwcAveragePool {
  AutoPad auto_pad = AutoPad::kNotSet;
  bool ceil_mode = false;
  bool count_include_pad = false;
  std::vector<std::int64_t> dilations;
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields =
      Fields{Field{"auto_pad", &NhwcAveragePool::auto_pad},
             Field{"ceil_mode", &NhwcAveragePool::ceil_mode},
             Field{"count_include_pad", &NhwcAveragePool::count_include_pad},
             Field{"dilations", &NhwcAveragePool::dilations},
             Field{"kernel_shape", &NhwcAveragePool::kernel_shape, kRequiredField},
             Field{"pads", &NhwcAveragePool::pads},
             Field{"strides", &NhwcAveragePool::strides}};
};

/// activation(Conv(X, W, B) + Z) on channels-last images; Z has the output's shape. B and Z may be
/// left out.
struct NhwcConv {
  Activation activation = Activation::kNone;
  float alpha = 0.0F;
  AutoPad auto_pad = AutoPad::kNotSet;
  float beta = 0.0F;
  std::vector<std::int64_t> dilations;
  std::int64_t group = 1;
  float hi = std::numeric_limits<float>::max();
  std::vector<std::int64_t> kernel_shape;
  float lo = std::numeric_limits<float>::lowest();
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields = Fields{Field{"activation", &NhwcConv::activation},
                                        Field{"alpha", &NhwcConv::alpha},
                                        Field{"auto_pad", &NhwcConv::auto_pad},
                                        Field{"beta", &NhwcConv::beta},
                                        Field{"dilations", &NhwcConv::dilations},
                                        Field{"group", &NhwcConv::group},
                                        Field{"hi", &NhwcConv::hi},
                                        Field{"kernel_shape", &NhwcConv::kernel_shape},
                                        Field{"lo", &NhwcConv::lo},
                                        Field{"pads", &NhwcConv::pads},
                                        Field{"strides", &NhwcConv::strides}};
};

/// MaxPool on channels-last images, without indices.
struct NhwcMaxPool {
  AutoPad auto_pad = AutoPad::kNotSet;
  bool ceil_mode = false;
  std::vector<std::int64_t> dilations;
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields =
      Fields{Field{"auto_pad", &NhwcMaxPool::auto_pad},
             Field{"ceil_mode", &NhwcMaxPool::ceil_mode},
             Field{"dilations", &NhwcMaxPool::dilations},
             Field{"kernel_shape", &NhwcMaxPool::kernel_shape, kRequiredField},
             Field{"pads", &NhwcMaxPool::pads},
             Field{"strides", &NhwcMaxPool::strides}};
};

}  // namespace tern::ops

namespace tern {

template <>
struct AttributeEnum<ops::Activation> {
  static constexpr std::array<std::string_view, 12> names{
      "none", "relu",      "clip",       "silu",         "sigmoid",    "tanh",
      "gelu", "gelu_tanh", "hard_swish", "hard_sigmoid", "leaky_relu", "elu"};
};

}  // namespace tern
