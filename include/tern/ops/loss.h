// Losses of classification (onnx.ai/onnx/operators), and their gradients (tern domain). Scores are
// [N, C, d...], labels [N, d...] with integers in [0, C), class weights [C].
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// What becomes of the losses of the single labels. kMean divides by the sum of the labels'
/// weights.
enum class LossReduction : int { kNone, kMean, kSum };

/// -weight[label] * input[label]. Inputs: input (log probabilities), target, weight (optional).
/// Labels equal to `ignore_index` count nothing.
struct NegativeLogLikelihoodLoss {
  std::optional<std::int64_t> ignore_index;
  LossReduction reduction = LossReduction::kMean;
  static constexpr auto fields =
      Fields{Field{"ignore_index", &NegativeLogLikelihoodLoss::ignore_index},
             Field{"reduction", &NegativeLogLikelihoodLoss::reduction}};
};

/// The gradient of NegativeLogLikelihoodLoss with respect to its input from that of the loss, the
/// input (only its shape is read), target and weight.
struct NegativeLogLikelihoodLossGrad {
  std::optional<std::int64_t> ignore_index;
  LossReduction reduction = LossReduction::kMean;
  static constexpr auto fields =
      Fields{Field{"ignore_index", &NegativeLogLikelihoodLossGrad::ignore_index},
             Field{"reduction", &NegativeLogLikelihoodLossGrad::reduction}};
};

/// -weight[label] * log(softmax(scores))[label]. Inputs: scores, labels, weights (optional).
/// Output 1 is log(softmax(scores)).
struct SoftmaxCrossEntropyLoss {
  std::optional<std::int64_t> ignore_index;
  LossReduction reduction = LossReduction::kMean;
  static constexpr auto fields =
      Fields{Field{"ignore_index", &SoftmaxCrossEntropyLoss::ignore_index},
             Field{"reduction", &SoftmaxCrossEntropyLoss::reduction}};
};

/// The gradient of SoftmaxCrossEntropyLoss with respect to the scores from that of the loss,
/// scores, labels and weights.
struct SoftmaxCrossEntropyLossGrad {
  std::optional<std::int64_t> ignore_index;
  LossReduction reduction = LossReduction::kMean;
  static constexpr auto fields =
      Fields{Field{"ignore_index", &SoftmaxCrossEntropyLossGrad::ignore_index},
             Field{"reduction", &SoftmaxCrossEntropyLossGrad::reduction}};
};

}  // namespace tern::ops

namespace tern {

template <>
struct AttributeEnum<ops::LossReduction> {
  static constexpr std::array<std::string_view, 3> names{"none", "mean", "sum"};
};

}  // namespace tern
