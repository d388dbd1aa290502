#include "tern/loss.h"

#include <cmath>

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

// 1 where a label counts, else 0, in the type of the scores; nothing when all of them count.
Value counting(Value labels, std::optional<std::int64_t> ignore_index, DType type) {
  if (!ignore_index) return {};
  const Value ignored =
      labels.builder()->scalar_of(labels.dtype(), static_cast<double>(*ignore_index));
  return cast(logical_not(equal(labels, ignored)), type);
}

// The part of label smoothing: the cross-entropy against the even distribution, which is the mean
// of -log(softmax) over the classes, each times its weight.
Value even_cross_entropy(Value scores, Value labels, Value weights,
                         std::optional<std::int64_t> ignore_index) {
  Value surprise = -log_softmax(scores, 1);
  if (!weights.present() && !ignore_index) return mean(surprise);
  const Value counts = counting(labels, ignore_index, scores.dtype());
  Value share = counts;  // what each label adds to the divisor
  if (weights.present()) {
    std::vector<std::int64_t> along{-1};  // C, then ones for the axes behind the classes
    for (int axis = 2; axis < scores.rank(); ++axis) along.push_back(1);
    surprise = surprise * reshape(weights, along);
    // An ignored label is no position among the weights.
    const Value position = counts.present() ? labels * cast(counts, labels.dtype()) : labels;
    share = gather(weights, position);
    if (counts.present()) share = share * counts;
  }
  Value row = reduce_mean(surprise, {1}, false);
  if (counts.present()) row = row * counts;
  return reduce_sum(row, {}, false) / reduce_sum(share, {}, false);
}

// The cosine of the angles between the last axes of a and b.
Value cosine(Value a, Value b) {
  const auto dot = [](Value x, Value y) { return reduce_sum(x * y, {-1}, false); };
  return dot(a, b) / sqrt((dot(a, a) + 1e-12) * (dot(b, b) + 1e-12));
}

Value distance_of(Value a, Value b) {
  const Value d = a - b + 1e-6;  // torch's, and the root has a derivative everywhere
  return sqrt(reduce_sum(d * d, {-1}, false));
}

// Whether each row's largest score stands at its label, as f32; `labels` get the shape of that.
Value hits(Value scores, Value& labels) {
  const Value found = argmax(scores, 1, false);
  if (labels.dtype() != DType::kI64) labels = cast(labels, DType::kI64);
  if (labels.rank() != found.rank()) labels = reshape(labels, shape_of(found));
  return cast(equal(found, labels), DType::kF32);
}

}  // namespace

Value cross_entropy(Value scores, Value labels, const CrossEntropyOptions& options) {
  if (!are_present(scores, labels)) return {};
  GraphBuilder& b = *scores.builder();
  const double smoothing = options.label_smoothing;
  if (!(smoothing >= 0 && smoothing < 1)) {
    b.fail(invalid_argument("label smoothing {} is not in [0, 1)", smoothing));
    return {};
  }
  for (const double weight : options.class_weights) {
    if (weight >= 0 && std::isfinite(weight)) continue;
    b.fail(invalid_argument("class weight {} is not a number of 0 or more", weight));
    return {};
  }
  labels = to_labels(labels);
  const Value weights = options.class_weights.empty()
                            ? Value()
                            : cast(b.constant(*Tensor::from<double>(
                                       {static_cast<std::int64_t>(options.class_weights.size())},
                                       options.class_weights)),
                                   scores.dtype());
  const ops::SoftmaxCrossEntropyLoss op{.ignore_index = options.ignore_index};
  const Value exact =
      weights.present() ? b.op(op, {scores, labels, weights}) : b.op(op, {scores, labels});
  if (smoothing == 0) return exact;
  return exact * (1 - smoothing) +
         even_cross_entropy(scores, labels, weights, options.ignore_index) * smoothing;
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

Value hinge_loss(Value scores, Value target) {
  if (!are_present(scores, target)) return {};
  const Value sign = cast(greater(like(target, scores), 0.5), scores.dtype()) * 2.0 - 1.0;
  return mean(relu(1.0 - sign * scores));
}

Value multi_margin_loss(Value scores, Value labels, double margin) {
  if (!are_present(scores, labels)) return {};
  GraphBuilder& b = *scores.builder();
  if (!(margin > 0) || scores.rank() != 2 || !scores.type().shape[1].known()) {
    b.fail(invalid_argument(
        "multi_margin_loss: margin {} for scores of rank {}; it takes a margin above 0 and scores "
        "[N, C] with C known",
        margin, scores.rank()));
    return {};
  }
  const Value column = reshape(to_labels(labels), {-1, 1});
  const Value right = b.op(ops::GatherElements{.axis = 1}, {scores, column});
  // The right class itself adds `margin` to every row and nothing to the gradient.
  const auto classes = static_cast<double>(scores.type().shape[1].value());
  return mean(relu(scores - right + margin)) - margin / classes;
}

Value kl_divergence(Value scores, Value target) {
  if (!are_present(scores, target)) return {};
  const Value t = like(target, scores);
  const Value information = log(where(greater(t, 0.0), t, 1.0));  // 0 log(0) counts as 0
  return mean(reduce_sum(t * (information - log_softmax(scores, 1)), {1}, false));
}

Value cosine_loss(Value output, Value target) {
  if (!are_present(output, target)) return {};
  return mean(1.0 - cosine(output, like(target, output)));
}

Value cosine_embedding_loss(Value a, Value b, Value same, double margin) {
  if (!are_present(a, b) || !same.present()) return {};
  const Value c = cosine(a, like(b, a));
  const Value pulls = greater(like(same, c), 0.0);
  return mean(where(pulls, 1.0 - c, relu(c - margin)));
}

Value triplet_loss(Value anchor, Value positive, Value negative, double margin) {
  if (!are_present(anchor, positive) || !negative.present()) return {};
  return mean(relu(distance_of(anchor, positive) - distance_of(anchor, negative) + margin));
}

Value accuracy(Value scores, Value labels) {
  if (!are_present(scores, labels)) return {};
  return mean(hits(scores, labels));
}

Value accuracy_without(Value scores, Value labels, std::int64_t ignore_index) {
  if (!are_present(scores, labels)) return {};
  const Value hit = hits(scores, labels);
  const Value counts = counting(labels, ignore_index, DType::kF32);
  return reduce_sum(hit * counts, {}, false) / reduce_sum(counts, {}, false);
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
