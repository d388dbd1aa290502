// JSON from outside: what was parsed and written parses again, to the same document.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/json.h"

namespace {

void write(tern::JsonWriter& json, const tern::JsonValue& value) {
  if (const auto* members = value.as_object()) {
    json.begin_object();
    for (const auto& [name, member] : *members) {
      json.key(name);
      write(json, member);
    }
    json.end_object();
  } else if (const auto* items = value.as_array()) {
    json.begin_array();
    for (const tern::JsonValue& item : *items) write(json, item);
    json.end_array();
  } else if (const std::string* text = value.as_string()) {
    json.value(*text);
  } else if (const bool* truth = value.as_bool()) {
    json.value(*truth);
  } else if (const std::int64_t* integer = value.as_int()) {
    json.value(*integer);
  } else if (const auto number = value.as_number()) {
    json.value(*number);
  } else {
    json.null();
  }
}

/// `text` parsed and written again.
std::string rewritten(std::string_view text) {
  const tern::Result<tern::JsonValue> parsed = tern::parse_json(text);
  TERN_CHECK(parsed.ok(), "{}: {}", text, parsed.status().to_string());
  std::string out;
  tern::JsonWriter json(out);
  write(json, *parsed);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (!tern::parse_json(text).ok()) return 0;
  // Once is not enough: -0 is read as the integer 0.
  const std::string once = rewritten(rewritten(text));
  TERN_CHECK(rewritten(once) == once, "{}", once);
  return 0;
}
