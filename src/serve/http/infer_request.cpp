#include "serve/http/infer_request.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/errors.h"
#include "serve/http/datatypes.h"
#include "serve/http/json_elements.h"

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

}  // namespace

// One pass over a body. The functions return what is wrong; for malformed JSON that is what the
// parser says, else a message of this protocol.
struct InferRequest::Reader {
  InferRequest& request;
  JsonBody& body;

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
    TERN_TRY(members(root, "the body", [&](std::string_view key, json::value value) -> Status {
      if (key == "id") return string(value, "id", request.id_);
      if (key == "inputs") {
        has_inputs = true;
        return read_inputs(value);
      }
      if (key == "outputs") return read_outputs(value);
      if (key == "parameters") return read_parameters(value, "parameters");
      return ignore(value);
    }));
    TERN_TRY(body.expect_end());
    if (!has_inputs) return invalid_argument("the body has no \"inputs\"");
    for (std::size_t i = 0; i < request.signature_.inputs().size(); ++i) {
      if (std::ranges::find(request.input_of_entry_, i) == request.input_of_entry_.end()) {
        return invalid_argument("input {} is missing", request.signature_.inputs()[i].name);
      }
    }
    if (request.outputs_.empty()) {
      for (std::size_t i = 0; i < request.signature_.outputs().size(); ++i) {
        request.outputs_.push_back(i);
      }
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
    Status status =
        object(entry, "an entry of inputs", [&](std::string_view key, json::value value) -> Status {
          if (key == "name") {
            has_name = true;
            return string(value, "name", name);
          }
          if (key == "datatype") return string(value, "datatype", datatype);
          if (key == "shape") return read_shape(value, shape);
          if (key == "parameters") return read_parameters(value, "parameters");
          if (key == "data") {
            has_data = true;  // passed over for now: fill() checks it
            return {};
          }
          return ignore(value);
        });
    if (has_name) status = std::move(status).with_context(fmt::format("input {}", name));
    TERN_TRY(std::move(status));
    if (!has_name) return invalid_argument("an entry of inputs has no \"name\"");
    return take_input(name, datatype, shape, has_data);
  }

  Status take_input(std::string_view name, std::string_view datatype,
                    const std::optional<Shape>& shape, bool has_data) {
    const Signature& signature = request.signature_;
    const std::optional<std::size_t> index = signature.find_input(name);
    if (!index) {
      return invalid_argument("the model has no input '{}', its inputs are: {}", name,
                              names_of(signature.inputs()));
    }
    if (std::ranges::find(request.input_of_entry_, *index) != request.input_of_entry_.end()) {
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
    if (!has_data) return invalid_argument("input {} has no \"data\"", name);
    // Each element takes at least a digit and a comma or bracket: what cannot be there needs no
    // memory.
    if (static_cast<std::uint64_t>(shape->elements()) > body.bytes()) {
      return invalid_argument("input {} has shape {}, more elements than the body can hold", name,
                              shape->to_string());
    }
    request.shapes_[*index] = *shape;
    request.input_of_entry_.push_back(*index);
    return {};
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
      TERN_TRY(object(entry, "an entry of outputs",
                      [&](std::string_view key, json::value member) -> Status {
                        if (key == "name") return string(member, "name", name);
                        if (key == "parameters") return read_parameters(member, "parameters");
                        return ignore(member);
                      }));
      const std::optional<std::size_t> index = request.signature_.find_output(name);
      if (!index) {
        return invalid_argument("the model has no output '{}', its outputs are: {}", name,
                                names_of(request.signature_.outputs()));
      }
      if (std::ranges::find(request.outputs_, *index) != request.outputs_.end()) {
        return invalid_argument("output {} is asked for twice", name);
      }
      request.outputs_.push_back(*index);
      return {};
    });
  }

  // Parameters of extensions: those that would change the answer are refused, others mean nothing
  // here.
  Status read_parameters(json::value value, std::string_view what) {
    constexpr std::array<std::string_view, 5> kRefusedUnlessOff{
        "binary_data", "binary_data_output", "binary_data_size", "classification", "sequence_id"};
    return object(value, what, [&](std::string_view key, json::value entry) -> Status {
      if (key == "timeout") return read_timeout(entry);
      if (key == "shared_memory_region") {
        return unimplemented("parameter {}: tensors in shared memory are not supported", key);
      }
      if (std::ranges::find(kRefusedUnlessOff, key) == kRefusedUnlessOff.end()) {
        return ignore(entry);
      }
      bool flag = false;
      std::int64_t number = 0;
      std::string_view text;
      const bool off =
          (entry.get_bool().get(flag) == simdjson::SUCCESS && !flag) ||
          (!flag && entry.get_int64().get(number) == simdjson::SUCCESS && number == 0) ||
          (!flag && number == 0 && entry.get_string().get(text) == simdjson::SUCCESS &&
           text.empty());
      if (off) return {};
      return unimplemented("parameter {} is not supported", key);
    });
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
        const std::size_t index = request.input_of_entry_[entry_index++];
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

InferRequest::InferRequest(const Signature& signature, std::unique_ptr<JsonBody> body)
    : signature_(signature), body_(std::move(body)) {
  shapes_.resize(signature.inputs().size());
}

InferRequest::~InferRequest() = default;

Result<std::unique_ptr<InferRequest>> InferRequest::read(std::string text,
                                                         const Signature& signature,
                                                         JsonParsers& parsers) {
  TERN_ASSIGN_OR_RETURN(std::unique_ptr<JsonBody> body, JsonBody::open(std::move(text), parsers));
  std::unique_ptr<InferRequest> request(new InferRequest(signature, std::move(body)));
  TERN_TRY((Reader{*request, *request->body_}.read_head()));
  return request;
}

Status InferRequest::fill(std::span<Tensor> inputs) {
  return Reader{*this, *body_}.read_data(inputs);
}

}  // namespace tern::serve
