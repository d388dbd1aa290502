#include "train/job/train_config.h"

#include "base/errors.h"
#include "base/file.h"
#include "train/job/shorthand.h"

namespace tern::train {
namespace {

using config::ConfigNode;
using config::ConfigReader;
using config::kRequired;

InputConfig read_input(ConfigReader r) {
  InputConfig input;
  const std::vector<std::int64_t> sizes =
      r.integers("shape", std::vector<std::int64_t>(), {.min = 1, .max = 1'000'000});
  if (const Result<Shape> shape = Shape::from(sizes); shape.ok()) {
    input.shape = *shape;
  } else {
    r.reject("shape", shape.status().message());
  }
  input.scale = r.number("scale", input.scale);
  input.mean = r.numbers("mean", input.mean);
  input.deviation = r.numbers("std", input.deviation, {.above = 0});
  input.standardize = r.boolean("standardize", false);
  if (input.scale == 0) r.reject("scale", "0 would leave nothing of the input");
  if (input.standardize && (r.has("mean") || r.has("std") || r.has("scale"))) {
    r.reject("standardize", "takes mean and std from the data; leave out scale, mean and std");
  }
  return input;
}

AugmentOptions read_augment(ConfigReader r) {
  constexpr config::NumberRange kChance{.min = 0, .max = 1};
  AugmentOptions augment;
  augment.mirror = r.number("mirror", augment.mirror, kChance);
  augment.flip = r.number("flip", augment.flip, kChance);
  augment.shift = r.integer("shift", augment.shift, {.min = 0, .max = 10'000});
  augment.fill = static_cast<float>(r.number("fill", augment.fill));
  return augment;
}

ModelConfig read_model(ConfigReader r, const ConfigNode* node, const std::string& folder) {
  ModelConfig model;
  model.onnx = r.text("onnx", "");
  model.onnx_output = r.text("output", "");
  model.trainable = r.text("train", model.trainable);
  model.layers = read_layers(r, "layers");
  if (model.onnx.empty()) {
    if (model.layers.empty()) r.reject("layers", "a model needs layers, or an onnx file");
    if (r.has("output") || r.has("train"))
      r.reject("onnx", "output and train are for an onnx file");
  } else if (node->find("onnx")->origin.line > 0) {
    model.onnx = join_path(folder, model.onnx);
  }
  return model;
}

LossConfig read_loss(ConfigReader r) {
  LossConfig loss;
  if (r.has("type")) {
    loss.kind = r.choice<LossKind>("type", kRequired,
                                   {{"cross_entropy", LossKind::kCrossEntropy},
                                    {"binary_cross_entropy", LossKind::kBinaryCrossEntropy},
                                    {"mse", LossKind::kMeanSquaredError},
                                    {"l1", LossKind::kMeanAbsoluteError},
                                    {"huber", LossKind::kHuber},
                                    {"hinge", LossKind::kMultiMargin},
                                    {"kl", LossKind::kDivergence},
                                    {"cosine", LossKind::kCosine}});
  }
  CrossEntropyOptions& options = loss.cross_entropy;
  options.label_smoothing = r.number("label_smoothing", 0, {.min = 0, .below = 1});
  options.class_weights = r.numbers("class_weights", std::vector<double>(), {.min = 0});
  if (r.has("ignore_index")) options.ignore_index = r.integer("ignore_index", kRequired);
  loss.delta = r.number("delta", loss.delta, {.above = 0});
  loss.margin = r.number("margin", loss.margin, {.above = 0});
  const bool others = loss.kind && *loss.kind != LossKind::kCrossEntropy;
  for (const char* key : {"label_smoothing", "class_weights", "ignore_index"}) {
    if (others && r.has(key)) r.reject(key, "is for cross_entropy");
  }
  return loss;
}

enum class OptimizerKind : std::uint8_t {
  kSgd,
  kAdam,
  kAdamW,
  kAdagrad,
  kRmsProp,
  kAdadelta,
  kLamb,
};

// What torch takes when nothing is said.
double default_rate(OptimizerKind kind) {
  switch (kind) {
    case OptimizerKind::kSgd:
    case OptimizerKind::kAdagrad:
    case OptimizerKind::kRmsProp: return 0.01;
    case OptimizerKind::kAdadelta: return 1;
    default: return 0.001;
  }
}

constexpr config::NumberRange kShare{.min = 0, .below = 1};

// beta1, beta2 and epsilon of Adam and LAMB.
template <class Options>
Options read_moments(ConfigReader& r, Options options, double decay) {
  options.beta1 = r.number("beta1", options.beta1, kShare);
  options.beta2 = r.number("beta2", options.beta2, kShare);
  options.epsilon = r.number("epsilon", options.epsilon, {.above = 0});
  options.weight_decay = decay;
  return options;
}

std::shared_ptr<const Optimizer> read_rule(ConfigReader& r, OptimizerKind kind, double decay) {
  switch (kind) {
    case OptimizerKind::kSgd: {
      const double momentum = r.number("momentum", 0, kShare);
      const bool nesterov = r.boolean("nesterov", false);
      return sgd({.momentum = momentum, .nesterov = nesterov, .weight_decay = decay});
    }
    case OptimizerKind::kAdam: return adam(read_moments(r, AdamOptions(), decay));
    case OptimizerKind::kAdamW: return adamw(read_moments(r, AdamOptions(), decay));
    case OptimizerKind::kLamb: return lamb(read_moments(r, LambOptions(), decay));
    case OptimizerKind::kAdagrad: {
      AdagradOptions options{.weight_decay = decay};
      options.rate_decay = r.number("rate_decay", options.rate_decay, {.min = 0});
      options.epsilon = r.number("epsilon", options.epsilon, {.above = 0});
      return adagrad(options);
    }
    case OptimizerKind::kRmsProp: {
      RmsPropOptions options{.weight_decay = decay};
      options.alpha = r.number("alpha", options.alpha, kShare);
      options.momentum = r.number("momentum", options.momentum, kShare);
      options.epsilon = r.number("epsilon", options.epsilon, {.above = 0});
      options.centered = r.boolean("centered", options.centered);
      return rmsprop(options);
    }
    case OptimizerKind::kAdadelta: {
      AdadeltaOptions options{.weight_decay = decay};
      options.rho = r.number("rho", options.rho, kShare);
      options.epsilon = r.number("epsilon", options.epsilon, {.above = 0});
      return adadelta(options);
    }
  }
  return nullptr;
}

void read_optimizer(ConfigReader r, TrainConfig& config) {
  const auto kind = r.choice<OptimizerKind>("type", OptimizerKind::kAdam,
                                            {{"sgd", OptimizerKind::kSgd},
                                             {"adam", OptimizerKind::kAdam},
                                             {"adamw", OptimizerKind::kAdamW},
                                             {"adagrad", OptimizerKind::kAdagrad},
                                             {"rmsprop", OptimizerKind::kRmsProp},
                                             {"adadelta", OptimizerKind::kAdadelta},
                                             {"lamb", OptimizerKind::kLamb}});
  config.rate = r.number("lr", default_rate(kind), {.above = 0});
  config.max_gradient_norm = r.number("max_gradient_norm", 0, {.min = 0});
  config.max_gradient_value = r.number("max_gradient_value", 0, {.min = 0});
  config.l1 = r.number("l1", 0, {.min = 0});
  config.accumulate = r.integer("accumulate", 1, {.min = 1, .max = 1 << 20});
  config.average_decay = r.number("average", 0, kShare);
  const bool shrinks = kind == OptimizerKind::kAdamW || kind == OptimizerKind::kLamb;
  const double decay = r.number("weight_decay", shrinks ? 0.01 : 0, {.min = 0});
  config.optimizer = read_rule(r, kind, decay);
}

ScheduleConfig read_schedule(ConfigReader r) {
  ScheduleConfig schedule;
  schedule.kind = r.choice<ScheduleKind>("type", schedule.kind,
                                         {{"constant", ScheduleKind::kConstant},
                                          {"step", ScheduleKind::kStep},
                                          {"cosine", ScheduleKind::kCosine},
                                          {"one_cycle", ScheduleKind::kOneCycle},
                                          {"plateau", ScheduleKind::kPlateau}});
  if (schedule.kind == ScheduleKind::kStep) {
    schedule.every = r.number("every", kRequired, {.above = 0});
    schedule.factor = r.number("factor", schedule.factor, {.above = 0});
  }
  if (schedule.kind == ScheduleKind::kCosine) {
    schedule.last = r.number("last", schedule.last, {.min = 0, .max = 1});
  }
  if (schedule.kind == ScheduleKind::kOneCycle) {
    OneCycleOptions& cycle = schedule.one_cycle;
    cycle.rise = r.number("rise", cycle.rise, {.min = 0, .max = 1});
    cycle.start = r.number("start", cycle.start, {.min = 0, .max = 1});
    cycle.last = r.number("last", cycle.last, {.min = 0, .max = 1});
    return schedule;  // has a rise of its own
  }
  if (schedule.kind == ScheduleKind::kPlateau) {
    PlateauOptions& plateau = schedule.plateau;
    plateau.patience = r.integer("patience", plateau.patience, {.min = 0});
    plateau.factor = r.number("factor", plateau.factor, {.above = 0, .below = 1});
    plateau.threshold = r.number("threshold", plateau.threshold, kShare);
    plateau.last = r.number("last", plateau.last, {.min = 0, .max = 1});
  }
  schedule.warm_up = r.number("warm_up", schedule.warm_up, {.min = 0});
  return schedule;
}

void read_checkpoint_section(ConfigReader r, TrainConfig& config) {
  config.checkpoint = r.text("path", "");
  config.checkpoint_steps = r.integer("steps", 0, {.min = 0});
  if (config.checkpoint.empty() && config.checkpoint_steps > 0) r.reject("path", "is missing");
}

}  // namespace

Result<TrainConfig> read_train_config(ConfigNode root, const std::string& folder) {
  expand_shorthand(root);
  ConfigReader r(root);
  TrainConfig config;
  config.seed = static_cast<std::uint64_t>(r.integer("seed", 1, {.min = 0}));
  config.epochs = r.integer("epochs", config.epochs, {.min = 1});
  config.batch = r.integer("batch", config.batch, {.min = 1, .max = 1 << 20});
  config.drop_last = r.boolean("drop_last", config.drop_last);
  config.threads = static_cast<int>(r.integer("threads", config.threads, {.min = 0, .max = 1024}));
  ConfigReader data = r.map("data");
  config.data = read_data_config(data, root.find("data"), folder, config.seed);
  config.augment = read_augment(r.map("augment"));
  config.input = read_input(r.map("input"));
  config.model = read_model(r.map("model"), root.find("model"), folder);
  config.loss = read_loss(r.map("loss"));
  read_optimizer(r.map("optimizer"), config);
  config.schedule = read_schedule(r.map("schedule"));
  config.patience = r.integer("patience", 0, {.min = 0});
  config.monitor = r.text("monitor", "");
  config.keep_best = r.boolean("keep_best", config.keep_best);
  read_checkpoint_section(r.map("checkpoint"), config);
  config.output = r.text("output", kRequired);
  if (!config.output.empty() && file_extension(config.output) != ".onnx") {
    r.reject("output", fmt::format("'{}' does not end in .onnx", config.output));
  }
  TERN_TRY(r.finish());
  return config;
}

}  // namespace tern::train
