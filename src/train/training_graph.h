// The two graphs that a trainer makes of a model: one that learns, one that is measured.
#pragma once

#include <vector>

#include "tern/graph.h"
#include "tern/trainer.h"

namespace tern::train {

/// Inputs: the model's, target, learning_rate, step. Output: the loss. Updates: parameters, states
/// of the optimiser, running statistics.
Result<Graph> make_training_graph(const Graph& model, const TypeInfo& target,
                                  const TrainerOptions& options);

/// A step that only sums gradients, for TrainerOptions::accumulate. Inputs: the model's, target.
/// Output: the loss. Updates: sums of gradients, running statistics.
Result<Graph> make_accumulating_graph(const Graph& model, const TypeInfo& target,
                                      const TrainerOptions& options);

/// Inputs: the model's, target. Outputs: the loss, then the metrics.
Result<Graph> make_evaluation_graph(const Graph& model, const TypeInfo& target,
                                    const TrainerOptions& options);

/// The type of a batch of targets: `field` with a first axis of any size.
TypeInfo batch_type(const DataField& field);

}  // namespace tern::train
