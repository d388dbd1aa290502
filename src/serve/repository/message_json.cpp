#include "serve/repository/message_json.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <vector>

#include "base/json.h"

namespace tern::serve {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void write_message(JsonWriter& json, const Message& message);

// One value of a field: element `index` of a repeated one, the value itself when it is below 0.
void write_value(JsonWriter& json, const Message& message, const FieldDescriptor& field,
                 int index) {
  const auto& access = *message.GetReflection();
  const auto get = [&](auto single, auto repeated) {
    return index < 0 ? (access.*single)(message, &field)
                     : (access.*repeated)(message, &field, index);
  };
  using R = google::protobuf::Reflection;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: return json.value(get(&R::GetInt32, &R::GetRepeatedInt32));
    case FieldDescriptor::CPPTYPE_INT64:
      return json.value(static_cast<std::int64_t>(get(&R::GetInt64, &R::GetRepeatedInt64)));
    case FieldDescriptor::CPPTYPE_UINT32:
      return json.value(get(&R::GetUInt32, &R::GetRepeatedUInt32));
    case FieldDescriptor::CPPTYPE_UINT64:
      return json.value(static_cast<std::uint64_t>(get(&R::GetUInt64, &R::GetRepeatedUInt64)));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return json.value(get(&R::GetDouble, &R::GetRepeatedDouble));
    case FieldDescriptor::CPPTYPE_FLOAT: return json.value(get(&R::GetFloat, &R::GetRepeatedFloat));
    case FieldDescriptor::CPPTYPE_BOOL: return json.value(get(&R::GetBool, &R::GetRepeatedBool));
    case FieldDescriptor::CPPTYPE_STRING:
      return json.value(std::string_view(get(&R::GetString, &R::GetRepeatedString)));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = index < 0 ? access.GetEnum(message, &field)
                                    : access.GetRepeatedEnum(message, &field, index);
      return json.value(std::string_view(value->name()));
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return write_message(json, index < 0 ? access.GetMessage(message, &field)
                                           : access.GetRepeatedMessage(message, &field, index));
  }
}

std::string key_of(const Message& entry, const FieldDescriptor& key) {
  const auto& access = *entry.GetReflection();
  if (key.cpp_type() == FieldDescriptor::CPPTYPE_STRING) return access.GetString(entry, &key);
  return std::to_string(access.GetUInt64(entry, &key));  // the only other kind in the schema
}

// An object, sorted by its keys.
void write_map(JsonWriter& json, const Message& message, const FieldDescriptor& field) {
  const auto& access = *message.GetReflection();
  std::vector<std::pair<std::string, const Message*>> entries;
  for (int i = 0; i < access.FieldSize(message, &field); ++i) {
    const Message& entry = access.GetRepeatedMessage(message, &field, i);
    entries.emplace_back(key_of(entry, *field.message_type()->map_key()), &entry);
  }
  std::ranges::sort(entries, {}, &std::pair<std::string, const Message*>::first);
  json.begin_object();
  for (const auto& [key, entry] : entries) {
    json.key(key);
    write_value(json, *entry, *field.message_type()->map_value(), -1);
  }
  json.end_object();
}

void write_message(JsonWriter& json, const Message& message) {
  const auto& access = *message.GetReflection();
  json.begin_object();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    if (!field.is_repeated() && field.has_presence() && !access.HasField(message, &field)) continue;
    json.key(field.name());
    if (field.is_map()) {
      write_map(json, message, field);
    } else if (field.is_repeated()) {
      json.begin_array();
      for (int k = 0; k < access.FieldSize(message, &field); ++k) {
        write_value(json, message, field, k);
      }
      json.end_array();
    } else {
      write_value(json, message, field, -1);
    }
  }
  json.end_object();
}

}  // namespace

std::string message_json(const Message& message) {
  std::string text;
  JsonWriter json(text);
  write_message(json, message);
  return text;
}

}  // namespace tern::serve
