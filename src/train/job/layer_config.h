// Layers of a model in a training configuration.
#pragma once

#include <string>
#include <vector>

#include "config/config_reader.h"
#include "tern/nn.h"

namespace tern::train {

struct LayerConfig {
  nn::Layer layer;
  std::string place;  ///< "model.layers[3]"
};

/// The list `key` of `model`; mistakes are kept by the reader.
std::vector<LayerConfig> read_layers(config::ConfigReader& model, std::string_view key);

}  // namespace tern::train
