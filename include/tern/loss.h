// Losses and metrics: graph functions from a model's output and its target to one number, the mean
// over the batch.
//
//   tern::Value loss = cross_entropy(scores, labels);
//
// Targets of any numeric type are converted. Errors are kept by the builder, as always.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tern/graph_builder.h"

namespace tern {

struct CrossEntropyOptions {
  /// How much of each label is spread evenly over all classes; in [0, 1).
  double label_smoothing = 0;
  /// One number of 0 or more per class; empty: all are 1. The mean is then that of weighted losses
  /// divided by the mean weight of the labels.
  std::vector<double> class_weights = {};
  /// Rows with this label, which may lie outside of [0, C), count nothing.
  std::optional<std::int64_t> ignore_index = {};
};
/// Softmax and negative logarithm in one: `scores` [N, C] or [N, C, d...] before any softmax,
/// `labels` [N] or [N, d...] with integers in [0, C). With w the class weights, t the labels that
/// count, p = softmax(scores) and e the smoothing:
///   sum of ((1 - e) w[t] -log p[t] + e / C sum over classes c of w[c] -log p[c]) / sum of w[t]
/// Not a number when no label counts.
Value cross_entropy(Value scores, Value labels, const CrossEntropyOptions& options = {});

/// Sigmoid and cross-entropy in one: `scores` before any sigmoid, `target` in [0, 1].
Value binary_cross_entropy(Value scores, Value target);

// Of the differences d = output - target, which have as many elements:
Value mean_squared_error(Value output, Value target);   ///< mean of d^2
Value mean_absolute_error(Value output, Value target);  ///< mean of |d|, the L1 loss
/// Mean of d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2).
Value huber_loss(Value output, Value target, double delta = 1);

/// Hinge loss of two classes, mean of max(0, 1 - y scores): y is 1 where the target is above 1/2,
/// else -1, so that labels may be 0 and 1 or -1 and 1.
Value hinge_loss(Value scores, Value target);
/// Hinge loss of C classes: mean over the rows of the sum over the other classes c of
/// max(0, margin - scores[t] + scores[c]), divided by C. `scores` [N, C] with C known, `labels`
/// [N].
Value multi_margin_loss(Value scores, Value labels, double margin = 1);

/// Kullback-Leibler divergence of softmax(scores) from the distributions `target`, both [N, C]: sum
/// of target (log target - log softmax(scores)), divided by N. Targets of 0 count nothing.
Value kl_divergence(Value scores, Value target);

// With cos(a, b) = a.b / sqrt((a.a + 1e-12) (b.b + 1e-12)) of the last axis:
Value cosine_loss(Value output, Value target);  ///< mean of 1 - cos
/// Mean over pairs of 1 - cos where `same` is above 0, else of max(0, cos - margin). a and b are
/// [N, D], `same` [N] with 1 and -1 (or 0).
Value cosine_embedding_loss(Value a, Value b, Value same, double margin = 0);

/// Mean over rows of max(0, |anchor - positive| - |anchor - negative| + margin), all [N, D]; |x| is
/// the root of the sum of (x + 1e-6)^2.
Value triplet_loss(Value anchor, Value positive, Value negative, double margin = 1);

/// The share of rows whose largest score stands at the label. Arguments as for cross_entropy().
Value accuracy(Value scores, Value labels);
/// The same among rows whose label is not `ignore_index`; not a number when there is none.
Value accuracy_without(Value scores, Value labels, std::int64_t ignore_index);
/// The share of elements whose score is above 0 where the target is above 1/2, and only there.
Value binary_accuracy(Value scores, Value target);

/// What a softmax or sigmoid that gives `output` has been computed from; `output` itself when it is
/// another node's. Lets a loss work on the scores of a model that ends in probabilities.
Value scores_of(Value output);

}  // namespace tern
