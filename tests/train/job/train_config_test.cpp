#include "train/job/train_config.h"

#include <gtest/gtest.h>

#include "config/config_sources.h"
#include "config/yaml.h"
#include "tests/support/status_matchers.h"

namespace tern::train {
namespace {

using tern::testing::IsOk;

Result<TrainConfig> read(std::string_view yaml, const std::vector<std::string>& sets = {}) {
  auto root = config::parse_yaml(yaml, "t.yaml");
  if (!root.ok()) return root.status();
  for (const std::string& set : sets) {
    if (Status s = apply_override(*root, set, "--set " + set); !s.ok()) return s;
  }
  return read_train_config(*std::move(root), "conf");
}

std::string mistakes(std::string_view yaml) { return std::string(read(yaml).status().message()); }

constexpr std::string_view kSmall =
    "data: {type: csv, path: a.csv}\n"
    "model: [dense: 3]\n"
    "output: a.onnx\n";

TEST(TrainConfig, HasDefaultsForAllButDataModelAndOutput) {
  const auto config = read(kSmall);
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->data.files.path, "conf/a.csv");
  EXPECT_EQ(config->data.csv.label, "last");
  EXPECT_EQ(config->epochs, 10);
  EXPECT_EQ(config->batch, 32);
  EXPECT_EQ(config->rate, 0.001);
  EXPECT_FALSE(config->loss.kind.has_value());
  EXPECT_TRUE(config->keep_best);
  EXPECT_EQ(config->output, "a.onnx");
  ASSERT_EQ(config->model.layers.size(), 1u);
  EXPECT_EQ(config->model.layers[0].place, "model.layers[0]");
}

TEST(TrainConfig, ReadsEverything) {
  const auto config = read(
      "data: {type: csv, path: /x/a.csv, label: species, labels: classes, separator: tab,\n"
      "  header: true, classes: [b, a], text: one_hot, missing: mean,\n"
      "  validation: {fraction: 0.25, seed: 9}, threads: 3}\n"
      "input: {shape: [1, 8, 8], scale: 0.5, mean: 2, std: [4]}\n"
      "model:\n"
      "  - conv: {channels: 4, kernel: [3, 5], same: true, name: first}\n"
      "  - leaky_relu\n"
      "  - dropout: 0.25\n"
      "  - embedding: {count: 7, size: 2}\n"
      "  - residual: {layers: [batch_norm], shortcut: [dense: 2]}\n"
      "loss: {type: huber, delta: 2}\n"
      "optimizer: {type: sgd, lr: 0.1, momentum: 0.9, nesterov: true, max_gradient_norm: 5}\n"
      "schedule: {type: cosine, last: 0.1, warm_up: 0.5}\n"
      "epochs: 3\nbatch: 16\nseed: 7\nthreads: 2\npatience: 4\nmonitor: loss\nkeep_best: false\n"
      "checkpoint: {path: a.ckpt, steps: 100}\n"
      "output: out/a.onnx\n");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->data.files.path, "/x/a.csv");
  EXPECT_EQ(config->data.csv.separator, '\t');
  EXPECT_EQ(config->data.csv.header, true);
  EXPECT_EQ(config->data.csv.classes, (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(config->data.csv.text, TextColumns::kOneHot);
  EXPECT_EQ(config->data.validation_fraction, 0.25);
  EXPECT_EQ(config->data.split_seed, 9u);
  EXPECT_EQ(config->input.deviation, std::vector<double>{4});
  const auto& layers = config->model.layers;
  ASSERT_EQ(layers.size(), 5u);
  const auto& conv = std::get<nn::Conv>(layers[0].layer);
  EXPECT_EQ(conv.channels, 4);
  EXPECT_EQ(conv.kernel, (std::vector<std::int64_t>{3, 5}));
  EXPECT_TRUE(conv.same);
  EXPECT_EQ(conv.name, "first");
  EXPECT_EQ(std::get<nn::Activate>(layers[1].layer).kind, nn::Activation::kLeakyRelu);
  EXPECT_EQ(std::get<nn::Dropout>(layers[2].layer).ratio, 0.25F);
  EXPECT_EQ(std::get<nn::Embedding>(layers[3].layer).count, 7);
  const auto& residual = std::get<nn::Residual>(layers[4].layer);
  EXPECT_EQ(nn::kind_of(residual.body.at(0)), "batch_norm");
  EXPECT_EQ(std::get<nn::Dense>(residual.shortcut.at(0)).units, 2);
  EXPECT_EQ(config->loss.kind, LossKind::kHuber);
  EXPECT_EQ(config->loss.delta, 2);
  EXPECT_EQ(config->max_gradient_norm, 5);
  EXPECT_EQ(config->schedule.kind, ScheduleKind::kCosine);
  EXPECT_EQ(config->schedule.warm_up, 0.5);
  EXPECT_EQ(config->patience, 4);
  EXPECT_FALSE(config->keep_best);
  EXPECT_EQ(config->checkpoint, "a.ckpt");
  EXPECT_EQ(config->checkpoint_steps, 100);
}

TEST(TrainConfig, PathsOfTheCommandLineAreThoseOfTheCurrentFolder) {
  const auto config = read(kSmall, {"data.path=other/b.csv"});
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->data.files.path, "other/b.csv");
}

TEST(TrainConfig, MnistsFilesHaveTheirNames) {
  const auto config = read(
      "data: {type: idx, path: mnist, validation: {images: i, labels: l}}\n"
      "model: [flatten, dense: 10]\noutput: a.onnx\n");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->data.files.inputs, "conf/mnist/train-images-idx3-ubyte");
  EXPECT_EQ(config->data.files.labels, "conf/mnist/train-labels-idx1-ubyte");
  EXPECT_EQ(config->data.validation_files->inputs, "conf/mnist/i");
}

TEST(TrainConfig, ImagesHaveASizeAndMayBeChangedAtRandom) {
  const auto config = read(
      "data: {type: images, path: pets, size: [32, 48], fit: pad, color: gray, classes: [cat, "
      "dog],\n"
      "  validation: {path: more}}\n"
      "augment: {mirror: 0.5, shift: 4}\n"
      "model: [lstm: 4, gru: {units: 3, sequence: true, bidirectional: true}]\noutput: a.onnx\n");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->data.files.path, "conf/pets");
  EXPECT_EQ(config->data.validation_files->path, "conf/more");
  EXPECT_EQ(config->data.image.height, 32);
  EXPECT_EQ(config->data.image.width, 48);
  EXPECT_EQ(config->data.image.fit, ImageFit::kPad);
  EXPECT_EQ(config->data.image.decode.format, PixelFormat::kGray);
  EXPECT_EQ(config->data.classes, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(config->augment.mirror, 0.5);
  EXPECT_EQ(config->augment.shift, 4);
  const auto& gru = std::get<nn::Recurrent>(config->model.layers[1].layer);
  EXPECT_EQ(gru.kind, nn::RecurrentKind::kGru);
  EXPECT_TRUE(gru.sequence && gru.bidirectional);
}

TEST(TrainConfig, EveryMistakeIsNamedWithItsPlace) {
  const std::string text = mistakes(
      "data: {type: csv, path: a.csv, lable: x}\n"
      "model:\n"
      "  - {type: dense}\n"
      "  - conv: {channels: 0}\n"
      "  - rellu\n"
      "  - dropout: 1.5\n"
      "optimizer: {type: adam, lr: -1}\n"
      "epochs: ten\n"
      "output: a.txt\n");
  EXPECT_EQ(text,
            "t.yaml:1:32: data.lable: unknown key\n"
            "t.yaml:3:5: model.layers[0].units: is required\n"
            "t.yaml:4:22: model.layers[1].channels: 0 is below 1\n"
            "t.yaml:5:5: model.layers[2].type: \"rellu\" is not average_pool, batch_norm, conv, "
            "dense, dropout, elu, embedding, flatten, gelu, global_average_pool, gru, "
            "hard_swish, layer_norm, leaky_relu, log_softmax, lstm, max_pool, mish, relu, reshape, "
            "residual, rnn, selu, sigmoid, silu, softmax, softplus or tanh\n"
            "t.yaml:6:14: model.layers[3].ratio: 1.5 is not below 1\n"
            "t.yaml:7:29: optimizer.lr: -1 is not above 0\n"
            "t.yaml:8:9: epochs: \"ten\" is not a whole number\n"
            "t.yaml:9:9: output: 'a.txt' does not end in .onnx");
}

TEST(TrainConfig, KeysOfOtherSettingsAreUnknown) {
  EXPECT_NE(mistakes(std::string(kSmall) + "optimizer: {type: sgd, beta1: 0.9}\n").find("beta1"),
            std::string::npos);
  EXPECT_NE(
      mistakes(std::string(kSmall) + "schedule: {type: constant, factor: 2}\n").find("factor"),
      std::string::npos);
  EXPECT_NE(mistakes("output: a.onnx\n").find("data.type: is required"), std::string::npos);
  EXPECT_NE(mistakes("output: a.onnx\n").find("a model needs layers"), std::string::npos);
}

TEST(TrainConfig, OptimizersHaveRatesAndKeysOfTheirOwn) {
  const auto rate_of = [](const std::string& section) {
    const auto config = read(std::string(kSmall) + "optimizer: {" + section + "}\n");
    EXPECT_THAT(config, IsOk()) << section;
    return config.ok() && config->optimizer != nullptr ? config->rate : -1;
  };
  EXPECT_EQ(rate_of("type: sgd, momentum: 0.9, nesterov: true"), 0.01);
  EXPECT_EQ(rate_of("type: adamw, beta1: 0.8, weight_decay: 0.1"), 0.001);
  EXPECT_EQ(rate_of("type: adagrad, rate_decay: 0.1, epsilon: 1e-8"), 0.01);
  EXPECT_EQ(rate_of("type: rmsprop, alpha: 0.9, momentum: 0.5, centered: true"), 0.01);
  EXPECT_EQ(rate_of("type: adadelta, rho: 0.95"), 1);
  EXPECT_EQ(rate_of("type: lamb, beta2: 0.99, epsilon: 1e-5"), 0.001);
  EXPECT_NE(mistakes(std::string(kSmall) + "optimizer: {type: adadelta, rho: 1}\n")
                .find("optimizer.rho: 1 is not below 1"),
            std::string::npos);
  EXPECT_NE(mistakes(std::string(kSmall) + "optimizer: {type: lamb, momentum: 0.9}\n")
                .find("optimizer.momentum: unknown key"),
            std::string::npos);
}

TEST(TrainConfig, SchedulesAndLimitsHaveOptions) {
  const auto cycle =
      read(std::string(kSmall) +
           "schedule: {type: one_cycle, rise: 0.2, start: 0.1, last: 0.01}\n"
           "optimizer: {max_gradient_value: 2, l1: 0.5, accumulate: 4, average: 0.99}\n");
  ASSERT_THAT(cycle, IsOk());
  EXPECT_EQ(cycle->schedule.kind, ScheduleKind::kOneCycle);
  EXPECT_EQ(cycle->schedule.one_cycle.rise, 0.2);
  EXPECT_EQ(cycle->schedule.one_cycle.start, 0.1);
  EXPECT_EQ(cycle->schedule.one_cycle.last, 0.01);
  EXPECT_EQ(cycle->max_gradient_value, 2);
  EXPECT_EQ(cycle->l1, 0.5);
  EXPECT_EQ(cycle->accumulate, 4);
  EXPECT_EQ(cycle->average_decay, 0.99);
  const auto plateau =
      read(std::string(kSmall) + "schedule: {type: plateau, patience: 2, factor: 0.5}\n");
  ASSERT_THAT(plateau, IsOk());
  EXPECT_EQ(plateau->schedule.kind, ScheduleKind::kPlateau);
  EXPECT_EQ(plateau->schedule.plateau.patience, 2);
  EXPECT_EQ(plateau->schedule.plateau.factor, 0.5);
  EXPECT_NE(mistakes(std::string(kSmall) + "schedule: {type: one_cycle, warm_up: 1}\n")
                .find("schedule.warm_up: unknown key"),
            std::string::npos);
  EXPECT_NE(mistakes(std::string(kSmall) + "optimizer: {average: 1}\n")
                .find("optimizer.average: 1 is not below 1"),
            std::string::npos);
}

TEST(TrainConfig, LossesHaveOptions) {
  const auto config =
      read(std::string(kSmall) +
           "loss: {type: cross_entropy, class_weights: [1, 2.5], ignore_index: -1}\n");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->loss.cross_entropy.class_weights, (std::vector<double>{1, 2.5}));
  EXPECT_EQ(config->loss.cross_entropy.ignore_index, -1);
  const auto hinge = read(std::string(kSmall) + "loss: {type: hinge, margin: 2}\n");
  ASSERT_THAT(hinge, IsOk());
  EXPECT_EQ(hinge->loss.kind, LossKind::kMultiMargin);
  EXPECT_EQ(hinge->loss.margin, 2);
  EXPECT_NE(mistakes(std::string(kSmall) + "loss: {type: hinge, class_weights: [1, 2]}\n")
                .find("loss.class_weights: is for cross_entropy"),
            std::string::npos);
}

TEST(TrainConfig, ShapesHaveLimits) {
  EXPECT_NE(mistakes(std::string(kSmall) + "input: {shape: [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}\n")
                .find("input.shape: rank 17 is above the limit of 16"),
            std::string::npos);
  EXPECT_NE(mistakes(std::string(kSmall) + "input: {shape: [1e6, 1e6, 1e6, 1e6]}\n").find("2^62"),
            std::string::npos);
}

TEST(TrainConfig, ContradictionsAreRefused) {
  EXPECT_NE(mistakes(std::string(kSmall) + "input: {standardize: true, mean: 1}\n")
                .find("input.standardize"),
            std::string::npos);
  EXPECT_NE(mistakes("data: {type: csv, path: a, validation: {fraction: 0.1, path: b}}\n"
                     "model: [dense: 1]\noutput: a.onnx\n")
                .find("either a fraction or files"),
            std::string::npos);
  EXPECT_NE(mistakes(std::string(kSmall) + "checkpoint: {steps: 3}\n").find("checkpoint.path"),
            std::string::npos);
}

}  // namespace
}  // namespace tern::train
