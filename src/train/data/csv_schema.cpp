// CsvSchema as JSON, as it travels in a model's metadata.
#include "base/errors.h"
#include "base/json.h"
#include "tern/data_files.h"

namespace tern {
namespace {

void write_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.key(name);
  json.begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

Status wrong(std::string_view what, std::string_view wanted) {
  return invalid_argument("csv schema: {} is not {}", what, wanted);
}

// An absent member leaves what is there.
Status read_texts(const JsonValue& object, std::string_view name, std::vector<std::string>& texts) {
  const JsonValue* const member = object.find(name);
  if (member == nullptr) return {};
  if (member->as_array() == nullptr) return wrong(name, "a list");
  for (const JsonValue& item : *member->as_array()) {
    if (item.as_string() == nullptr) return wrong(name, "a list of strings");
    texts.push_back(*item.as_string());
  }
  return {};
}

Status read_number(const JsonValue& object, std::string_view name, float& number) {
  const JsonValue* const member = object.find(name);
  if (member == nullptr) return {};
  if (!member->as_number()) return wrong(name, "a number");
  number = static_cast<float>(*member->as_number());
  return {};
}

Result<CsvColumn> read_column(const JsonValue& object) {
  CsvColumn column;
  if (object.as_object() == nullptr) return wrong("a column", "an object");
  if (const JsonValue* const name = object.find("name")) {
    if (name->as_string() == nullptr) return wrong("name", "a string");
    column.name = *name->as_string();
  }
  TERN_TRY(read_texts(object, "categories", column.categories));
  TERN_TRY(read_number(object, "mean", column.mean));
  if (const JsonValue* const is_input = object.find("is_input")) {
    if (is_input->as_bool() == nullptr) return wrong("is_input", "true or false");
    column.is_input = *is_input->as_bool();
  }
  return column;
}

}  // namespace

std::string to_json(const CsvSchema& schema) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("columns");
  json.begin_array();
  for (const CsvColumn& column : schema.columns) {
    json.begin_object();
    json.field("name", column.name);
    if (!column.categories.empty()) write_texts(json, "categories", column.categories);
    json.field("mean", column.mean);
    json.field("is_input", column.is_input);
    json.end_object();
  }
  json.end_array();
  if (schema.label) json.field("label", *schema.label);
  write_texts(json, "classes", schema.classes);
  json.field("scale", schema.scale);
  json.end_object();
  return text;
}

Result<CsvSchema> parse_csv_schema(std::string_view text) {
  TERN_ASSIGN_OR_RETURN(const JsonValue json, parse_json(text));
  if (json.as_object() == nullptr) return wrong("it", "an object");
  CsvSchema schema;
  const JsonValue* const columns = json.find("columns");
  if (columns == nullptr || columns->as_array() == nullptr) return wrong("columns", "a list");
  for (const JsonValue& item : *columns->as_array()) {
    TERN_ASSIGN_OR_RETURN(CsvColumn column, read_column(item));
    schema.columns.push_back(std::move(column));
  }
  if (const JsonValue* const label = json.find("label")) {
    const auto count = static_cast<std::int64_t>(schema.columns.size());
    if (label->as_int() == nullptr || *label->as_int() < 0 || *label->as_int() >= count) {
      return wrong("label", "the place of a column");
    }
    schema.label = static_cast<std::size_t>(*label->as_int());
  }
  TERN_TRY(read_texts(json, "classes", schema.classes));
  TERN_TRY(read_number(json, "scale", schema.scale));
  return schema;
}

}  // namespace tern
