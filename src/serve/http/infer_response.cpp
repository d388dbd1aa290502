#include "serve/http/infer_response.h"

#include <vector>

#include "base/errors.h"
#include "serve/http/classification.h"
#include "serve/http/json_containers.h"
#include "serve/http/json_elements.h"
#include "serve/tensors/binary_elements.h"
#include "serve/tensors/datatypes.h"

namespace tern::serve {
namespace {

// Tells clients that the strings of a tensor are JSON.
void write_json_mark(JsonWriter& json) { json.field("content_type", "application/json"); }

void write_types(JsonWriter& json, std::span<const IoInfo> infos) {
  json.begin_array();
  for (const IoInfo& info : infos) {
    json.begin_object();
    json.field("name", std::string_view(info.name));
    const bool container = is_container(info.type.dtype);
    json.field("datatype", protocol_name(container ? DType::kString : info.type.dtype));
    json.key("shape");
    json.begin_array();
    if (container) {
      json.value(info.type.dtype == DType::kSequence ? -1 : 1);
      json.end_array();
      json.key("parameters");
      json.begin_object();
      write_json_mark(json);
      json.end_object();
      json.end_object();
      continue;
    }
    for (const Dim& dim : info.type.shape) json.value(dim.known() ? dim.value() : -1);
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

// Whether the first axis of an output counts rows.
bool has_rows(const IoInfo& info) {
  return info.type.has_rank && info.type.rank() > 1 && !info.type.shape[0].known();
}

// An output as the client wants it.
Result<Tensor> wanted_form(const ServedModel& model, const WantedOutput& want,
                           const Tensor& output) {
  if (want.classes > 0) {
    return classify(output, want.classes, has_rows(model.signature().outputs()[want.index]),
                    model.labels(want.index));
  }
  return is_container(output.dtype()) ? json_texts(output) : Result<Tensor>(output);
}

// One entry of "outputs"; binary data are added to `parts`.
Status write_output(JsonWriter& json, std::string_view name, const Tensor& tensor, bool binary,
                    bool holds_json, std::vector<net::HttpBodyPart>& parts) {
  json.begin_object();
  json.field("name", name);
  json.field("datatype", protocol_name(tensor.dtype()));
  json.field("shape", tensor.shape().dims());
  if (binary || holds_json) {
    json.key("parameters");
    json.begin_object();
    if (holds_json) write_json_mark(json);
    if (binary) {
      BinaryElements elements = binary_elements(tensor);
      parts.push_back({.bytes = elements.bytes, .owner = std::move(elements.owner)});
      json.field("binary_data_size", parts.back().bytes.size());
    }
    json.end_object();
  }
  if (!binary) {
    json.key("data");
    TERN_TRY(write_flat(json, tensor));
  }
  json.end_object();
  return {};
}

}  // namespace

Result<net::HttpResponse> write_infer_response(const ServedModel& model, std::string_view id,
                                               std::span<const Tensor> outputs,
                                               std::span<const WantedOutput> wanted) {
  constexpr std::size_t kBytesPerElement = 12;
  std::size_t bytes = 256;
  for (const WantedOutput& want : wanted) {
    bytes += 128;
    if (!want.binary && want.classes == 0) {
      bytes += kBytesPerElement * static_cast<std::size_t>(elements_within(outputs[want.index]));
    }
  }
  net::HttpResponse response;
  std::string& text = response.body;
  text.reserve(bytes);
  JsonWriter json(text, NonFinite::kString);
  json.begin_object();
  json.field("model_name", std::string_view(model.name()));
  json.field("model_version", std::to_string(model.version()));
  if (!id.empty()) json.field("id", id);
  json.key("outputs");
  json.begin_array();
  for (const WantedOutput& want : wanted) {
    const IoInfo& info = model.signature().outputs()[want.index];
    const Tensor& output = outputs[want.index];
    Result<Tensor> tensor = wanted_form(model, want, output);
    Status status = tensor.status();
    if (tensor.ok()) {
      status = write_output(json, info.name, *tensor, want.binary, is_container(output.dtype()),
                            response.parts);
    }
    if (!status.ok()) return std::move(status).with_context(fmt::format("output {}", info.name));
  }
  json.end_array();
  json.end_object();
  if (response.parts.empty()) {
    response.headers.add("Content-Type", "application/json");
  } else {
    response.headers.add("Content-Type", "application/octet-stream");
    response.headers.add("Inference-Header-Content-Length", std::to_string(text.size()));
  }
  return response;
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
