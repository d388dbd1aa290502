// What a model is: inputs, outputs, parameters, operators, and for concrete shapes the steps that
// will run with their kernels and costs.
#pragma once

#include <string>
#include <vector>

#include "runtime/arena_map.h"
#include "tern/session.h"

namespace tern::inspect {

struct OpCount {
  std::string op;  // with its domain unless that is ONNX's own
  int count = 0;
};

struct ModelReport {
  std::string path;
  std::string name;
  std::int64_t ir_version = 0;                               // of an ONNX file
  std::vector<std::pair<std::string, std::int64_t>> opsets;  // of an ONNX file, by domain
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<IoInfo> inputs;
  std::vector<IoInfo> outputs;
  std::int64_t parameters = 0;  // elements of variables and of constants with axes, of the types of
                                // weights: floats, and integers of at most 8 bits
  std::size_t parameter_bytes = 0;
  std::vector<OpCount> ops;  // of the file, most frequent first
  std::vector<StepProfile> steps;
  std::string unplanned;  // why there are no steps, where open sizes of 1 do not fit
  double flops = 0;       // of those steps
  MemoryUse memory;
};

/// What a report is made from, for those who show more of it.
struct ModelGraphs {
  Graph file;               // as it was read
  Graph running;            // as the passes leave it
  runtime::ArenaMap arena;  // without steps where the report has none
};

/// Loads the model and plans a run with the sizes given, and 1 for others that are open. Fails for
/// sizes that do not fit unless the 1s are to blame. `graphs` is filled when not null; that
/// prepares the model once more.
Result<ModelReport> inspect_model(const std::string& path,
                                  const std::vector<std::pair<std::string, Shape>>& shapes,
                                  const SessionOptions& options, ModelGraphs* graphs = nullptr);

/// "ai.onnx 17, ai.onnx.ml 3"; "" for a model of another format.
std::string opset_text(const ModelReport& report);

std::string to_text(const ModelReport& report, bool with_steps);
std::string to_json(const ModelReport& report);

/// The graph in Graphviz's language: one box a node, values as edges.
std::string to_dot(const Graph& graph);

}  // namespace tern::inspect
