// The networks of the training benchmark: each with its batch of random data, as one graph that
// does a whole step (forward, loss, gradients, update).
#pragma once

#include <string_view>
#include <vector>

#include "tern/graph.h"
#include "tern/status.h"
#include "tern/tensor.h"

namespace tern::bench {

struct TrainingTask {
  Graph graph;                 // output 0 is the loss
  std::vector<Tensor> inputs;  // one batch
  std::string_view unit;       // "images" or "tokens"
  std::int64_t per_step = 0;   // units in a batch
};

/// "lenet", "mlp", "resnet18", "gpt".
std::vector<std::string_view> task_names();

/// kNotFound for another name.
Result<TrainingTask> make_task(std::string_view name);

}  // namespace tern::bench
