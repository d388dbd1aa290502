// JsonBody: a JSON document from outside, read on demand: text is looked at where it is asked for,
// so elements go from the body to their tensor in one step. For .cpp files of this folder only:
// this header brings simdjson.
//
// simdjson's rules: values are read once and in order, and after an error nothing more is read.
// rewind() begins again.
#pragma once

#include <simdjson.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "serve/http/json_parsers.h"
#include "tern/status.h"

namespace tern::serve {

namespace json = simdjson::ondemand;

struct JsonParser {
  json::parser parser;
};

class JsonBody {
 public:
  /// Takes the text, of which the first `json_bytes` are the document, or all. `parsers` must
  /// outlive this. kInvalidArgument when it is not UTF-8, or surely no JSON.
  static Result<std::unique_ptr<JsonBody>> open(std::string text, JsonParsers& parsers,
                                                std::optional<std::size_t> json_bytes = {});
  ~JsonBody();
  JsonBody(const JsonBody&) = delete;
  JsonBody& operator=(const JsonBody&) = delete;

  json::document& document() { return document_; }
  std::size_t bytes() const { return json_bytes_; }
  /// What follows the document.
  std::string_view rest() const { return std::string_view(text_).substr(json_bytes_); }
  /// What simdjson complains about, and where.
  Status error(simdjson::error_code code);
  /// Fails unless the document has ended.
  Status expect_end();

 private:
  JsonBody(std::string text, std::size_t json_bytes, JsonParsers& parsers)
      : text_(std::move(text)),
        json_bytes_(json_bytes),
        parsers_(parsers),
        parser_(parsers.take()) {}

  std::string text_;
  const std::size_t json_bytes_;
  JsonParsers& parsers_;
  std::shared_ptr<JsonParser> parser_;
  json::document document_;
};

/// Reads and forgets a value, so that malformed text is found in it too.
simdjson::error_code skip(json::value value, int depth = 0);

/// "an array", "a string", ... for messages.
std::string_view kind_of(json::value value);

}  // namespace tern::serve
