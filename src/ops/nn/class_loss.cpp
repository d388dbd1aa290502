#include "ops/nn/class_loss.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/nn/normalization.h"

namespace tern::ops {

Result<TypeInfo> infer_class_loss(LossReduction reduction, const TypeInfo& scores,
                                  const TypeInfo& labels, const TypeInfo& weights) {
  if (scores.rank() < 2) {
    return invalid_argument("the scores have rank {}, not at least 2", scores.rank());
  }
  TypeInfo wanted = scores;
  wanted.shape.erase(wanted.shape.begin() + 1);
  TERN_TRY(check_same_shape("the labels", labels, "the loss", wanted));
  if (weights.dtype != DType::kUndefined) {
    TERN_TRY(check_channel_vector("weights", weights, scores.shape[1]));
  }
  if (reduction != LossReduction::kNone) return TypeInfo(scores.dtype, std::vector<Dim>());
  return TypeInfo(scores.dtype, labels.shape);
}

Status check_loss_gradient(const TypeInfo& gradient, const TypeInfo& loss) {
  return check_same_shape("the gradient", gradient, "the loss", loss);
}

Result<ClassLabels> ClassLabels::read(const tern::Shape& scores, const Tensor& labels,
                                      const Tensor* weights,
                                      std::optional<std::int64_t> ignore_index) {
  ClassLabels result;
  result.classes = scores[1];
  result.inner = scores.elements(2, scores.rank());
  const IntReader in(labels);
  for (std::int64_t i = 0, n = labels.elements(); i < n; ++i) {
    const std::int64_t label = in[i];
    const bool ignored = ignore_index && label == *ignore_index;
    if (!ignored && (label < 0 || label >= result.classes)) {
      return out_of_range("label {} at {} is not in [0, {})", label, i, result.classes);
    }
    result.label.push_back(ignored ? 0 : label);
    result.weight.push_back(ignored ? 0.0 : weights != nullptr ? FloatReader(*weights)[label] : 1);
    result.total_weight += result.weight.back();
  }
  return result;
}

double ClassLabels::log_sum_exp(std::span<const double> scores, std::size_t i) const {
  double largest = -std::numeric_limits<double>::infinity();
  for (std::int64_t k = 0; k < classes; ++k) largest = std::max(largest, scores[score(i, k)]);
  double sum = 0;
  for (std::int64_t k = 0; k < classes; ++k) sum += std::exp(scores[score(i, k)] - largest);
  return largest + std::log(sum);
}

std::vector<double> ClassLabels::gradients(LossReduction reduction, const Tensor& of_loss) const {
  const FloatReader d(of_loss);
  std::vector<double> result(size());
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (weight[i] == 0) continue;
    const double from_above =
        d[reduction == LossReduction::kNone ? static_cast<std::int64_t>(i) : 0];
    result[i] = from_above * weight[i] / (reduction == LossReduction::kMean ? total_weight : 1.0);
  }
  return result;
}

void ClassLabels::reduce(LossReduction reduction, const std::vector<double>& losses,
                         Tensor& loss) const {
  if (reduction == LossReduction::kNone) return write_f64(losses, loss);
  const double sum = std::accumulate(losses.begin(), losses.end(), 0.0);
  FloatWriter(loss).set(0, reduction == LossReduction::kMean ? sum / total_weight : sum);
}

}  // namespace tern::ops
