// What the losses of classification share: inference, labels with their weights, reduction.
#pragma once

#include <vector>

#include "graph/op_def.h"
#include "ops/reference.h"
#include "tern/ops/loss.h"

namespace tern::ops {

/// The type of a loss over `scores` [N, C, d...] and `labels` [N, d...]; `weights` has an undefined
/// dtype where it is left out.
Result<TypeInfo> infer_class_loss(LossReduction reduction, const TypeInfo& scores,
                                  const TypeInfo& labels, const TypeInfo& weights);

/// Fails unless `gradient` has the type of the loss.
Status check_loss_gradient(const TypeInfo& gradient, const TypeInfo& loss);

/// The labels of a run.
struct ClassLabels {
  std::int64_t classes = 1;
  std::int64_t inner = 1;           // elements of d...
  std::vector<std::int64_t> label;  // per label
  std::vector<double> weight;       // per label; 0 where it is ignored
  double total_weight = 0;

  /// Fails for a label outside [0, C) that is not ignored. `weights` may be null.
  static Result<ClassLabels> read(const tern::Shape& scores, const Tensor& labels,
                                  const Tensor* weights, std::optional<std::int64_t> ignore_index);
  std::size_t size() const { return label.size(); }
  /// Where the score of `k` for label i stands.
  std::size_t score(std::size_t i, std::int64_t k) const {
    const auto n = static_cast<std::int64_t>(i);
    return static_cast<std::size_t>((n / inner * classes + k) * inner + n % inner);
  }
  /// log(sum(exp(scores of label i))).
  double log_sum_exp(std::span<const double> scores, std::size_t i) const;
  /// What d loss / d (loss of label i) is, weight included, given the gradient of the reduced loss.
  std::vector<double> gradients(LossReduction reduction, const Tensor& of_loss) const;
  /// Reduces the weighted losses of the labels into `loss`.
  void reduce(LossReduction reduction, const std::vector<double>& losses, Tensor& loss) const;
};

}  // namespace tern::ops
