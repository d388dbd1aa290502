#include "serve/http/predict_response.h"

#include <vector>

#include "base/errors.h"
#include "base/json.h"
#include "serve/http/classification.h"
#include "serve/http/json_containers.h"
#include "tensor/element.h"

namespace tern::serve {
namespace {

constexpr std::size_t kTop = 5;

void write_class(JsonWriter& json, const std::string& label, double probability) {
  json.field("label", std::string_view(label));
  json.field("probability", static_cast<float>(probability));
}

void write_prediction(JsonWriter& json, const Classes& classes, std::span<const double> scores) {
  const std::vector<double> p = probabilities(scores, classes.kind);
  const std::vector<std::size_t> order = top_positions(p, kTop);
  json.begin_object();
  write_class(json, classes.labels[order[0]], p[order[0]]);
  json.key("top");
  json.begin_array();
  for (const std::size_t position : order) {
    json.begin_object();
    write_class(json, classes.labels[position], p[position]);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

bool has_scores(const Classes& classes, std::span<const Tensor> outputs) {
  if (classes.labels.empty()) return false;
  const Tensor& scores = outputs[classes.output];
  if (scores.rank() == 0) return false;
  const std::int64_t count = scores.shape().back();
  return count == static_cast<std::int64_t>(classes.labels.size()) ||
         (count == 1 && classes.labels.size() == 2);
}

void write_predictions(JsonWriter& json, const Classes& classes, const Tensor& scores) {
  const auto count = static_cast<std::size_t>(scores.shape().back());
  const std::int64_t rows = scores.elements() / static_cast<std::int64_t>(count);
  const LoadF64 load = load_f64(scores.dtype());
  std::vector<double> row(count);
  json.key("predictions");
  json.begin_array();
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::size_t i = 0; i < count; ++i) {
      row[i] =
          load(scores.raw(), r * static_cast<std::int64_t>(count) + static_cast<std::int64_t>(i));
    }
    write_prediction(json, classes, row);
  }
  json.end_array();
}

}  // namespace

Result<std::string> write_predict_response(const ServedModel& model,
                                           std::span<const Tensor> outputs) {
  std::string text;
  JsonWriter json(text, NonFinite::kString);
  json.begin_object();
  json.field("model", std::string_view(model.name()));
  json.field("version", std::to_string(model.version()));
  if (has_scores(model.classes(), outputs)) {
    write_predictions(json, model.classes(), outputs[model.classes().output]);
  } else {
    json.key("outputs");
    json.begin_object();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const std::string& name = model.signature().outputs()[i].name;
      json.key(name);
      if (Status status = write_value(json, outputs[i]); !status.ok()) {
        return std::move(status).with_context(fmt::format("output {}", name));
      }
    }
    json.end_object();
  }
  json.end_object();
  return text;
}

}  // namespace tern::serve
