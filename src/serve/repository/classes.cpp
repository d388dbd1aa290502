#include "serve/repository/classes.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/errors.h"
#include "base/json.h"

namespace tern::serve {
namespace {

Result<std::vector<std::string>> labels_of(const Graph& graph) {
  std::vector<std::string> labels;
  const auto entry = graph.metadata.find("labels");
  if (entry == graph.metadata.end()) return labels;
  const Result<JsonValue> json = parse_json(entry->second);
  const auto not_labels = [](std::string_view why) {
    return invalid_argument("metadata \"labels\" is no JSON array of strings: {}", why);
  };
  if (!json.ok()) return not_labels(json.status().message());
  const JsonValue::Array* items = json->as_array();
  if (items == nullptr) return not_labels(json->kind());
  for (const JsonValue& item : *items) {
    const std::string* text = item.as_string();
    if (text == nullptr) return not_labels(item.kind());
    labels.push_back(*text);
  }
  return labels;
}

// Looks through operators that only arrange or convert elements.
ScoreKind kind_of(const Graph& graph, ValueId output) {
  constexpr std::array<std::string_view, 7> kArranging{"Identity",  "Reshape", "Flatten", "Squeeze",
                                                       "Unsqueeze", "Cast",    "Dropout"};
  while (true) {
    const ValueData& value = graph.value(output);
    if (value.kind != ValueKind::kResult) return ScoreKind::kLogits;
    const Node& node = graph.node(value.producer);
    const std::string_view op = node.op.name();
    if (op == "Softmax" || op == "Sigmoid") return ScoreKind::kProbabilities;
    if (op == "LogSoftmax") return ScoreKind::kLogProbabilities;
    if (std::ranges::find(kArranging, op) == kArranging.end()) return ScoreKind::kLogits;
    output = node.inputs[0];
  }
}

// Whether the last axis of an output may be the scores of so many classes.
bool may_hold_scores(const TypeInfo& type, std::int64_t count) {
  if (!is_floating(type.dtype) || !type.has_rank || type.rank() == 0) return false;
  const Dim& scores = type.shape.back();
  return !scores.known() || scores.value() == count || (scores.value() == 1 && count == 2);
}

}  // namespace

Result<Classes> classes_of(const Graph& graph) {
  Classes classes;
  TERN_ASSIGN_OR_RETURN(std::vector<std::string> labels, labels_of(graph));
  const auto count = static_cast<std::int64_t>(labels.size());
  const std::span<const ValueId> outputs = graph.outputs();
  for (std::size_t i = 0; i < outputs.size() && count > 0; ++i) {
    if (!may_hold_scores(graph.value(outputs[i]).type, count)) continue;
    classes.labels = std::move(labels);
    classes.output = i;
    classes.kind = kind_of(graph, outputs[i]);
    break;
  }
  return classes;
}

Classes classes_with(const Graph& graph, std::string_view output, std::vector<std::string> labels) {
  const auto count = static_cast<std::int64_t>(labels.size());
  const std::span<const ValueId> outputs = graph.outputs();
  for (std::size_t i = 0; i < outputs.size() && count > 0; ++i) {
    const ValueData& value = graph.value(outputs[i]);
    if (value.name != output || !may_hold_scores(value.type, count)) continue;
    return {.labels = std::move(labels), .output = i, .kind = kind_of(graph, outputs[i])};
  }
  return {};
}

std::vector<double> probabilities(std::span<const double> scores, ScoreKind kind) {
  if (scores.size() == 1) {
    const double p = kind == ScoreKind::kProbabilities      ? scores[0]
                     : kind == ScoreKind::kLogProbabilities ? std::exp(scores[0])
                                                            : 1 / (1 + std::exp(-scores[0]));
    return {1 - p, p};
  }
  std::vector<double> result(scores.begin(), scores.end());
  if (kind == ScoreKind::kProbabilities || result.empty()) return result;
  if (kind == ScoreKind::kLogProbabilities) {
    for (double& p : result) p = std::exp(p);
    return result;
  }
  const double largest = *std::ranges::max_element(result);
  double sum = 0;
  for (double& p : result) sum += p = std::exp(p - largest);
  for (double& p : result) p /= sum;
  return result;
}

}  // namespace tern::serve
