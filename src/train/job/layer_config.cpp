#include "train/job/layer_config.h"

namespace tern::train {
namespace {

using config::ConfigReader;
using config::kRequired;
using Sizes = std::vector<std::int64_t>;

constexpr std::int64_t kMaxSize = 1'000'000;
constexpr config::IntegerRange kSize{.min = 1, .max = kMaxSize};
constexpr config::IntegerRange kPadding{.min = 0, .max = kMaxSize};

nn::Initializer read_initializer(ConfigReader& r, nn::Initializer fallback) {
  using enum nn::Initializer;
  return r.choice<nn::Initializer>("weights", fallback,
                                   {{"zeros", kZeros},
                                    {"ones", kOnes},
                                    {"kaiming_uniform", kKaimingUniform},
                                    {"kaiming_normal", kKaimingNormal},
                                    {"xavier_uniform", kXavierUniform},
                                    {"xavier_normal", kXavierNormal},
                                    {"unit_normal", kUnitNormal}});
}

nn::Layer read_dense(ConfigReader& r) {
  nn::Dense layer;
  layer.units = r.integer("units", kRequired, kSize);
  layer.bias = r.boolean("bias", layer.bias);
  layer.weights = read_initializer(r, layer.weights);
  layer.name = r.text("name", "");
  return layer;
}

nn::Layer read_conv(ConfigReader& r) {
  nn::Conv layer;
  layer.channels = r.integer("channels", kRequired, kSize);
  layer.kernel = r.integers("kernel", layer.kernel, kSize);
  layer.stride = r.integers("stride", layer.stride, kSize);
  layer.padding = r.integers("padding", layer.padding, kPadding);
  layer.same = r.boolean("same", layer.same);
  layer.dilation = r.integers("dilation", layer.dilation, kSize);
  layer.groups = r.integer("groups", layer.groups, kSize);
  layer.bias = r.boolean("bias", layer.bias);
  layer.weights = read_initializer(r, layer.weights);
  layer.name = r.text("name", "");
  return layer;
}

nn::Layer read_batch_norm(ConfigReader& r) {
  nn::BatchNorm layer;
  layer.momentum = static_cast<float>(r.number("momentum", layer.momentum, {.min = 0, .below = 1}));
  layer.epsilon = static_cast<float>(r.number("epsilon", layer.epsilon, {.above = 0}));
  layer.name = r.text("name", "");
  return layer;
}

nn::Layer read_layer_norm(ConfigReader& r) {
  nn::LayerNorm layer;
  layer.epsilon = static_cast<float>(r.number("epsilon", layer.epsilon, {.above = 0}));
  layer.name = r.text("name", "");
  return layer;
}

template <class Pool>
nn::Layer read_pool(ConfigReader& r) {
  Pool layer;
  layer.kernel = r.integers("kernel", layer.kernel, kSize);
  layer.stride = r.integers("stride", Sizes(), kSize);
  layer.padding = r.integers("padding", layer.padding, kPadding);
  return layer;
}

nn::Layer read_global_average_pool(ConfigReader&) { return nn::GlobalAveragePool{}; }

nn::Layer read_dropout(ConfigReader& r) {
  nn::Dropout layer;
  layer.ratio = static_cast<float>(r.number("ratio", layer.ratio, {.min = 0, .below = 1}));
  return layer;
}

nn::Layer read_flatten(ConfigReader&) { return nn::Flatten{}; }

nn::Layer read_reshape(ConfigReader& r) {
  return nn::Reshape{r.integers("shape", kRequired, {.min = -1, .max = kMaxSize})};
}

nn::Layer read_embedding(ConfigReader& r) {
  nn::Embedding layer;
  layer.count = r.integer("count", kRequired, kSize);
  layer.size = r.integer("size", kRequired, kSize);
  layer.weights = read_initializer(r, layer.weights);
  layer.name = r.text("name", "");
  return layer;
}

template <nn::RecurrentKind kKind>
nn::Layer read_recurrent(ConfigReader& r) {
  nn::Recurrent layer{.kind = kKind};
  layer.units = r.integer("units", kRequired, kSize);
  layer.bidirectional = r.boolean("bidirectional", layer.bidirectional);
  layer.sequence = r.boolean("sequence", layer.sequence);
  layer.name = r.text("name", "");
  return layer;
}

std::vector<nn::Layer> plain_layers(ConfigReader& r, std::string_view key) {
  std::vector<nn::Layer> layers;
  for (LayerConfig& config : read_layers(r, key)) layers.push_back(std::move(config.layer));
  return layers;
}

nn::Layer read_residual(ConfigReader& r) {
  nn::Residual layer;
  layer.body = plain_layers(r, "layers");
  layer.shortcut = plain_layers(r, "shortcut");
  layer.name = r.text("name", "");
  return layer;
}

template <nn::Activation kKind>
nn::Layer activation(ConfigReader&) {
  return nn::Activate{kKind};
}

using Read = nn::Layer (*)(ConfigReader&);

nn::Layer read_layer(ConfigReader& r) {
  using enum nn::Activation;
  const Read read = r.choice<Read>("type", kRequired,
                                   {{"average_pool", read_pool<nn::AveragePool>},
                                    {"batch_norm", read_batch_norm},
                                    {"conv", read_conv},
                                    {"dense", read_dense},
                                    {"dropout", read_dropout},
                                    {"elu", activation<kElu>},
                                    {"embedding", read_embedding},
                                    {"flatten", read_flatten},
                                    {"gelu", activation<kGelu>},
                                    {"global_average_pool", read_global_average_pool},
                                    {"gru", read_recurrent<nn::RecurrentKind::kGru>},
                                    {"hard_swish", activation<kHardSwish>},
                                    {"layer_norm", read_layer_norm},
                                    {"leaky_relu", activation<kLeakyRelu>},
                                    {"log_softmax", activation<kLogSoftmax>},
                                    {"lstm", read_recurrent<nn::RecurrentKind::kLstm>},
                                    {"max_pool", read_pool<nn::MaxPool>},
                                    {"mish", activation<kMish>},
                                    {"relu", activation<kRelu>},
                                    {"reshape", read_reshape},
                                    {"residual", read_residual},
                                    {"rnn", read_recurrent<nn::RecurrentKind::kRnn>},
                                    {"selu", activation<kSelu>},
                                    {"sigmoid", activation<kSigmoid>},
                                    {"silu", activation<kSilu>},
                                    {"softmax", activation<kSoftmax>},
                                    {"softplus", activation<kSoftplus>},
                                    {"tanh", activation<kTanh>}});
  // After a mistake in `type` the other keys cannot be judged.
  if (read != nullptr) return read(r);
  r.keys();
  return nn::Flatten{};
}

}  // namespace

std::vector<LayerConfig> read_layers(ConfigReader& model, std::string_view key) {
  std::vector<LayerConfig> layers;
  for (ConfigReader& r : model.maps(key)) layers.push_back({read_layer(r), r.path()});
  return layers;
}

}  // namespace tern::train
