// Optimiser steps of the domain ai.onnx.preview.training, as exported training graphs hold them.
// Sessions that train use the updates of tern/ops/train.h.
//
// Inputs R (learning rate, scalar), T (i64 scalar: updates so far), then all parameters, all
// gradients and all states in turn; outputs the new parameters, then the new states. Gradients are
// first changed to G + norm_coefficient X.
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// States H: H' = H + G^2, X' = X - r G / (sqrt(H') + epsilon) with r = R / (1 + T decay_factor).
struct Adagrad {
  float decay_factor = 0.0F;
  float epsilon = 0.0F;
  float norm_coefficient = 0.0F;
  static constexpr auto fields =
      Fields{Field{"decay_factor", &Adagrad::decay_factor}, Field{"epsilon", &Adagrad::epsilon},
             Field{"norm_coefficient", &Adagrad::norm_coefficient}};
};

/// States V and H: V' = alpha V + (1 - alpha) G, H' = beta H + (1 - beta) G^2,
/// X' = (1 - norm_coefficient_post) (X - r V' / (sqrt(H') + epsilon)), where
/// r = R sqrt(1 - beta^T) / (1 - alpha^T), or R for T = 0.
struct Adam {
  float alpha = 0.9F;
  float beta = 0.999F;
  float epsilon = 0.0F;
  float norm_coefficient = 0.0F;
  float norm_coefficient_post = 0.0F;
  static constexpr auto fields =
      Fields{Field{"alpha", &Adam::alpha}, Field{"beta", &Adam::beta},
             Field{"epsilon", &Adam::epsilon}, Field{"norm_coefficient", &Adam::norm_coefficient},
             Field{"norm_coefficient_post", &Adam::norm_coefficient_post}};
};

enum class MomentumMode : int { kStandard, kNesterov };

/// States V: V' = alpha V + b G with b = beta, or 1 for T = 0; X' = X - R V', or with kNesterov
/// X - R (G + alpha V').
struct Momentum {
  float alpha = 0.0F;
  float beta = 0.0F;
  MomentumMode mode = MomentumMode::kStandard;
  float norm_coefficient = 0.0F;
  static constexpr auto fields =
      Fields{Field{"alpha", &Momentum::alpha, kRequiredField},
             Field{"beta", &Momentum::beta, kRequiredField},
             Field{"mode", &Momentum::mode, kRequiredField},
             Field{"norm_coefficient", &Momentum::norm_coefficient, kRequiredField}};
};

}  // namespace tern::ops

namespace tern {

template <>
struct AttributeEnum<ops::MomentumMode> {
  static constexpr std::array<std::string_view, 2> names{"standard", "nesterov"};
};

}  // namespace tern
