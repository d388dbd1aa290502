#include "tern/loss.h"

#include "base/errors.h"
#include "tern/functions.h"
#include "tern/ops/loss.h"

namespace tern {
namespace {

Value to_labels(Value labels) {
  const bool fits = labels.dtype() == DType::kI64 || labels.dtype() == DType::kI32;
  return fits ? labels : cast(labels, DType::kI64);
}

// The target in the output's type and shape: a column of targets may come as [N] or as [N, 1], and
// broadcasting one against the other would quietly compare every row with every other.
Value like(Value target, Value output) {
  if (!output.present() || !target.present()) return {};
  if (target.dtype() != output.dtype()) target = cast(target, output.dtype());
  return target.rank() == output.rank() ? target : reshape(target, shape_of(output));
}

Value mean(Value x) { return reduce_mean(x, {}, false); }

bool are_present(Value a, Value b) { return a.present() && b.present(); }

}  // namespace

Value cross_entropy(Value scores, Value labels, const CrossEntropyOptions& options) {
  if (!are_present(scores, labels)) return {};
  GraphBuilder& b = *scores.builder();
  const double smoothing = options.label_smoothing;
  if (!(smoothing >= 0 && smoothing < 1)) {
    b.fail(invalid_argument("label smoothing {} is not in [0, 1)", smoothing));
    return {};
  }
  const Value exact = b.op(ops::SoftmaxCrossEntropyLoss{}, {scores, to_labels(labels)});
  if (smoothing == 0) return exact;
  // Against the even distribution the cross-entropy is the mean of -log(softmax) over the classes.
  return exact * (1 - smoothing) - mean(log_softmax(scores, 1)) * smoothing;
}

// -t log(s) - (1 - t) log(1 - s) with s = sigmoid(x) is log(1 + exp(x)) - t x, which cannot
// overflow.
Value binary_cross_entropy(Value scores, Value target) {
  if (!are_present(scores, target)) return {};
  return mean(softplus(scores) - like(target, scores) * scores);
}

Value mean_squared_error(Value output, Value target) {
  if (!are_present(output, target)) return {};
  const Value d = output - like(target, output);
  return mean(d * d);
}

Value mean_absolute_error(Value output, Value target) {
  if (!are_present(output, target)) return {};
  return mean(abs(output - like(target, output)));
}

Value huber_loss(Value output, Value target, double delta) {
  if (!are_present(output, target)) return {};
  if (!(delta > 0)) {
    output.builder()->fail(invalid_argument("huber_loss: delta {} is not above 0", delta));
    return {};
  }
  // With c = |d| clipped to delta both cases are c (|d| - c / 2).
  const Value distance = abs(output - like(target, output));
  const Value clipped = clip(distance, 0, delta);
  return mean(clipped * (distance - clipped * 0.5));
}

Value accuracy(Value scores, Value labels) {
  if (!are_present(scores, labels)) return {};
  const Value found = argmax(scores, 1, false);
  if (labels.dtype() != DType::kI64) labels = cast(labels, DType::kI64);
  if (labels.rank() != found.rank()) labels = reshape(labels, shape_of(found));
  return mean(cast(equal(found, labels), DType::kF32));
}

Value binary_accuracy(Value scores, Value target) {
  if (!are_present(scores, target)) return {};
  const Value agree = equal(greater(scores, 0.0), greater(like(target, scores), 0.5));
  return mean(cast(agree, DType::kF32));
}

Value scores_of(Value output) {
  if (!output.present()) return {};
  const Graph& graph = output.builder()->graph();
  const NodeId producer = graph.value(output.id()).producer;
  if (producer == kNoNode) return output;
  const Node& node = graph.node(producer);
  const auto* softmax = node.op.as<ops::Softmax>();
  const bool over_classes =
      softmax != nullptr && (softmax->axis == 1 || (softmax->axis == -1 && output.rank() == 2));
  if (!over_classes && !node.op.is<ops::Sigmoid>()) return output;
  return {output.builder(), node.inputs[0]};
}

}  // namespace tern
