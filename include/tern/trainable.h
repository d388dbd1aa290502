// From a model that runs to one that learns: constants of an imported model become variables, and
// layers that behave differently in training are told so.
//
//   auto model = tern::load_model("resnet50.onnx");
//   tern::make_trainable(*model, "fc*");                  // only the last layer learns
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tern/graph.h"
#include "tern/status.h"

namespace tern {

/// Turns the parameters of a model that match `pattern` into trainable variables of the same name
/// and returns their names. Parameters are the constants that layers learn: weights and biases of
/// convolutions, matrix products, recurrent layers and normalisations, tables of embeddings, and
/// what is added to or multiplied with results of these; not the numbers that scale an input.
/// `pattern` is a list of names divided by commas, with * for any characters and ? for one, tried
/// from left to right; one that begins with ! excludes: "!*.bias,layer4.*,fc.*".
/// The running statistics of a BatchNormalization whose scale or bias becomes trainable become
/// variables too, so that training moves them. kNotFound when nothing matches.
Result<std::vector<std::string>> make_trainable(Graph& graph, std::string_view pattern = "*");

/// Changes what a training graph must do differently: Dropout drops, and a BatchNormalization whose
/// statistics are variables normalises with those of the batch and updates them. Other
/// BatchNormalizations keep their statistics, they are frozen.
Status use_training_mode(Graph& graph);

}  // namespace tern
