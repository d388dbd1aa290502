#include "serve/http/model_documents.h"

#include "base/errors.h"
#include "base/json.h"

namespace tern::serve {
namespace {

void write_spent(JsonWriter& json, std::string_view name, const Spent& spent) {
  json.key(name);
  json.begin_object();
  json.field("count", spent.count);
  json.field("ns", spent.ns);
  json.end_object();
}

void write_model_statistics(JsonWriter& json, const ServedModel& model) {
  const ModelStatistics::Snapshot all = model.metrics().statistics();
  json.begin_object();
  json.field("name", std::string_view(model.name()));
  json.field("version", std::to_string(model.version()));
  json.field("last_inference", all.last_request_ms);
  json.field("inference_count", all.rows);
  json.field("execution_count", all.runs);
  json.key("inference_stats");
  json.begin_object();
  write_spent(json, "success", all.success);
  write_spent(json, "fail", all.failure);
  write_spent(json, "queue", all.queue);
  write_spent(json, "compute_input", all.input);
  write_spent(json, "compute_infer", all.infer);
  write_spent(json, "compute_output", all.output);
  write_spent(json, "cache_hit", {});
  write_spent(json, "cache_miss", {});
  json.end_object();
  json.key("batch_stats");
  json.begin_array();
  for (const auto& [rows, runs] : all.runs_of_rows) {
    json.begin_object();
    json.field("batch_size", rows);
    write_spent(json, "compute_input", {.count = runs.count});
    write_spent(json, "compute_infer", runs);
    write_spent(json, "compute_output", {.count = runs.count});
    json.end_object();
  }
  json.end_array();
  json.key("memory_usage");
  json.begin_array();
  const MemoryUse memory = model.memory();
  json.begin_object();
  json.field("type", "CPU");
  json.field("id", 0);
  json.field("byte_size", memory.constants + memory.packed + memory.variables + memory.arenas);
  json.end_object();
  json.end_array();
  json.end_object();
}

// The object that a body is; an empty one for an empty body.
Result<JsonValue> read_object(std::string_view body) {
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return JsonValue(JsonValue::Object());
  }
  Result<JsonValue> json = parse_json(body);
  if (!json.ok()) {
    return invalid_argument("the body is no valid JSON: {}", json.status().message());
  }
  if (json->as_object() == nullptr) {
    return invalid_argument("the body is a JSON {}, not an object", json->kind());
  }
  return json;
}

}  // namespace

std::string write_repository_index(std::span<const ModelStatus> models, bool ready_only) {
  std::string text;
  JsonWriter json(text);
  json.begin_array();
  for (const ModelStatus& status : models) {
    const bool ready = status.state == ModelState::kReady;
    if (ready_only && !ready) continue;
    json.begin_object();
    json.field("name", std::string_view(status.name));
    json.field("version", std::to_string(status.version));
    json.field("state", ready                                  ? "READY"
                        : status.state == ModelState::kLoading ? "LOADING"
                                                               : "UNAVAILABLE");
    const bool unloaded = status.state == ModelState::kUnloaded;
    json.field("reason", std::string_view(unloaded ? "unloaded" : status.reason));
    json.end_object();
  }
  json.end_array();
  return text;
}

std::string write_statistics(std::span<const std::shared_ptr<const ServedModel>> models) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("model_stats");
  json.begin_array();
  for (const auto& model : models) write_model_statistics(json, *model);
  json.end_array();
  json.end_object();
  return text;
}

Result<LoadRequest> read_load_request(std::string_view body) {
  LoadRequest request;
  TERN_ASSIGN_OR_RETURN(const JsonValue json, read_object(body));
  const JsonValue* parameters = json.find("parameters");
  if (parameters == nullptr) return request;
  if (parameters->as_object() == nullptr) {
    return invalid_argument("parameters is a JSON {}, not an object", parameters->kind());
  }
  for (const auto& [name, value] : *parameters->as_object()) {
    if (name.starts_with("file:")) {
      return unimplemented("parameter {}: files of a model come from the repository only", name);
    }
    if (name != "config") continue;
    if (value.as_string() == nullptr) {
      return invalid_argument("config is a JSON {}, not a string of JSON", value.kind());
    }
    request.config = *value.as_string();
  }
  return request;
}

Result<bool> read_index_request(std::string_view body) {
  TERN_ASSIGN_OR_RETURN(const JsonValue json, read_object(body));
  const JsonValue* ready = json.find("ready");
  if (ready == nullptr) return false;
  if (ready->as_bool() == nullptr) {
    return invalid_argument("ready is a JSON {}, not true or false", ready->kind());
  }
  return *ready->as_bool();
}

}  // namespace tern::serve
