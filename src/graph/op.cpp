#include "tern/op.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

#include "base/errors.h"
#include "graph/op_def.h"

namespace tern {
namespace {

template <class T>
const T& member(const FieldInfo& field, const void* attributes) {
  return *static_cast<const T*>(field.member(attributes));
}

template <class T>
T& mutable_member(const FieldInfo& field, void* attributes) {
  return *const_cast<T*>(static_cast<const T*>(field.member(attributes)));
}

int enum_value(const FieldInfo& field, const void* attributes) {
  int value = 0;
  std::memcpy(&value, field.member(attributes), sizeof value);
  return value;
}

AttributeValue read_field(const FieldInfo& field, const void* a) {
  switch (field.type) {
    case FieldType::kInt: return member<std::int64_t>(field, a);
    case FieldType::kFloat: return member<float>(field, a);
    case FieldType::kString: return member<std::string>(field, a);
    case FieldType::kBool: return std::int64_t{member<bool>(field, a)};
    case FieldType::kDType: {
      const DType dtype = member<DType>(field, a);
      if (dtype == DType::kUndefined) return {};
      return static_cast<std::int64_t>(dtype);
    }
    case FieldType::kEnum:
      return std::string(field.enum_names[static_cast<std::size_t>(enum_value(field, a))]);
    case FieldType::kTensor: {
      const auto& tensor = member<Tensor>(field, a);
      return tensor.defined() ? AttributeValue(tensor) : AttributeValue();
    }
    case FieldType::kIntList: return member<std::vector<std::int64_t>>(field, a);
    case FieldType::kFloatList: return member<std::vector<float>>(field, a);
    case FieldType::kStringList: return member<std::vector<std::string>>(field, a);
    case FieldType::kOptionalInt: {
      const auto& value = member<std::optional<std::int64_t>>(field, a);
      return value ? AttributeValue(*value) : AttributeValue();
    }
    case FieldType::kOptionalFloat: {
      const auto& value = member<std::optional<float>>(field, a);
      return value ? AttributeValue(*value) : AttributeValue();
    }
  }
  return {};
}

constexpr std::array<std::string_view, 8> kKindNames{"nothing",  "an int", "a float", "a string",
                                                     "a tensor", "ints",   "floats",  "strings"};

// The value as T, or a failure that names what it is instead.
template <class T>
Result<const T*> expect(const FieldInfo& field, const AttributeValue& value) {
  if (const T* typed = std::get_if<T>(&value)) return typed;
  return invalid_argument("attribute '{}' is {}, not {}", field.name, kKindNames[value.index()],
                          kKindNames[AttributeValue(T()).index()]);
}

template <class Stored, class Carried>
Status store(const FieldInfo& field, void* attributes, const AttributeValue& value) {
  TERN_ASSIGN_OR_RETURN(const Carried* carried, expect<Carried>(field, value));
  mutable_member<Stored>(field, attributes) = *carried;
  return {};
}

Status write_enum(const FieldInfo& field, void* attributes, const AttributeValue& value) {
  TERN_ASSIGN_OR_RETURN(const std::string* text, expect<std::string>(field, value));
  const auto found = std::ranges::find(field.enum_names, *text);
  if (found == field.enum_names.end()) {
    return invalid_argument("attribute '{}' is '{}', not one of {}", field.name, *text,
                            fmt::join(field.enum_names, ", "));
  }
  const int number = static_cast<int>(found - field.enum_names.begin());
  std::memcpy(const_cast<void*>(field.member(attributes)), &number, sizeof number);
  return {};
}

Status write_dtype(const FieldInfo& field, void* attributes, const AttributeValue& value) {
  TERN_ASSIGN_OR_RETURN(const std::int64_t* number, expect<std::int64_t>(field, value));
  if (*number <= 0 || *number >= kElementTypeCount) {
    return invalid_argument("attribute '{}' is {}, which is no element type", field.name, *number);
  }
  mutable_member<DType>(field, attributes) = static_cast<DType>(*number);
  return {};
}

Status write_field(const FieldInfo& field, void* a, const AttributeValue& value) {
  using Ints = std::vector<std::int64_t>;
  using Floats = std::vector<float>;
  using Strings = std::vector<std::string>;
  switch (field.type) {
    case FieldType::kInt: return store<std::int64_t, std::int64_t>(field, a, value);
    case FieldType::kFloat: return store<float, float>(field, a, value);
    case FieldType::kString: return store<std::string, std::string>(field, a, value);
    case FieldType::kBool: {
      TERN_ASSIGN_OR_RETURN(const std::int64_t* number, expect<std::int64_t>(field, value));
      mutable_member<bool>(field, a) = *number != 0;
      return {};
    }
    case FieldType::kDType: return write_dtype(field, a, value);
    case FieldType::kEnum: return write_enum(field, a, value);
    case FieldType::kTensor: return store<Tensor, Tensor>(field, a, value);
    case FieldType::kIntList: return store<Ints, Ints>(field, a, value);
    case FieldType::kFloatList: return store<Floats, Floats>(field, a, value);
    case FieldType::kStringList: return store<Strings, Strings>(field, a, value);
    case FieldType::kOptionalInt:
      return store<std::optional<std::int64_t>, std::int64_t>(field, a, value);
    case FieldType::kOptionalFloat: return store<std::optional<float>, float>(field, a, value);
  }
  return internal_error("attribute '{}' has no kind", field.name);
}

// Bit by bit, as tensors are: NaN is itself, and -0 is not 0.
bool equal_floats(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

bool equal_values(const AttributeValue& a, const AttributeValue& b) {
  if (a.index() != b.index()) return false;
  if (const auto* tensor = std::get_if<Tensor>(&a)) return identical(*tensor, std::get<Tensor>(b));
  return std::visit(
      [&](const auto& value) {
        using T = std::remove_cvref_t<decltype(value)>;
        if constexpr (std::is_same_v<T, Tensor>) {
          return false;
        } else if constexpr (std::is_same_v<T, float>) {
          return equal_floats({&value, 1}, {&std::get<T>(b), 1});
        } else if constexpr (std::is_same_v<T, std::vector<float>>) {
          return equal_floats(value, std::get<T>(b));
        } else {
          return value == std::get<T>(b);
        }
      },
      a);
}

}  // namespace

Op::Op(const OpDef& def) : def_(&def), attributes_(def.make()) {}

std::string_view Op::name() const { return def_->name; }
std::string_view Op::domain() const { return def_->domain; }

Status Op::set(std::string_view attribute, const AttributeValue& value) {
  for (const FieldInfo& field : def_->fields) {
    if (field.name != attribute) continue;
    std::shared_ptr<void> changed = def_->copy(attributes_.get());
    TERN_TRY(write_field(field, changed.get(), value));
    attributes_ = std::move(changed);
    return {};
  }
  return invalid_argument("{} has no attribute '{}'", name(), attribute);
}

std::vector<std::pair<std::string_view, AttributeValue>> Op::attribute_values() const {
  std::vector<std::pair<std::string_view, AttributeValue>> values;
  for (const FieldInfo& field : def_->fields) {
    values.emplace_back(field.name, read_field(field, attributes_.get()));
  }
  return values;
}

bool operator==(const Op& a, const Op& b) {
  if (a.def_ != b.def_) return false;
  if (a.attributes_ == b.attributes_) return true;
  return std::ranges::all_of(a.def_->fields, [&](const FieldInfo& field) {
    return equal_values(read_field(field, a.attributes_.get()),
                        read_field(field, b.attributes_.get()));
  });
}

}  // namespace tern
