#include "serve/http/predict_request.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/errors.h"
#include "serve/http/image_request.h"
#include "serve/http/json_elements.h"
#include "serve/http/npy_request.h"

namespace tern::serve {
namespace {

bool fits(const IoInfo& input, const Shape& shape) {
  if (!input.type.has_rank) return true;
  if (shape.rank() != input.type.rank()) return false;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const Dim& dim = input.type.shape[static_cast<std::size_t>(axis)];
    if (dim.known() && dim.value() != shape[axis]) return false;
  }
  return true;
}

// One row of the input, when all of its sizes are stated.
std::optional<Shape> stated_row(const IoInfo& input) {
  std::vector<std::int64_t> dims;
  for (std::size_t axis = 1; axis < input.type.shape.size(); ++axis) {
    if (!input.type.shape[axis].known()) return std::nullopt;
    dims.push_back(input.type.shape[axis].value());
  }
  const Result<Shape> row = Shape::from(dims);
  return row.ok() ? std::optional(*row) : std::nullopt;
}

Shape with_rows(std::int64_t rows, const Shape& row) {
  Shape shape{rows};
  for (const std::int64_t dim : row) shape.push_back(dim);
  return shape;
}

// JSON, read in two passes as InferRequest is.
class JsonPredictRequest final : public BodyReader {
 public:
  JsonPredictRequest(const Signature& signature, std::unique_ptr<JsonBody> body)
      : signature_(signature), body_(std::move(body)), given_(signature.inputs().size()) {
    shapes_.resize(given_.size());
  }

  Status read_shapes() {
    TERN_TRY(walk([this](json::value value, std::size_t input, std::int64_t /*instance*/) {
      return note_shape(value, input);
    }));
    for (std::size_t i = 0; i < given_.size(); ++i) {
      const IoInfo& info = signature_.inputs()[i];
      if (!given_[i]) return invalid_argument("input {} is missing", info.name);
      Shape whole = *given_[i];
      if (form_ == Form::kObjects) {
        if (whole.rank() == Shape::kMaxRank) return too_deep(info);
        whole = with_rows(instances_, whole);
      }
      if (static_cast<std::uint64_t>(whole.elements()) > body_->bytes()) {
        return unequal_lengths(info);
      }
      TERN_ASSIGN_OR_RETURN(shapes_[i], fit_shape(info, whole, form_ != Form::kArray));
    }
    return {};
  }

  Status fill(std::span<Tensor> inputs) override {
    body_->document().rewind();
    reading_ = true;
    entries_.assign(inputs.size(), 0);
    TERN_TRY(walk([&](json::value value, std::size_t input, std::int64_t instance) {
      ++entries_[input];
      return read_into(inputs[input], value, input, instance);
    }));
    const std::int64_t expected = form_ == Form::kObjects ? instances_ : 1;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i] == expected) continue;
      return invalid_argument("input {} is in {} of {} instances", signature_.inputs()[i].name,
                              entries_[i], expected);
    }
    return body_->expect_end();
  }

  bool rows() const { return form_ == Form::kRows || form_ == Form::kObjects; }

 private:
  enum class Form {
    kArray,    // one array, rows or a single instance: the body, or "inputs"
    kRows,     // one array of instances
    kObjects,  // an array of objects, one per instance
    kColumns,  // an object with an array per input
  };

  // Finds the data of every input and calls on_data(value, input, instance) for it; in the first
  // pass only for the first instance.
  template <class OnData>
  Status walk(OnData on_data) {
    json::json_type type{};
    if (const auto code = body_->document().type().get(type)) return body_->error(code);
    if (type == json::json_type::array) {
      json::value root;
      if (const auto code = body_->document().get_value().get(root)) return body_->error(code);
      form_ = Form::kArray;
      return single(root, on_data);
    }
    json::object root;
    if (type != json::json_type::object) {
      return invalid_argument("the body is neither a JSON object nor an array");
    }
    if (const auto code = body_->document().get_object().get(root)) return body_->error(code);
    bool found = false;
    for (auto item : root) {
      json::field field;
      if (const auto code = std::move(item).get(field)) return body_->error(code);
      std::string_view key;
      if (const auto code = field.unescaped_key().get(key)) return body_->error(code);
      json::value value = field.value();
      if (key == "signature_name") {
        TERN_TRY(check_signature_name(value));
        continue;
      }
      if (key != "instances" && key != "inputs") {
        if (const auto code = skip(value)) return body_->error(code);
        continue;
      }
      if (found)
        return invalid_argument("the body has more than one of \"instances\" and \"inputs\"");
      found = true;
      TERN_TRY(key == "instances" ? instances(value, on_data) : columns(value, on_data));
    }
    if (!found) return invalid_argument("the body has neither \"instances\" nor \"inputs\"");
    return {};
  }

  // There is one signature, under the name that TensorFlow gives to the only one.
  Status check_signature_name(json::value value) {
    std::string_view name;
    if (value.get_string().get(name) != simdjson::SUCCESS) {
      return invalid_argument("signature_name is {}, not a string", kind_of(value));
    }
    if (name.empty() || name == "serving_default") return {};
    return invalid_argument("there is no signature '{}', only serving_default", name);
  }

  // Whether an object is a string, {"b64": ...}, and not an instance.
  Status is_base64(json::value value, bool& encoded) {
    json::object object;
    if (const auto code = value.get_object().get(object)) return body_->error(code);
    std::size_t members = 0;
    for (auto item : object) {
      json::field field;
      if (const auto code = std::move(item).get(field)) return body_->error(code);
      std::string_view key;
      if (const auto code = field.unescaped_key().get(key)) return body_->error(code);
      encoded = ++members == 1 && key == "b64";
      if (const auto code = skip(field.value())) return body_->error(code);
    }
    return {};
  }

  template <class OnData>
  Status single(json::value value, OnData on_data) {
    if (given_.size() != 1) {
      return invalid_argument(
          "the model has {} inputs: give {{\"inputs\": {{...}}}} with one array for each",
          given_.size());
    }
    return on_data(value, 0, 0);
  }

  template <class OnData>
  Status instances(json::value value, OnData on_data) {
    json::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) {
      return invalid_argument("instances is {}, not an array", kind_of(value));
    }
    if (!reading_) {
      std::size_t count = 0;
      if (const auto code = array.count_elements().get(count)) return body_->error(code);
      if (count == 0) return invalid_argument("instances is empty");
      instances_ = static_cast<std::int64_t>(count);
      json::value first;
      if (const auto code = array.at(0).get(first)) return body_->error(code);
      json::json_type type{};
      if (const auto code = first.type().get(type)) return body_->error(code);
      if (type == json::json_type::object) {
        bool encoded = false;
        TERN_TRY(is_base64(first, encoded));
        if (const auto code = array.reset().error()) return body_->error(code);
        if (const auto code = array.at(0).get(first)) return body_->error(code);
        if (encoded) type = json::json_type::string;
      }
      form_ = type == json::json_type::object ? Form::kObjects : Form::kRows;
      if (form_ == Form::kObjects) return columns_of(first, 0, "instance 0", on_data);
      TERN_TRY(single(first, on_data));
      if (given_[0]->rank() == Shape::kMaxRank) return too_deep(signature_.inputs()[0]);
      given_[0] = with_rows(instances_, *given_[0]);
      return {};
    }
    if (form_ == Form::kRows) return single(value, on_data);
    std::int64_t index = 0;
    for (auto item : array) {
      json::value instance;
      if (const auto code = item.get(instance)) return body_->error(code);
      TERN_TRY(columns_of(instance, index, fmt::format("instance {}", index), on_data));
      ++index;
    }
    return {};
  }

  template <class OnData>
  Status columns(json::value value, OnData on_data) {
    json::json_type type{};
    if (const auto code = value.type().get(type)) return body_->error(code);
    if (type != json::json_type::object) {
      form_ = Form::kArray;
      return single(value, on_data);
    }
    form_ = Form::kColumns;
    return columns_of(value, 0, "inputs", on_data);
  }

  template <class OnData>
  Status columns_of(json::value value, std::int64_t instance, std::string_view what,
                    OnData on_data) {
    json::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) {
      return invalid_argument("{} is {}, not an object", what, kind_of(value));
    }
    for (auto item : object) {
      json::field field;
      if (const auto code = std::move(item).get(field)) return body_->error(code);
      std::string_view name;
      if (const auto code = field.unescaped_key().get(name)) return body_->error(code);
      const std::optional<std::size_t> input = signature_.find_input(name);
      if (!input) return invalid_argument("{}: the model has no input '{}'", what, name);
      TERN_TRY(on_data(field.value(), *input, instance));
    }
    return {};
  }

  // First pass: the shape that the first entries show. The second pass finds those that differ.
  Status note_shape(json::value value, std::size_t input) {
    const IoInfo& info = signature_.inputs()[input];
    if (given_[input]) return invalid_argument("input {} is given twice", info.name);
    std::vector<std::int64_t> dims;
    while (true) {
      json::json_type type{};
      if (const auto code = value.type().get(type)) return body_->error(code);
      if (type != json::json_type::array) break;
      if (dims.size() == Shape::kMaxRank) return too_deep(info);
      json::array array;
      if (const auto code = value.get_array().get(array)) return body_->error(code);
      std::size_t count = 0;
      if (const auto code = array.count_elements().get(count)) return body_->error(code);
      dims.push_back(static_cast<std::int64_t>(count));
      if (count == 0) break;
      if (const auto code = array.at(0).get(value)) return body_->error(code);
    }
    const Result<Shape> shape = Shape::from(dims);
    if (!shape.ok() || static_cast<std::uint64_t>(shape->elements()) > body_->bytes()) {
      return unequal_lengths(info);
    }
    given_[input] = *shape;
    return {};
  }

  Status read_into(Tensor& tensor, json::value value, std::size_t input, std::int64_t instance) {
    const IoInfo& info = signature_.inputs()[input];
    Tensor part = tensor;
    if (form_ == Form::kObjects) {
      if (instance >= instances_ || entries_[input] != instance + 1) {
        return invalid_argument("input {} is missing or given twice near instance {}", info.name,
                                instance);
      }
      if (tensor.rank() == 0 || tensor.dim(0) != instances_) {
        return invalid_argument("input {} has no row per instance: use \"inputs\"", info.name);
      }
      TERN_ASSIGN_OR_RETURN(part, tensor.slice(instance, instance + 1));
    }
    ElementsResult result = read_elements(value, *given_[input], Arrangement::kExact, part);
    if (result.code != simdjson::SUCCESS) return body_->error(result.code);
    return std::move(result.status).with_context(fmt::format("input {}", info.name));
  }

  // The lengths of the first arrays promise more elements than the body has bytes.
  static Status unequal_lengths(const IoInfo& info) {
    return invalid_argument("input {}: the arrays are of different lengths", info.name);
  }

  static Status too_deep(const IoInfo& info) {
    return invalid_argument("input {}: arrays are nested deeper than {}", info.name,
                            Shape::kMaxRank);
  }

  const Signature& signature_;
  std::unique_ptr<JsonBody> body_;
  std::vector<std::optional<Shape>> given_;  // as nested; of one instance with kObjects
  std::vector<std::int64_t> entries_;        // seen of each input in the second pass
  std::int64_t instances_ = 0;
  Form form_ = Form::kArray;
  bool reading_ = false;
};

}  // namespace

Result<Shape> fit_shape(const IoInfo& input, const Shape& given, bool rows) {
  if (fits(input, given)) return given;
  const std::optional<Shape> row = stated_row(input);
  if (input.type.rank() > 0) {
    std::optional<Shape> fitted;
    if (row && given.rank() > 0 && given[0] > 0 && given.elements() / given[0] == row->elements()) {
      fitted = with_rows(given[0], *row);
    } else if (row && !rows && given.elements() == row->elements()) {
      fitted = with_rows(1, *row);
    } else if (!row && !rows && given.rank() + 1 == input.type.rank()) {
      fitted = with_rows(1, given);
    }
    if (fitted && fits(input, *fitted)) return *fitted;
  } else if (given.elements() == 1) {
    return Shape();
  }
  return invalid_argument("input {}: data of shape {} does not suit {}", input.name,
                          given.to_string(), input.text);
}

Result<TensorflowRequest> read_tensorflow_request(std::string text, const Signature& signature,
                                                  JsonParsers& parsers) {
  TERN_ASSIGN_OR_RETURN(std::unique_ptr<JsonBody> body, JsonBody::open(std::move(text), parsers));
  auto request = std::make_unique<JsonPredictRequest>(signature, std::move(body));
  TERN_TRY(request->read_shapes());
  const bool rows = request->rows();
  return TensorflowRequest{std::move(request), rows};
}

bool reads_slowly(std::string_view body) { return is_image(body); }

Result<std::unique_ptr<BodyReader>> read_predict_request(std::string text,
                                                         const Signature& signature,
                                                         const PictureInput& pictures,
                                                         JsonParsers& parsers) {
  if (is_npy(text)) return read_npy_request(text, signature);
  if (is_image(text)) {
    return read_image_request(text, signature, pictures.metadata, pictures.choices);
  }
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string::npos) return invalid_argument("the body is empty");
  if (text[start] != '{' && text[start] != '[') {
    return invalid_argument("the body is neither JSON nor .npy nor a picture");
  }
  TERN_ASSIGN_OR_RETURN(std::unique_ptr<JsonBody> body, JsonBody::open(std::move(text), parsers));
  auto request = std::make_unique<JsonPredictRequest>(signature, std::move(body));
  TERN_TRY(request->read_shapes());
  return std::unique_ptr<BodyReader>(std::move(request));
}

}  // namespace tern::serve
