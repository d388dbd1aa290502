#include "base/json.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/errors.h"

namespace tern {
namespace {

/// Builds a JsonValue from the events of nlohmann's parser, which keeps its own stack on the heap:
/// a deep document costs no recursion before `max_depth` ends it.
class TreeBuilder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit TreeBuilder(int max_depth) : max_depth_(max_depth) {}

  JsonValue take_root() { return std::move(root_); }
  const Status& failure() const { return failure_; }

  bool null() override { return add(JsonValue()); }
  bool boolean(bool truth) override { return add(JsonValue(truth)); }
  bool number_integer(number_integer_t number) override { return add(JsonValue(number)); }
  bool number_unsigned(number_unsigned_t number) override {
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return add(JsonValue(static_cast<double>(number)));
    }
    return add(JsonValue(static_cast<std::int64_t>(number)));
  }
  bool number_float(number_float_t number, const string_t&) override {
    return add(JsonValue(number));
  }
  bool string(string_t& text) override { return add(JsonValue(std::move(text))); }
  bool binary(binary_t&) override { return false; }  // never sent for text

  bool start_object(std::size_t) override { return open(Kind::kObject); }
  bool start_array(std::size_t) override { return open(Kind::kArray); }
  bool key(string_t& name) override {
    open_.back().names.push_back(std::move(name));
    return true;
  }
  bool end_object() override;
  bool end_array() override {
    JsonValue array(std::move(open_.back().items));
    open_.pop_back();
    return add(std::move(array));
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception& error) override;

 private:
  enum class Kind : std::uint8_t { kArray, kObject };
  struct Open {
    Kind kind;
    std::vector<std::string> names;  // of an object, as long as or one longer than items
    JsonValue::Array items;
  };

  bool open(Kind kind) {
    if (static_cast<int>(open_.size()) >= max_depth_) {
      failure_ = resource_exhausted("json: nested deeper than {} levels", max_depth_);
      return false;
    }
    open_.push_back({kind, {}, {}});
    return true;
  }

  bool add(JsonValue value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else {
      open_.back().items.push_back(std::move(value));
    }
    return true;
  }

  int max_depth_;
  std::vector<Open> open_;
  JsonValue root_;
  Status failure_;
};

/// A name that occurs twice, or null.
const std::string* repeated(const std::vector<std::string>& names) {
  std::vector<const std::string*> sorted;
  sorted.reserve(names.size());
  for (const std::string& name : names) sorted.push_back(&name);
  std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return *a < *b; });
  const auto twin =
      std::adjacent_find(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return *a == *b; });
  return twin == sorted.end() ? nullptr : *twin;
}

bool TreeBuilder::end_object() {
  Open closed = std::move(open_.back());
  open_.pop_back();
  if (const std::string* name = repeated(closed.names)) {
    failure_ = invalid_argument("json: member {} occurs twice in an object", json_quoted(*name));
    return false;
  }
  JsonValue::Object members;
  members.reserve(closed.items.size());
  for (std::size_t i = 0; i < closed.items.size(); ++i) {
    members.emplace_back(std::move(closed.names[i]), std::move(closed.items[i]));
  }
  return add(JsonValue(std::move(members)));
}

/// nlohmann says "[json.exception.parse_error.101] parse error at line 1, column 2: why"; the part
/// from "line" on is what a person needs.
bool TreeBuilder::parse_error(std::size_t position, const std::string&,
                              const nlohmann::json::exception& error) {
  const std::string_view what = error.what();
  const std::size_t line = what.find("line ");
  if (line == std::string_view::npos) {
    failure_ = invalid_argument("json: byte {}: {}", position, what);
  } else {
    failure_ = invalid_argument("json: {}", what.substr(line));
  }
  return false;
}

}  // namespace

std::optional<double> JsonValue::as_number() const {
  if (const std::int64_t* integer = as_int()) return static_cast<double>(*integer);
  const double* number = std::get_if<double>(&value_);
  return number == nullptr ? std::nullopt : std::optional(*number);
}

const JsonValue* JsonValue::find(std::string_view name) const {
  const Object* members = as_object();
  if (members == nullptr) return nullptr;
  for (const Member& member : *members) {
    if (member.first == name) return &member.second;
  }
  return nullptr;
}

std::string_view JsonValue::kind() const {
  constexpr std::string_view kKinds[] = {"null",   "boolean", "integer", "number",
                                         "string", "array",   "object"};
  return kKinds[value_.index()];
}

Result<JsonValue> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return resource_exhausted("json: {} bytes, the limit is {}", text.size(), limits.max_bytes);
  }
  TreeBuilder builder(limits.max_depth);
  try {
    if (nlohmann::json::sax_parse(text, &builder)) return builder.take_root();
  } catch (const std::exception& error) {
    return internal_error("json: {}", error.what());
  }
  return builder.failure();
}

}  // namespace tern
