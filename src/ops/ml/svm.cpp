#include "ops/ml/svm.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "ops/ml/features.h"

namespace tern::ops {

Result<SvmKernelFunction> SvmKernelFunction::from(SvmKernel kind, std::span<const float> params) {
  if (!params.empty() && params.size() != 3) {
    return invalid_argument("kernel_params has {} entries, not gamma, coef0 and degree",
                            params.size());
  }
  SvmKernelFunction made;
  made.kind_ = kind;
  if (params.empty()) return made;
  made.gamma_ = params[0];
  made.coef0_ = params[1];
  made.degree_ = params[2];
  return made;
}

double SvmKernelFunction::operator()(std::span<const double> u, std::span<const float> v) const {
  double sum = 0;
  if (kind_ == SvmKernel::kRbf) {
    for (std::size_t i = 0; i < u.size(); ++i) {
      const double difference = u[i] - static_cast<double>(v[i]);
      sum += difference * difference;
    }
    return std::exp(-gamma_ * sum);
  }
  for (std::size_t i = 0; i < u.size(); ++i) sum += u[i] * static_cast<double>(v[i]);
  switch (kind_) {
    case SvmKernel::kPoly: return std::pow(gamma_ * sum + coef0_, degree_);
    case SvmKernel::kSigmoid: return std::tanh(gamma_ * sum + coef0_);
    default: return sum;
  }
}

Status check_rows(std::string_view name, std::size_t entries, std::int64_t count,
                  const TypeInfo& x) {
  const auto size = static_cast<std::int64_t>(entries);
  if (count < 1 || size % count != 0) {
    return invalid_argument("{} has {} entries, which are no {} rows", name, entries, count);
  }
  return check_features(x, size / count, fmt::format("the rows of {} have", name));
}

std::vector<double> couple_pairs(std::size_t classes, std::span<const double> pairs) {
  // Q of the paper's (13): minimise p'Qp over probabilities p.
  std::vector<double> q(classes * classes, 0.0);
  std::size_t pair = 0;
  for (std::size_t i = 0; i < classes; ++i) {
    for (std::size_t j = i + 1; j < classes; ++j, ++pair) {
      const double r = pairs[pair];
      q[i * classes + i] += (1 - r) * (1 - r);
      q[j * classes + j] += r * r;
      q[i * classes + j] = q[j * classes + i] = -r * (1 - r);
    }
  }
  std::vector<double> p(classes, 1.0 / static_cast<double>(classes));
  std::vector<double> qp(classes);
  const double enough = 0.005 / static_cast<double>(classes);
  const std::size_t rounds = std::max<std::size_t>(100, classes);
  for (std::size_t round = 0; round < rounds; ++round) {
    double pqp = 0;
    for (std::size_t i = 0; i < classes; ++i) {
      qp[i] = 0;
      for (std::size_t j = 0; j < classes; ++j) qp[i] += q[i * classes + j] * p[j];
      pqp += p[i] * qp[i];
    }
    double error = 0;
    for (const double entry : qp) error = std::max(error, std::abs(entry - pqp));
    if (error < enough) break;
    for (std::size_t i = 0; i < classes; ++i) {
      const double* row = &q[i * classes];
      const double step = (pqp - qp[i]) / row[i];
      const double scale = 1 / (1 + step);
      p[i] += step;
      pqp = (pqp + step * (step * row[i] + 2 * qp[i])) * scale * scale;
      for (std::size_t j = 0; j < classes; ++j) {
        qp[j] = (qp[j] + step * row[j]) * scale;
        p[j] *= scale;
      }
    }
  }
  return p;
}

}  // namespace tern::ops
