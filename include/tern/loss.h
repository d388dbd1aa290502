// Losses and metrics: graph functions from a model's output and its target to one number, the mean
// over the batch.
//
//   tern::Value loss = cross_entropy(scores, labels);
//
// Targets of any numeric type are converted. Errors are kept by the builder, as always.
#pragma once

#include "tern/graph_builder.h"

namespace tern {

struct CrossEntropyOptions {
  /// How much of each label is spread evenly over all classes; in [0, 1).
  double label_smoothing = 0;
};
/// Softmax and negative logarithm in one: `scores` [N, C] or [N, C, d...] before any softmax,
/// `labels` [N] or [N, d...] with integers in [0, C).
Value cross_entropy(Value scores, Value labels, const CrossEntropyOptions& options = {});

/// Sigmoid and cross-entropy in one: `scores` before any sigmoid, `target` in [0, 1].
Value binary_cross_entropy(Value scores, Value target);

// Of the differences d = output - target, which have as many elements:
Value mean_squared_error(Value output, Value target);   ///< mean of d^2
Value mean_absolute_error(Value output, Value target);  ///< mean of |d|, the L1 loss
/// Mean of d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2).
Value huber_loss(Value output, Value target, double delta = 1);

/// The share of rows whose largest score stands at the label. Arguments as for cross_entropy().
Value accuracy(Value scores, Value labels);
/// The share of elements whose score is above 0 where the target is above 1/2, and only there.
Value binary_accuracy(Value scores, Value target);

/// What a softmax or sigmoid that gives `output` has been computed from; `output` itself when it is
/// another node's. Lets a loss work on the scores of a model that ends in probabilities.
Value scores_of(Value output);

}  // namespace tern
