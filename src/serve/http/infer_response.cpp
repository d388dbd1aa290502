#include "serve/http/infer_response.h"

#include "base/errors.h"
#include "serve/http/datatypes.h"
#include "serve/http/json_elements.h"

namespace tern::serve {
namespace {

void write_types(JsonWriter& json, std::span<const IoInfo> infos) {
  json.begin_array();
  for (const IoInfo& info : infos) {
    json.begin_object();
    json.field("name", std::string_view(info.name));
    json.field("datatype", protocol_name(info.type.dtype));
    json.key("shape");
    json.begin_array();
    for (const Dim& dim : info.type.shape) json.value(dim.known() ? dim.value() : -1);
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

}  // namespace

Result<std::string> write_infer_response(const ServedModel& model, std::string_view id,
                                         std::span<const Tensor> outputs,
                                         std::span<const std::size_t> wanted) {
  constexpr std::size_t kBytesPerElement = 12;
  std::size_t bytes = 256;
  for (const std::size_t index : wanted) {
    bytes += 128 + kBytesPerElement * static_cast<std::size_t>(outputs[index].elements());
  }
  std::string text;
  text.reserve(bytes);
  JsonWriter json(text, NonFinite::kString);
  json.begin_object();
  json.field("model_name", std::string_view(model.name()));
  json.field("model_version", std::to_string(model.version()));
  if (!id.empty()) json.field("id", id);
  json.key("outputs");
  json.begin_array();
  for (const std::size_t index : wanted) {
    const IoInfo& info = model.signature().outputs()[index];
    const Tensor& tensor = outputs[index];
    json.begin_object();
    json.field("name", std::string_view(info.name));
    json.field("datatype", protocol_name(tensor.dtype()));
    json.field("shape", tensor.shape().dims());
    json.key("data");
    if (Status status = write_flat(json, tensor); !status.ok()) {
      return std::move(status).with_context(fmt::format("output {}", info.name));
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return text;
}

std::string write_model_metadata(const ServedModel& model, std::span<const std::int64_t> versions) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("name", std::string_view(model.name()));
  json.key("versions");
  json.begin_array();
  for (const std::int64_t version : versions) json.value(std::to_string(version));
  json.end_array();
  json.field("platform", "tern_onnx");
  json.key("inputs");
  write_types(json, model.signature().inputs());
  json.key("outputs");
  write_types(json, model.signature().outputs());
  json.end_object();
  return text;
}

}  // namespace tern::serve
