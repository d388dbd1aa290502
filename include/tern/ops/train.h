// Optimiser updates (tern domain): (parameter, gradient, learning rate, state...) -> (new
// parameter, new state...), used as updates of variables in a training step. The learning rate is a
// scalar tensor; states start as zeros of the parameter's shape.
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// Adam of Kingma and Ba, "Adam: a method for stochastic optimization", 2015; with
/// `decoupled_weight_decay` AdamW of Loshchilov and Hutter, 2019. Inputs W, G, learning_rate, step
/// (i64 scalar: 1 for the first update), M, V; outputs W, M, V. With g = G + weight_decay * W (G
/// when decoupled):
///   M' = beta1 M + (1 - beta1) g,  V' = beta2 V + (1 - beta2) g^2
///   W' = W - learning_rate * (M' / (1 - beta1^step)) / (sqrt(V' / (1 - beta2^step)) + epsilon)
/// where W is first multiplied by 1 - learning_rate * weight_decay when decoupled.
struct AdamUpdate {
  float beta1 = 0.9F;
  float beta2 = 0.999F;
  bool decoupled_weight_decay = false;
  float epsilon = 1e-8F;
  float weight_decay = 0.0F;
  static constexpr auto fields = Fields{
      Field{"beta1", &AdamUpdate::beta1}, Field{"beta2", &AdamUpdate::beta2},
      Field{"decoupled_weight_decay", &AdamUpdate::decoupled_weight_decay},
      Field{"epsilon", &AdamUpdate::epsilon}, Field{"weight_decay", &AdamUpdate::weight_decay}};
};

/// Stochastic gradient descent. Inputs W, G, learning_rate, M (may be left out without momentum);
/// outputs W, M. With g = G + weight_decay * W:
///   M' = momentum * M + g,  W' = W - learning_rate * (nesterov ? g + momentum * M' : M')
struct SgdUpdate {
  float momentum = 0.0F;
  bool nesterov = false;
  float weight_decay = 0.0F;
  static constexpr auto fields =
      Fields{Field{"momentum", &SgdUpdate::momentum}, Field{"nesterov", &SgdUpdate::nesterov},
             Field{"weight_decay", &SgdUpdate::weight_decay}};
};

}  // namespace tern::ops
