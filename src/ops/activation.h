// How fused operators finish: residual and activation, one evaluation for every reference.
#pragma once

#include <span>

#include "tern/graph.h"
#include "tern/ops/fused.h"

namespace tern::ops {

struct ActivationSpec {
  Activation kind = Activation::kNone;
  double alpha = 0;
  double beta = 0;
  double lo = 0;
  double hi = 0;
};

/// The activation attributes of a fused operator's struct.
template <class Op>
ActivationSpec activation_spec(const Op& op) {
  return {op.activation, op.alpha, op.beta, op.lo, op.hi};
}

double activate(const ActivationSpec& spec, double x);

/// y[i] = activation(y[i] + residual[i]); `residual` may be null.
void finish_fused(const ActivationSpec& spec, const Tensor* residual, std::span<double> y);

}  // namespace tern::ops
