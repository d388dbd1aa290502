#include "serve/http/infer_request.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/checked_math.h"
#include "base/errors.h"
#include "serve/http/json_elements.h"
#include "serve/tensors/binary_elements.h"
#include "serve/tensors/datatypes.h"

namespace tern::serve {
namespace {

std::string names_of(std::span<const IoInfo> infos) {
  std::string text;
  for (const IoInfo& info : infos) {
    if (!text.empty()) text += ", ";
    text += info.name;
  }
  return text;
}

// The extensions' parameters of an input, an output or the request.
struct Parameters {
  std::optional<bool> binary;                // binary_data, binary_data_output
  std::optional<std::uint64_t> binary_size;  // binary_data_size
  std::uint64_t classes = 0;                 // classification
};

// The shape that all of a body of `bytes` bytes has as this input.
Result<Shape> raw_shape(const IoInfo& input, std::size_t bytes) {
  const DType dtype = input.type.dtype;
  // One element, whatever its bytes are.
  if (dtype == DType::kString) {
    std::vector<std::int64_t> dims;
    for (const Dim& dim : input.type.shape) dims.push_back(dim.known() ? dim.value() : 1);
    if (!input.type.has_rank) dims = {1};
    TERN_ASSIGN_OR_RETURN(Shape shape, Shape::from(dims));
    if (shape.elements() == 1) return shape;
    return invalid_argument("input {} is {}: a body without JSON is one element", input.name,
                            input.text);
  }
  const auto elements = static_cast<std::int64_t>(bytes) * 8 / bit_width(dtype);
  if (!input.type.has_rank) return Shape::from(std::vector{elements});
  std::vector<std::int64_t> dims;
  std::vector<std::size_t> open;
  std::optional<std::int64_t> known = 1;
  for (const Dim& dim : input.type.shape) {
    if (!dim.known()) open.push_back(dims.size());
    dims.push_back(dim.known() ? dim.value() : 1);
    if (dim.known() && known) known = checked_mul(*known, dim.value());
  }
  if (open.size() > 1 && open[0] == 0) open.erase(open.begin());  // one row
  if (open.size() > 1) {
    return invalid_argument("input {} is {}: the length of a body tells one open size, not {}",
                            input.name, input.text, open.size());
  }
  if (open.size() == 1 && known && *known > 0) dims[open[0]] = elements / *known;
  return Shape::from(dims);
}

}  // namespace

// One pass over a body. The functions return what is wrong; for malformed JSON that is what the
// parser says, else a message of this protocol.
struct InferRequest::Reader {
  InferRequest& request;
  JsonBody& body;
  bool request_has_binary = false;
  std::string_view binary = {};  // what no input has taken yet
  std::vector<std::optional<bool>> binary_outputs = {};

  Status json_error(simdjson::error_code code) { return body.error(code); }

  // Calls on_member(key, value) for each member; a key must not come twice.
  template <class OnMember>
  Status object(json::value value, std::string_view what, OnMember on_member) {
    json::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) {
      return invalid_argument("{} is {}, not an object", what, kind_of(value));
    }
    return members(object, what, on_member);
  }

  template <class OnMember>
  Status members(json::object object, std::string_view what, OnMember on_member) {
    std::vector<std::string> seen;
    for (auto item : object) {
      json::field field;
      if (const auto code = std::move(item).get(field)) return json_error(code);
      std::string_view key;
      if (const auto code = field.unescaped_key().get(key)) return json_error(code);
      if (std::ranges::find(seen, key) != seen.end()) {
        return invalid_argument("{} has the member \"{}\" twice", what, key);
      }
      if (seen.size() >= kMaxMembers) {
        return invalid_argument("{} has more than {} members", what, kMaxMembers);
      }
      seen.emplace_back(key);
      TERN_TRY(on_member(std::string_view(seen.back()), field.value()));
    }
    return {};
  }

  template <class OnItem>
  Status array(json::value value, std::string_view what, OnItem on_item) {
    json::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) {
      return invalid_argument("{} is {}, not an array", what, kind_of(value));
    }
    for (auto item : array) {
      json::value entry;
      if (const auto code = item.get(entry)) return json_error(code);
      TERN_TRY(on_item(entry));
    }
    return {};
  }

  Status string(json::value value, std::string_view what, std::string& text) {
    std::string_view view;
    if (value.get_string().get(view) != simdjson::SUCCESS) {
      return invalid_argument("{} is {}, not a string", what, kind_of(value));
    }
    text = view;
    return {};
  }

  Status ignore(json::value value) {
    if (const auto code = skip(value)) return json_error(code);
    return {};
  }

  // -- the first pass

  Status read_head() {
    json::object root;
    if (const auto code = body.document().get_object().get(root)) {
      if (code == simdjson::INCORRECT_TYPE) return invalid_argument("the body is no JSON object");
      return json_error(code);
    }
    bool has_inputs = false;
    Parameters parameters;
    TERN_TRY(members(root, "the body", [&](std::string_view key, json::value value) -> Status {
      if (key == "id") return string(value, "id", request.id_);
      if (key == "inputs") {
        has_inputs = true;
        return read_inputs(value);
      }
      if (key == "outputs") return read_outputs(value);
      if (key == "parameters") return read_parameters(value, parameters);
      return ignore(value);
    }));
    TERN_TRY(body.expect_end());
    if (!has_inputs) return invalid_argument("the body has no \"inputs\"");
    for (std::size_t i = 0; i < request.signature_.inputs().size(); ++i) {
      if (std::ranges::find(request.entries_, i, &Entry::input) == request.entries_.end()) {
        return invalid_argument("input {} is missing", request.signature_.inputs()[i].name);
      }
    }
    if (!binary.empty()) {
      return invalid_argument("{} bytes follow the binary data of the last input", binary.size());
    }
    if (request.outputs_.empty()) {
      for (std::size_t i = 0; i < request.signature_.outputs().size(); ++i) {
        request.outputs_.push_back({.index = i});
        binary_outputs.emplace_back();
      }
    }
    for (std::size_t i = 0; i < request.outputs_.size(); ++i) {
      request.outputs_[i].binary = binary_outputs[i].value_or(parameters.binary.value_or(false));
    }
    return {};
  }

  Status read_inputs(json::value value) {
    return array(value, "inputs", [&](json::value entry) { return read_input(entry); });
  }

  Status read_input(json::value entry) {
    std::string name;
    std::string datatype;
    std::optional<Shape> shape;
    bool has_name = false;
    bool has_data = false;
    Parameters parameters;
    Status status =
        object(entry, "an entry of inputs", [&](std::string_view key, json::value value) -> Status {
          if (key == "name") {
            has_name = true;
            return string(value, "name", name);
          }
          if (key == "datatype") return string(value, "datatype", datatype);
          if (key == "shape") return read_shape(value, shape);
          if (key == "parameters") return read_parameters(value, parameters);
          if (key == "data") {
            has_data = true;  // passed over for now: fill() checks it
            return {};
          }
          return ignore(value);
        });
    if (has_name) status = std::move(status).with_context(fmt::format("input {}", name));
    TERN_TRY(std::move(status));
    if (!has_name) return invalid_argument("an entry of inputs has no \"name\"");
    return take_input(name, datatype, shape, has_data, parameters.binary_size);
  }

  Status take_input(std::string_view name, std::string_view datatype,
                    const std::optional<Shape>& shape, bool has_data,
                    std::optional<std::uint64_t> binary_size) {
    const Signature& signature = request.signature_;
    const std::optional<std::size_t> index = signature.find_input(name);
    if (!index) {
      return invalid_argument("the model has no input '{}', its inputs are: {}", name,
                              names_of(signature.inputs()));
    }
    if (std::ranges::find(request.entries_, *index, &Entry::input) != request.entries_.end()) {
      return invalid_argument("input {} is given twice", name);
    }
    const DType wanted = signature.inputs()[*index].type.dtype;
    if (datatype.empty()) return invalid_argument("input {} has no \"datatype\"", name);
    if (!parse_protocol_name(datatype)) {
      return invalid_argument("input {}: there is no datatype '{}'", name, datatype);
    }
    if (parse_protocol_name(datatype) != wanted) {
      return invalid_argument("input {} has datatype {}, the model wants {}", name, datatype,
                              protocol_name(wanted));
    }
    if (!shape) return invalid_argument("input {} has no \"shape\"", name);
    request.shapes_[*index] = *shape;
    if (binary_size) {
      if (has_data) return invalid_argument("input {} has both data and binary data", name);
      TERN_ASSIGN_OR_RETURN(const std::string_view bytes,
                            take_binary(name, wanted, *shape, *binary_size));
      request.entries_.push_back({*index, bytes});
      return {};
    }
    if (!has_data) return invalid_argument("input {} has no \"data\"", name);
    // Each element takes at least a digit and a comma or bracket: what cannot be there needs no
    // memory.
    if (static_cast<std::uint64_t>(shape->elements()) > body.bytes()) {
      return invalid_argument("input {} has shape {}, more elements than the body can hold", name,
                              shape->to_string());
    }
    request.entries_.push_back({*index, std::nullopt});
    return {};
  }

  // The next bytes behind the JSON.
  Result<std::string_view> take_binary(std::string_view name, DType dtype, const Shape& shape,
                                       std::uint64_t size) {
    if (!request_has_binary) {
      return invalid_argument(
          "input {} has a binary_data_size, and the request no Inference-Header-Content-Length",
          name);
    }
    if (size > binary.size()) {
      return invalid_argument("input {} has the binary_data_size {}, and {} bytes are left", name,
                              size, binary.size());
    }
    TERN_TRY(check_binary_size(dtype, shape, size).with_context(fmt::format("input {}", name)));
    const std::string_view bytes = binary.substr(0, size);
    binary.remove_prefix(size);
    return bytes;
  }

  Status read_shape(json::value value, std::optional<Shape>& shape) {
    std::vector<std::int64_t> dims;
    TERN_TRY(array(value, "shape", [&](json::value entry) -> Status {
      std::int64_t dim = 0;
      if (entry.get_int64().get(dim) != simdjson::SUCCESS) {
        return invalid_argument("shape holds {} that is no size", kind_of(entry));
      }
      if (dims.size() == Shape::kMaxRank) {
        return invalid_argument("shape has more than {} axes", Shape::kMaxRank);
      }
      dims.push_back(dim);
      return {};
    }));
    TERN_ASSIGN_OR_RETURN(shape, Shape::from(dims));
    return {};
  }

  Status read_outputs(json::value value) {
    return array(value, "outputs", [&](json::value entry) -> Status {
      std::string name;
      Parameters parameters;
      TERN_TRY(object(entry, "an entry of outputs",
                      [&](std::string_view key, json::value member) -> Status {
                        if (key == "name") return string(member, "name", name);
                        if (key == "parameters") return read_parameters(member, parameters);
                        return ignore(member);
                      }));
      const std::optional<std::size_t> index = request.signature_.find_output(name);
      if (!index) {
        return invalid_argument("the model has no output '{}', its outputs are: {}", name,
                                names_of(request.signature_.outputs()));
      }
      if (std::ranges::find(request.outputs_, *index, &WantedOutput::index) !=
          request.outputs_.end()) {
        return invalid_argument("output {} is asked for twice", name);
      }
      request.outputs_.push_back({.index = *index, .classes = parameters.classes});
      binary_outputs.push_back(parameters.binary);
      return {};
    });
  }

  // Parameters of extensions that are not there are refused when they would change the answer;
  // others mean nothing here.
  Status read_parameters(json::value value, Parameters& parameters) {
    return object(value, "parameters", [&](std::string_view key, json::value entry) -> Status {
      if (key == "timeout") return read_timeout(entry);
      if (key == "priority") return read_number(entry, key, request.priority_);
      if (key == "binary_data_size") {
        return read_number(entry, key, parameters.binary_size.emplace());
      }
      if (key == "classification") return read_number(entry, key, parameters.classes);
      if (key == "binary_data" || key == "binary_data_output") {
        if (entry.get_bool().get(parameters.binary.emplace()) == simdjson::SUCCESS) return {};
        return invalid_argument("{} is {}, not true or false", key, kind_of(entry));
      }
      if (key == "shared_memory_region") {
        return unimplemented("parameter {}: tensors in shared memory are not supported", key);
      }
      if (key == "sequence_id") return refuse_sequence(entry);
      return ignore(entry);
    });
  }

  Status read_number(json::value value, std::string_view what, std::uint64_t& number) {
    if (value.get_uint64().get(number) == simdjson::SUCCESS) return {};
    return invalid_argument("{} is {}, not a whole number of 0 or more", what, kind_of(value));
  }

  // 0 and "" are no sequence.
  Status refuse_sequence(json::value value) {
    std::int64_t number = 0;
    std::string_view text;
    if (value.get_int64().get(number) == simdjson::SUCCESS && number == 0) return {};
    if (value.get_string().get(text) == simdjson::SUCCESS && text.empty()) return {};
    return unimplemented("parameter sequence_id is not supported");
  }

  Status read_timeout(json::value value) {
    std::uint64_t microseconds = 0;
    if (value.get_uint64().get(microseconds) != simdjson::SUCCESS) {
      return invalid_argument("timeout is {}, not a number of microseconds", kind_of(value));
    }
    constexpr std::uint64_t kLongest = 1'000'000ULL * 3600 * 24 * 365;
    if (microseconds > 0) {  // 0: none, as for Triton
      request.timeout_ = std::chrono::microseconds(std::min(microseconds, kLongest));
    }
    return {};
  }

  // -- the second pass

  Status read_data(std::span<Tensor> inputs) {
    json::object root;
    body.document().rewind();
    if (const auto code = body.document().get_object().get(root)) return json_error(code);
    std::size_t entry_index = 0;
    return members(root, "the body", [&](std::string_view key, json::value value) -> Status {
      if (key != "inputs") return {};
      return array(value, "inputs", [&](json::value entry) -> Status {
        const std::size_t index = request.entries_[entry_index++].input;
        return object(
            entry, "an entry of inputs", [&](std::string_view member, json::value data) -> Status {
              return member == "data" ? read_tensor(data, index, inputs[index]) : Status();
            });
      });
    });
  }

  Status read_tensor(json::value data, std::size_t index, Tensor& tensor) {
    const Shape& shape = request.shapes_[index];
    ElementsResult result = read_elements(data, shape, Arrangement::kFlatOrExact, tensor);
    if (result.code != simdjson::SUCCESS) return json_error(result.code);
    return std::move(result.status)
        .with_context(fmt::format("input {}", request.signature_.inputs()[index].name));
  }

  static constexpr std::size_t kMaxMembers = 64;
};

InferRequest::InferRequest(const Signature& signature) : signature_(signature) {
  shapes_.resize(signature.inputs().size());
}

InferRequest::~InferRequest() = default;

Result<std::unique_ptr<InferRequest>> InferRequest::read(std::string body,
                                                         const Signature& signature,
                                                         JsonParsers& parsers,
                                                         std::optional<std::size_t> json_bytes) {
  std::unique_ptr<InferRequest> request(new InferRequest(signature));
  if (json_bytes.value_or(0) > body.size()) {
    return invalid_argument("Inference-Header-Content-Length is {}, and the body has {} bytes",
                            *json_bytes, body.size());
  }
  if (json_bytes == 0) {
    request->raw_ = std::move(body);
    TERN_TRY(request->read_raw());
    return request;
  }
  TERN_ASSIGN_OR_RETURN(request->body_, JsonBody::open(std::move(body), parsers, json_bytes));
  Reader reader{*request, *request->body_};
  reader.request_has_binary = json_bytes.has_value();
  reader.binary = request->body_->rest();
  TERN_TRY(reader.read_head());
  return request;
}

// All of the body is the data of one input, and the answer is binary as well.
Status InferRequest::read_raw() {
  const std::span<const IoInfo> inputs = signature_.inputs();
  if (inputs.size() != 1) {
    return invalid_argument("a body without JSON is for models with one input, this one has {}",
                            inputs.size());
  }
  TERN_ASSIGN_OR_RETURN(shapes_[0], raw_shape(inputs[0], raw_.size()));
  if (inputs[0].type.dtype != DType::kString) {
    TERN_TRY(check_binary_size(inputs[0].type.dtype, shapes_[0], raw_.size())
                 .with_context(fmt::format("input {}", inputs[0].name)));
  }
  entries_.push_back({0, raw_});
  for (std::size_t i = 0; i < signature_.outputs().size(); ++i) {
    outputs_.push_back({.index = i, .binary = true});
  }
  return {};
}

Status InferRequest::fill(std::span<Tensor> inputs) {
  if (body_ == nullptr && inputs[0].dtype() == DType::kString) {
    inputs[0].mutable_data<std::string>()[0] = raw_;
    return {};
  }
  bool json = false;
  for (const Entry& entry : entries_) {
    if (!entry.binary) {
      json = true;
      continue;
    }
    TERN_TRY(read_binary(*entry.binary, inputs[entry.input])
                 .with_context(fmt::format("input {}", signature_.inputs()[entry.input].name)));
  }
  return json ? Reader{*this, *body_}.read_data(inputs) : Status();
}

}  // namespace tern::serve
