#include "train/job/shorthand.h"

#include <algorithm>
#include <array>

namespace tern::train {
namespace {

using config::ConfigNode;

// The option that a layer's lone number stands for.
struct MainOption {
  std::string_view layer;
  std::string_view option;
};
constexpr std::array kMainOptions{
    MainOption{"average_pool", "kernel"}, MainOption{"conv", "channels"},
    MainOption{"dense", "units"},         MainOption{"dropout", "ratio"},
    MainOption{"gru", "units"},           MainOption{"lstm", "units"},
    MainOption{"max_pool", "kernel"},     MainOption{"reshape", "shape"},
    MainOption{"residual", "layers"},     MainOption{"rnn", "units"},
};

// `node` becomes {key: node}.
void wrap(ConfigNode& node, std::string_view key) {
  ConfigNode inner = std::move(node);
  node = ConfigNode();
  node.kind = ConfigNode::Kind::kMap;
  node.origin = inner.origin;
  node.entries.push_back({std::string(key), inner.origin, std::move(inner)});
}

void wrap_scalar(ConfigNode& root, std::string_view section, std::string_view key) {
  ConfigNode* node = root.find(section);
  if (node != nullptr && node->is_scalar()) wrap(*node, key);
}

ConfigNode text_node(std::string text, const config::Origin& origin) {
  ConfigNode node;
  node.kind = ConfigNode::Kind::kScalar;
  node.origin = origin;
  node.text = std::move(text);
  return node;
}

void expand_layers(ConfigNode* layers);

// {conv: VALUE} becomes {type: conv, ...}.
void expand_layer(ConfigNode& layer) {
  if (layer.is_scalar()) {
    wrap(layer, "type");
  } else if (layer.is_map() && layer.entries.size() == 1 && layer.entries[0].key != "type") {
    ConfigNode::Entry only = std::move(layer.entries[0]);
    layer.entries.clear();
    layer.entries.push_back({"type", only.key_origin, text_node(only.key, only.key_origin)});
    const auto option = std::ranges::find(kMainOptions, only.key, &MainOption::layer);
    if (only.value.is_map()) {
      for (ConfigNode::Entry& entry : only.value.entries) {
        layer.entries.push_back(std::move(entry));
      }
    } else if (!only.value.is_null()) {
      const bool known = option != kMainOptions.end();
      layer.entries.push_back({known ? std::string(option->option) : "value", only.value.origin,
                               std::move(only.value)});
    }
  }
  if (!layer.is_map()) return;
  expand_layers(layer.find("layers"));
  expand_layers(layer.find("shortcut"));
}

void expand_layers(ConfigNode* layers) {
  if (layers == nullptr || !layers->is_list()) return;
  for (ConfigNode& layer : layers->items) expand_layer(layer);
}

}  // namespace

void expand_shorthand(ConfigNode& root) {
  for (const std::string_view section : {"loss", "optimizer", "schedule"}) {
    wrap_scalar(root, section, "type");
  }
  wrap_scalar(root, "checkpoint", "path");
  if (ConfigNode* data = root.find("data")) wrap_scalar(*data, "validation", "fraction");
  ConfigNode* model = root.find("model");
  if (model == nullptr) return;
  if (model->is_list()) wrap(*model, "layers");
  expand_layers(model->find("layers"));
}

}  // namespace tern::train
