// A training configuration (docs/train.md describes the file).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config_node.h"
#include "tern/augment.h"
#include "tern/loss.h"
#include "tern/optimizer.h"
#include "tern/trainer.h"
#include "train/job/data_config.h"
#include "train/job/layer_config.h"

namespace tern::train {

/// What becomes of raw inputs: (x * scale - mean) / deviation, as the first nodes of the model.
struct InputConfig {
  Shape shape;  ///< of one row; empty: as in the data
  double scale = 1;
  std::vector<double> mean = {0};       ///< one number, or one per entry of the first axis
  std::vector<double> deviation = {1};  ///< likewise
  bool standardize = false;             ///< mean and deviation of the training data
};

struct ModelConfig {
  std::string onnx;             ///< a model to go on with; empty: layers alone
  std::string onnx_output;      ///< which of its values the layers continue; empty: its output
  std::string trainable = "*";  ///< pattern for make_trainable()
  std::vector<LayerConfig> layers;
};

enum class LossKind : std::uint8_t {
  kCrossEntropy,
  kBinaryCrossEntropy,
  kMeanSquaredError,
  kMeanAbsoluteError,
  kHuber,
  kMultiMargin,
  kDivergence,
  kCosine,
};

struct LossConfig {
  std::optional<LossKind> kind;  ///< nothing: what suits the labels
  CrossEntropyOptions cross_entropy;
  double delta = 1;   ///< of huber
  double margin = 1;  ///< of hinge
};

enum class ScheduleKind : std::uint8_t { kConstant, kStep, kCosine, kOneCycle, kPlateau };

/// Lengths in epochs, which the number of batches makes steps.
struct ScheduleConfig {
  ScheduleKind kind = ScheduleKind::kConstant;
  double every = 1;
  double factor = 0.1;
  double last = 0;  ///< share of the rate that is left at the end
  double warm_up = 0;
  OneCycleOptions one_cycle;
  PlateauOptions plateau;
};

struct TrainConfig {
  DataConfig data;
  AugmentOptions augment;  ///< of images, while training
  InputConfig input;
  ModelConfig model;
  LossConfig loss;
  std::shared_ptr<const Optimizer> optimizer;
  double rate = 1e-3;
  double max_gradient_norm = 0;
  double max_gradient_value = 0;
  double l1 = 0;
  std::int64_t accumulate = 1;
  double average_decay = 0;
  ScheduleConfig schedule;
  std::int64_t epochs = 10;
  std::int64_t batch = 32;
  bool drop_last = false;
  std::uint64_t seed = 1;
  int threads = 0;
  std::int64_t patience = 0;
  std::string monitor;
  bool keep_best = true;
  std::string checkpoint;
  std::int64_t checkpoint_steps = 0;
  std::string output;
};

/// Reads a configuration; kInvalidArgument with every mistake in it, each with its place. Paths of
/// files to read are taken from `folder`, that of the file; paths to write from the current one.
Result<TrainConfig> read_train_config(config::ConfigNode root, const std::string& folder);

}  // namespace tern::train
