// JSON out (JsonWriter) and in (parse_json). Documents from outside are limited in size and depth.
//
//   std::string out;
//   JsonWriter json(out);
//   json.begin_object();
//   json.field("model", "lenet");
//   json.field("median_ms", 0.12);
//   json.end_object();                      // {"model":"lenet","median_ms":0.12}
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tern/status.h"

namespace tern {

/// How numbers that JSON does not have are written.
enum class NonFinite : std::uint8_t {
  kNull,     // null: valid JSON everywhere
  kString,   // "NaN", "Infinity", "-Infinity"
  kLiteral,  // NaN, Infinity, -Infinity: not JSON, but what several Python servers exchange
};

/// Appends compact JSON to a string. The caller keeps to the grammar: begin and end match, and
/// inside an object every value follows a key (checked in debug builds).
class JsonWriter {
 public:
  /// `out` must outlive the writer.
  explicit JsonWriter(std::string& out, NonFinite non_finite = NonFinite::kNull)
      : out_(out), non_finite_(non_finite) {}

  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }
  void key(std::string_view name);

  /// Bytes that are not UTF-8 become U+FFFD.
  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(bool truth);
  /// The shortest digits that read back as the same float or double.
  void value(double number);
  void value(float number);
  void value(std::integral auto number) {
    if constexpr (std::signed_integral<decltype(number)>) {
      write_signed(number);
    } else {
      write_unsigned(number);
    }
  }
  void null();
  /// A whole array.
  void value(std::span<const float> numbers);
  void value(std::span<const std::int64_t> numbers);
  /// Text that is JSON already.
  void raw(std::string_view json);

  void field(std::string_view name, const auto& content) {
    key(name);
    value(content);
  }

 private:
  void begin(char bracket);
  void end(char bracket);
  void separate();
  void write_signed(std::int64_t number);
  void write_unsigned(std::uint64_t number);
  template <class Number>
  void write_floating(Number number);

  std::string& out_;
  NonFinite non_finite_;
  bool first_ = true;  // no comma before the next value
  std::size_t depth_ = 0;
};

/// `text` in quotes with JSON's escapes.
std::string json_quoted(std::string_view text);

/// A parsed document. Objects keep the order of their members.
class JsonValue {
 public:
  using Array = std::vector<JsonValue>;
  using Member = std::pair<std::string, JsonValue>;
  using Object = std::vector<Member>;

  JsonValue() = default;
  explicit JsonValue(bool truth) : value_(truth) {}
  explicit JsonValue(std::int64_t number) : value_(number) {}
  explicit JsonValue(double number) : value_(number) {}
  explicit JsonValue(std::string text) : value_(std::move(text)) {}
  explicit JsonValue(Array items) : value_(std::move(items)) {}
  explicit JsonValue(Object members) : value_(std::move(members)) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  /// Null when the value is of another kind. A double is never shown as an integer; as_number()
  /// takes both.
  const bool* as_bool() const { return std::get_if<bool>(&value_); }
  const std::int64_t* as_int() const { return std::get_if<std::int64_t>(&value_); }
  const std::string* as_string() const { return std::get_if<std::string>(&value_); }
  const Array* as_array() const { return std::get_if<Array>(&value_); }
  const Object* as_object() const { return std::get_if<Object>(&value_); }
  /// Integers and doubles.
  std::optional<double> as_number() const;

  /// The member `name` of an object; null when there is none or this is no object.
  const JsonValue* find(std::string_view name) const;
  /// "null", "boolean", "integer", "number", "string", "array" or "object", for messages.
  std::string_view kind() const;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

struct JsonLimits {
  std::size_t max_bytes = std::size_t{256} << 20;
  int max_depth = 100;
};

/// RFC 8259 in UTF-8, nothing else: no comments, no trailing commas, no NaN, no repeated member
/// names. Integers beyond 64 bits signed become doubles. Failures are kInvalidArgument with the
/// position, or kResourceExhausted for a passed limit.
Result<JsonValue> parse_json(std::string_view text, const JsonLimits& limits = {});

}  // namespace tern
