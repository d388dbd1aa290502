#include "serve/http/json_body.h"

#include <utility>

#include "base/errors.h"

namespace tern::serve {
namespace {

// Deeper documents are refused: every level is a call of skip().
constexpr int kMaxDepth = 64;
// A parser has several times the memory of the largest body it has read.
constexpr std::size_t kMaxKeptBytes = std::size_t{1} << 20;

}  // namespace

std::shared_ptr<JsonParser> JsonParsers::take() {
  {
    const MutexLock lock(mu_);
    if (!free_.empty()) {
      std::shared_ptr<JsonParser> parser = std::move(free_.back());
      free_.pop_back();
      return parser;
    }
  }
  return std::make_shared<JsonParser>();
}

void JsonParsers::give_back(std::shared_ptr<JsonParser> parser) {
  if (parser->parser.capacity() > kMaxKeptBytes) return;
  const MutexLock lock(mu_);
  if (free_.size() < kMost) free_.push_back(std::move(parser));
}

Result<std::unique_ptr<JsonBody>> JsonBody::open(std::string text, JsonParsers& parsers,
                                                 std::optional<std::size_t> json_bytes) {
  const std::size_t length = json_bytes.value_or(text.size());
  std::unique_ptr<JsonBody> body(new JsonBody(std::move(text), length, parsers));
  body->text_.reserve(body->text_.size() + simdjson::SIMDJSON_PADDING);
  const simdjson::error_code code =
      body->parser_->parser.iterate(body->text_.data(), length, body->text_.capacity())
          .get(body->document_);
  if (code != simdjson::SUCCESS) return body->error(code);
  return body;
}

JsonBody::~JsonBody() { parsers_.give_back(std::move(parser_)); }

Status JsonBody::error(simdjson::error_code code) {
  const char* place = nullptr;
  if (document_.is_alive() && document_.current_location().get(place) == simdjson::SUCCESS &&
      place >= text_.data() && place <= text_.data() + json_bytes_) {
    return invalid_argument("the body is no valid JSON near byte {}: {}", place - text_.data(),
                            simdjson::error_message(code));
  }
  return invalid_argument("the body is no valid JSON: {}", simdjson::error_message(code));
}

Status JsonBody::expect_end() {
  const char* place = nullptr;
  if (document_.current_location().get(place) == simdjson::OUT_OF_BOUNDS) return {};
  return invalid_argument("the body goes on after its JSON value");
}

simdjson::error_code skip(json::value value, int depth) {
  if (depth > kMaxDepth) return simdjson::DEPTH_ERROR;
  json::json_type type{};
  if (const auto code = value.type().get(type)) return code;
  switch (type) {
    case json::json_type::array: {
      json::array array;
      if (const auto code = value.get_array().get(array)) return code;
      for (auto item : array) {
        json::value inner;
        if (const auto code = item.get(inner)) return code;
        if (const auto code = skip(inner, depth + 1)) return code;
      }
      return simdjson::SUCCESS;
    }
    case json::json_type::object: {
      json::object object;
      if (const auto code = value.get_object().get(object)) return code;
      for (auto item : object) {
        json::field field;
        if (const auto code = std::move(item).get(field)) return code;
        if (const auto code = skip(field.value(), depth + 1)) return code;
      }
      return simdjson::SUCCESS;
    }
    case json::json_type::string: return value.get_string().error();
    case json::json_type::number: return value.get_number().error();
    case json::json_type::boolean: return value.get_bool().error();
    case json::json_type::null: {
      bool null = false;
      if (const auto code = value.is_null().get(null)) return code;
      return null ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
    }
  }
  return simdjson::TAPE_ERROR;
}

std::string_view kind_of(json::value value) {
  json::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) return "no value";
  switch (type) {
    case json::json_type::array: return "an array";
    case json::json_type::object: return "an object";
    case json::json_type::string: return "a string";
    case json::json_type::number: return "a number";
    case json::json_type::boolean: return "a boolean";
    case json::json_type::null: return "null";
  }
  return "no value";
}

}  // namespace tern::serve
