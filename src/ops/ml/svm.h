// Support vector machines: the kernel functions, and the sums over support vectors.
#pragma once

#include <span>
#include <vector>

#include "graph/op_def.h"
#include "tern/ops/ml.h"

namespace tern::ops {

/// kernel_params as they are used.
class SvmKernelFunction {
 public:
  /// Fails unless there are three parameters, or none, which are zeros.
  static Result<SvmKernelFunction> from(SvmKernel kind, std::span<const float> params);

  double operator()(std::span<const double> u, std::span<const float> v) const;

 private:
  SvmKernel kind_ = SvmKernel::kLinear;
  double gamma_ = 0, coef0_ = 0, degree_ = 0;
};

/// Fails unless `count` rows of X's features have `entries` numbers, as far as they are known.
Status check_rows(std::string_view name, std::size_t entries, std::int64_t count,
                  const TypeInfo& x);

/// The probabilities of n classes from those of each pair (`pairs` row by row above the diagonal:
/// that class i is right, given i or j): the second method of Wu, Lin and Weng, "Probability
/// Estimates for Multi-class Classification by Pairwise Coupling" (JMLR 5, 2004).
std::vector<double> couple_pairs(std::size_t classes, std::span<const double> pairs);

}  // namespace tern::ops
