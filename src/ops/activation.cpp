#include "ops/activation.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ops/reference.h"

namespace tern::ops {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

double activate(const ActivationSpec& spec, double x) {
  switch (spec.kind) {
    case Activation::kNone: return x;
    case Activation::kRelu: return std::max(x, 0.0);
    case Activation::kClip: return std::min(std::max(x, spec.lo), spec.hi);
    case Activation::kSilu: return x * sigmoid(x);
    case Activation::kSigmoid: return sigmoid(x);
    case Activation::kTanh: return std::tanh(x);
    case Activation::kGelu: return x * (1 + std::erf(x / std::numbers::sqrt2)) / 2;
    case Activation::kGeluTanh: {
      const double u = std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x);
      return x * (1 + std::tanh(u)) / 2;
    }
    case Activation::kHardSwish: return x * std::clamp(x / 6 + 0.5, 0.0, 1.0);
    case Activation::kHardSigmoid: return std::clamp(spec.alpha * x + spec.beta, 0.0, 1.0);
    case Activation::kLeakyRelu: return x < 0 ? spec.alpha * x : x;
    case Activation::kElu: return x < 0 ? spec.alpha * std::expm1(x) : x;
  }
  return x;
}

void finish_fused(const ActivationSpec& spec, const Tensor* residual, std::span<double> y) {
  if (residual != nullptr) {
    const FloatReader z(*residual);
    for (std::size_t i = 0; i < y.size(); ++i) y[i] += z[static_cast<std::int64_t>(i)];
  }
  for (double& value : y) value = activate(spec, value);
}

}  // namespace tern::ops
