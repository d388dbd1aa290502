#include "ops/rnn/activation_function.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/errors.h"

namespace tern::ops {
namespace {

struct Row {
  std::string_view name;
  GateFunction function;
  std::optional<float> alpha;  // default; absent where the function has none
  std::optional<float> beta;
};

constexpr std::array kRows{
    Row{"affine", GateFunction::kAffine, 1.0F, 0.0F},
    Row{"elu", GateFunction::kElu, 1.0F, {}},
    Row{"hardsigmoid", GateFunction::kHardSigmoid, 0.2F, 0.5F},
    Row{"leakyrelu", GateFunction::kLeakyRelu, 0.01F, {}},
    Row{"relu", GateFunction::kRelu, {}, {}},
    Row{"scaledtanh", GateFunction::kScaledTanh, 1.0F, 1.0F},
    Row{"sigmoid", GateFunction::kSigmoid, {}, {}},
    Row{"softplus", GateFunction::kSoftplus, {}, {}},
    Row{"softsign", GateFunction::kSoftsign, {}, {}},
    Row{"tanh", GateFunction::kTanh, {}, {}},
    Row{"thresholdedrelu", GateFunction::kThresholdedRelu, 1.0F, {}},
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

Result<const Row*> find_row(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto row = std::ranges::find(kRows, std::string_view(lower), &Row::name);
  if (row == kRows.end())
    return invalid_argument("'{}' is no activation of a recurrent layer", name);
  return row;
}

const Row& row_of(GateFunction function) {
  return *std::ranges::find(kRows, function, &Row::function);
}

}  // namespace

double GateActivation::operator()(double x) const {
  x = std::clamp(x, -clip, clip);
  switch (function) {
    case GateFunction::kAffine: return alpha * x + beta;
    case GateFunction::kElu: return x < 0 ? alpha * std::expm1(x) : x;
    case GateFunction::kHardSigmoid: return std::clamp(alpha * x + beta, 0.0, 1.0);
    case GateFunction::kLeakyRelu: return x < 0 ? alpha * x : x;
    case GateFunction::kRelu: return std::max(x, 0.0);
    case GateFunction::kScaledTanh: return alpha * std::tanh(beta * x);
    case GateFunction::kSigmoid: return sigmoid(x);
    case GateFunction::kSoftplus: return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
    case GateFunction::kSoftsign: return x / (1 + std::abs(x));
    case GateFunction::kTanh: return std::tanh(x);
    case GateFunction::kThresholdedRelu: return x > alpha ? x : 0;
  }
  return x;
}

double GateActivation::slope(double x) const {
  if (std::abs(x) > clip) return 0;
  switch (function) {
    case GateFunction::kAffine: return alpha;
    case GateFunction::kElu: return x < 0 ? alpha * std::exp(x) : 1;
    case GateFunction::kHardSigmoid: {
      const double y = alpha * x + beta;
      return y > 0 && y < 1 ? alpha : 0;
    }
    case GateFunction::kLeakyRelu: return x < 0 ? alpha : 1;
    case GateFunction::kRelu: return x > 0 ? 1 : 0;
    case GateFunction::kScaledTanh: {
      const double t = std::tanh(beta * x);
      return alpha * beta * (1 - t * t);
    }
    case GateFunction::kSigmoid: return sigmoid(x) * (1 - sigmoid(x));
    case GateFunction::kSoftplus: return sigmoid(x);
    case GateFunction::kSoftsign: return 1 / ((1 + std::abs(x)) * (1 + std::abs(x)));
    case GateFunction::kTanh: return 1 - std::tanh(x) * std::tanh(x);
    case GateFunction::kThresholdedRelu: return x > alpha ? 1 : 0;
  }
  return 1;
}

Result<std::vector<GateActivation>> gate_activations(std::span<const std::string> names,
                                                     std::span<const GateFunction> defaults,
                                                     std::int64_t directions,
                                                     std::span<const float> alphas,
                                                     std::span<const float> betas,
                                                     std::optional<float> clip) {
  const std::size_t count = defaults.size() * static_cast<std::size_t>(directions);
  if (!names.empty() && names.size() != count) {
    return invalid_argument("activations has {} names for {} functions", names.size(), count);
  }
  if (clip && !(*clip >= 0)) return invalid_argument("clip is {}, not at least 0", *clip);
  std::vector<GateActivation> activations;
  const auto take = [](std::span<const float>& values, std::optional<float> fallback) {
    if (!fallback || values.empty()) return fallback.value_or(0.0F);
    const float value = values.front();
    values = values.subspan(1);
    return value;
  };
  for (std::size_t i = 0; i < count; ++i) {
    const Row* row = &row_of(defaults[i % defaults.size()]);
    if (!names.empty()) {
      TERN_ASSIGN_OR_RETURN(row, find_row(names[i]));
    }
    GateActivation activation{.function = row->function,
                              .alpha = take(alphas, row->alpha),
                              .beta = take(betas, row->beta)};
    if (clip) activation.clip = *clip;
    activations.push_back(activation);
  }
  return activations;
}

}  // namespace tern::ops
