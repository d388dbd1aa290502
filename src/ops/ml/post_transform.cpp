#include "ops/ml/post_transform.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tern::ops {
namespace {

double logistic(double x) {
  const double e = std::exp(-std::abs(x));
  return x < 0 ? e / (1 + e) : 1 / (1 + e);
}

// The quantile sqrt(2) * erf^-1(2p - 1) with Winitzki's approximation, "A handy approximation for
// the error function and its inverse" (2008): NaN outside [0, 1].
double probit(double p) {
  constexpr double kA = 0.147;
  const double x = 2 * p - 1;
  const double log = std::log((1 - x) * (1 + x));
  const double half = 2 / (std::numbers::pi * kA) + 0.5 * log;
  const double root = std::sqrt(std::sqrt(half * half - log / kA) - half);
  return std::numbers::sqrt2 * std::copysign(root, x);
}

// exp(s - largest) over their sum; with `keep_zeros` scores of 0 take no part.
void softmax(std::span<double> scores, bool keep_zeros) {
  constexpr double kZero = 1e-7;
  if (scores.empty()) return;
  const double top = *std::ranges::max_element(scores);
  double sum = 0;
  for (double& score : scores) {
    score = keep_zeros && std::abs(score) <= kZero ? 0 : std::exp(score - top);
    sum += score;
  }
  if (sum == 0) return;
  for (double& score : scores) score /= sum;
}

}  // namespace

void apply_transform(PostTransform transform, std::span<double> scores) {
  switch (transform) {
    case PostTransform::kNone: break;
    case PostTransform::kSoftmax: softmax(scores, false); break;
    case PostTransform::kSoftmaxZero: softmax(scores, true); break;
    case PostTransform::kLogistic:
      for (double& score : scores) score = logistic(score);
      break;
    case PostTransform::kProbit:
      for (double& score : scores) score = probit(score);
      break;
  }
}

std::array<double, 2> two_scores(PostTransform transform, double score, bool is_share) {
  // A quantile is taken of shares only, whatever the weights look like.
  const bool complement =
      transform == PostTransform::kProbit || (transform == PostTransform::kNone && is_share);
  std::array<double, 2> scores{complement ? 1 - score : -score, score};
  apply_transform(transform, scores);
  return scores;
}

std::int64_t largest(std::span<const double> scores) {
  return std::ranges::max_element(scores) - scores.begin();
}

}  // namespace tern::ops
