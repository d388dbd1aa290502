#include "serve/http/tensorflow.h"

#include <algorithm>

#include "base/errors.h"
#include "base/json.h"
#include "serve/http/base64.h"
#include "serve/http/json_containers.h"

namespace tern::serve {
namespace {

// The names of TensorFlow's types; those it lacks are told as tern has them.
std::string type_name(DType dtype) {
  switch (dtype) {
    case DType::kF32: return "DT_FLOAT";
    case DType::kF64: return "DT_DOUBLE";
    case DType::kF16: return "DT_HALF";
    case DType::kBF16: return "DT_BFLOAT16";
    case DType::kI8: return "DT_INT8";
    case DType::kI16: return "DT_INT16";
    case DType::kI32: return "DT_INT32";
    case DType::kI64: return "DT_INT64";
    case DType::kU8: return "DT_UINT8";
    case DType::kU16: return "DT_UINT16";
    case DType::kU32: return "DT_UINT32";
    case DType::kU64: return "DT_UINT64";
    case DType::kBool: return "DT_BOOL";
    case DType::kString: return "DT_STRING";
    case DType::kComplex64: return "DT_COMPLEX64";
    case DType::kComplex128: return "DT_COMPLEX128";
    default: return std::string(to_string(dtype));
  }
}

// Strings from `begin` on, nested as the axes from `axis` on.
void write_bytes(JsonWriter& json, const Tensor& tensor, int axis, std::int64_t begin) {
  const Shape& shape = tensor.shape();
  if (axis == shape.rank()) {
    json.begin_object();
    json.field("b64", encode_base64(tensor.data<std::string>()[begin]));
    json.end_object();
    return;
  }
  json.begin_array();
  const std::int64_t inner = shape.elements(axis + 1, shape.rank());
  for (std::int64_t i = 0; i < shape[axis]; ++i) {
    write_bytes(json, tensor, axis + 1, begin + i * inner);
  }
  json.end_array();
}

Status write_output(JsonWriter& json, const std::string& name, const Tensor& tensor) {
  if (tensor.dtype() == DType::kString && name.ends_with("_bytes")) {
    write_bytes(json, tensor, 0, 0);
    return {};
  }
  return write_value(json, tensor).with_context(fmt::format("output {}", name));
}

// Row `row` of a tensor without its first axis.
Result<Tensor> row_of(const Tensor& tensor, std::int64_t row) {
  if (is_container(tensor.dtype())) return tensor.items()[static_cast<std::size_t>(row)];
  TERN_ASSIGN_OR_RETURN(const Tensor part, tensor.slice(row, row + 1));
  return part.reshape(Shape(part.shape().dims().subspan(1)));
}

Status write_rows(JsonWriter& json, std::span<const IoInfo> infos,
                  std::span<const Tensor> outputs) {
  std::int64_t rows = -1;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const bool has_rows = outputs[i].rank() > 0;
    if (has_rows && rows < 0) rows = outputs[i].dim(0);
    if (has_rows && outputs[i].dim(0) == rows) continue;
    return failed_precondition("output {} of shape {} has not one row per instance: use \"inputs\"",
                               infos[i].name, outputs[i].shape().to_string());
  }
  json.begin_array();
  for (std::int64_t row = 0; row < rows; ++row) {
    if (outputs.size() > 1) json.begin_object();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs.size() > 1) json.key(infos[i].name);
      TERN_ASSIGN_OR_RETURN(const Tensor part, row_of(outputs[i], row));
      TERN_TRY(write_output(json, infos[i].name, part));
    }
    if (outputs.size() > 1) json.end_object();
  }
  json.end_array();
  return {};
}

void write_infos(JsonWriter& json, std::span<const IoInfo> infos) {
  json.begin_object();
  for (const IoInfo& info : infos) {
    json.key(info.name);
    json.begin_object();
    json.field("dtype", type_name(info.type.dtype));
    json.key("tensor_shape");
    json.begin_object();
    json.key("dim");
    json.begin_array();
    for (const Dim& dim : info.type.shape) {
      json.begin_object();
      json.field("size", std::to_string(dim.known() ? dim.value() : -1));
      json.field("name", "");
      json.end_object();
    }
    json.end_array();
    json.field("unknown_rank", !info.type.has_rank);
    json.end_object();
    json.field("name", info.name);
    json.end_object();
  }
  json.end_object();
}

}  // namespace

Result<std::string> write_tensorflow_answer(const ServedModel& model,
                                            std::span<const Tensor> outputs, bool rows) {
  const std::span<const IoInfo> infos = model.signature().outputs();
  std::string text;
  JsonWriter json(text, NonFinite::kLiteral);
  json.begin_object();
  if (rows) {
    json.key("predictions");
    TERN_TRY(write_rows(json, infos, outputs));
  } else {
    json.key("outputs");
    if (outputs.size() > 1) json.begin_object();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs.size() > 1) json.key(infos[i].name);
      TERN_TRY(write_output(json, infos[i].name, outputs[i]));
    }
    if (outputs.size() > 1) json.end_object();
  }
  json.end_object();
  return text;
}

std::string write_tensorflow_status(std::span<const ModelStatus> versions) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("model_version_status");
  json.begin_array();
  for (const ModelStatus& status : versions) {
    const bool failed = status.state == ModelState::kFailed;
    const char* const state = status.state == ModelState::kReady     ? "AVAILABLE"
                              : status.state == ModelState::kLoading ? "LOADING"
                                                                     : "END";
    json.begin_object();
    json.field("version", std::to_string(status.version));
    json.field("state", state);
    json.key("status");
    json.begin_object();
    json.field("error_code", failed ? "UNKNOWN" : "OK");
    json.field("error_message", std::string_view(failed ? status.reason : ""));
    json.end_object();
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return text;
}

std::string write_tensorflow_metadata(const ServedModel& model) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("model_spec");
  json.begin_object();
  json.field("name", std::string_view(model.name()));
  json.field("signature_name", "");
  json.field("version", std::to_string(model.version()));
  json.end_object();
  json.key("metadata");
  json.begin_object();
  json.key("signature_def");
  json.begin_object();
  json.key("signature_def");
  json.begin_object();
  json.key("serving_default");
  json.begin_object();
  json.key("inputs");
  write_infos(json, model.signature().inputs());
  json.key("outputs");
  write_infos(json, model.signature().outputs());
  json.field("method_name", "tensorflow/serving/predict");
  for (int i = 0; i < 5; ++i) json.end_object();
  return text;
}

}  // namespace tern::serve
