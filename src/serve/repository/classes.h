// Classes: what a classifier's scores mean, for answers that people read.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tern/graph.h"

namespace tern::serve {

/// What the scores of a classifier are, as its last operators show.
enum class ScoreKind : std::uint8_t {
  kProbabilities,     // Softmax, Sigmoid
  kLogProbabilities,  // LogSoftmax
  kLogits,            // anything else: the network's last layer
};

struct Classes {
  /// Names in the order of the scores; empty when the model has none.
  std::vector<std::string> labels;
  /// The output that holds the scores, one row per instance.
  std::size_t output = 0;
  ScoreKind kind = ScoreKind::kLogits;
};

/// The classes of a model whose metadata has "labels", a JSON array of strings, and an output of
/// floats with as many in its last axis; for two labels also one, the score of the second. Without
/// labels, or without such an output, none. kInvalidArgument when "labels" is there and is
/// something else.
Result<Classes> classes_of(const Graph& graph);

/// The classes of a model whose output of that name has these labels; none when it is not as above.
Classes classes_with(const Graph& graph, std::string_view output, std::vector<std::string> labels);

/// One row of scores as probabilities. A single score is that of the second of two classes; its
/// logit goes through the sigmoid.
std::vector<double> probabilities(std::span<const double> scores, ScoreKind kind);

}  // namespace tern::serve
