// The model of a training job: input scaling, layers or an imported network, probabilities.
#pragma once

#include "tern/graph.h"
#include "train/job/train_config.h"

namespace tern::train {

/// The loss of the configuration, or the one that suits a target: classes or numbers.
LossKind loss_for(const LossConfig& config, const DataField& target);

/// The graph that is trained and exported. Input "input" takes rows as they are in the data; its
/// output gives probabilities where the loss is one of classes. Metadata: "labels", a JSON array of
/// the names of the classes, "csv_schema" of data from CSV, "image_input" of images.
Result<Graph> make_model(const TrainConfig& config, const TrainingData& data);

}  // namespace tern::train
