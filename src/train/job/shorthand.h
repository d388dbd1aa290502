// Short ways to write a training configuration, spelled out before it is read, so that there is one
// form to check.
#pragma once

#include "config/config_node.h"

namespace tern::train {

/// In place of their long forms:
///   loss: mse                loss: {type: mse}              (also optimizer, schedule)
///   checkpoint: a.ckpt       checkpoint: {path: a.ckpt}
///   data.validation: 0.2     data.validation: {fraction: 0.2}
///   model: [...]             model: {layers: [...]}
///   - relu                   - {type: relu}                 (layers, also inside residual ones)
///   - dense: 10              - {type: dense, units: 10}
///   - conv: {channels: 8}    - {type: conv, channels: 8}
/// What is none of these stays as it is. Origins are kept.
void expand_shorthand(config::ConfigNode& root);

}  // namespace tern::train
