#include "graph/text_literal_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/errors.h"
#include "base/strings.h"
#include "graph/text_literal_writer.h"
#include "tensor/element.h"

namespace tern {
namespace {

/// Graph::symbol looks through all symbols, which a text can make many of.
constexpr std::size_t kMaxSymbols = 1 << 14;
/// Containers in containers, in types and in tensors.
constexpr int kMaxContainerDepth = 8;
/// What is allocated for a tensor before its elements are seen, per byte of text that is left. An
/// element takes two bytes of text at least, so only containers of nothing come near.
constexpr std::size_t kBytesPerByteOfText = 16;

void store_bits(void* data, std::int64_t i, std::size_t bytes, std::uint64_t bits) {
  std::memcpy(static_cast<std::byte*>(data) + static_cast<std::size_t>(i) * bytes, &bits, bytes);
}

template <class T>
std::optional<T> parse_number(std::string_view text, int base = 0) {
  if (text.starts_with('+')) text.remove_prefix(1);
  T value{};
  const char* end = text.data() + text.size();
  std::from_chars_result parsed{};
  if constexpr (std::is_floating_point_v<T>) {
    parsed = std::from_chars(text.data(), end, value);
  } else {
    parsed = std::from_chars(text.data(), end, value, base == 0 ? 10 : base);
  }
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

/// "0x" and as many digits as the element has.
std::optional<std::uint64_t> parse_bits(std::string_view text, std::size_t bytes) {
  if (text.size() != 2 + 2 * bytes || !text.starts_with("0x")) return std::nullopt;
  return parse_number<std::uint64_t>(text.substr(2), 16);
}

bool fits(DType dtype, std::int64_t value) {
  const int bits = bit_width(dtype);
  if (bits == 64) return true;
  if (!is_signed_integer(dtype)) return value >= 0 && value < std::int64_t{1} << bits;
  return value >= -(std::int64_t{1} << (bits - 1)) && value < std::int64_t{1} << (bits - 1);
}

Result<bool> read_bool(TextCursor& cursor) {
  if (!cursor.at_word("true") && !cursor.at_word("false")) {
    return cursor.unexpected("true or false");
  }
  const bool value = cursor.at_word("true");
  cursor.advance();
  return value;
}

}  // namespace

Result<DType> LiteralReader::dtype() {
  const std::string_view text = cursor_.token().text;
  const Result<DType> found = parse_dtype(text);
  if (cursor_.token().kind != TokenKind::kName || !found.ok() || to_string(*found) != text) {
    return cursor_.unexpected("an element type such as f32");
  }
  cursor_.advance();
  return *found;
}

Result<Dim> LiteralReader::dim() {
  const Token here = cursor_.token();
  if (cursor_.take("?")) return Dim();
  if (here.kind == TokenKind::kNumber) {
    TERN_ASSIGN_OR_RETURN(const std::int64_t value, cursor_.size("a size"));
    return Dim(value);
  }
  // A symbol may have any name, the empty one and "_" included, when it is quoted.
  std::string name;
  if (here.kind == TokenKind::kString) {
    TERN_ASSIGN_OR_RETURN(name, cursor_.string("a size"));
  } else {
    TERN_ASSIGN_OR_RETURN(name, cursor_.name("a size"));
  }
  const auto [entry, is_new] = symbols_.try_emplace(name);
  if (symbols_.size() > kMaxSymbols) {
    return cursor_.error(here, "more than {} symbols", kMaxSymbols);
  }
  if (is_new) entry->second = graph_.symbol(name);
  return Dim(entry->second);
}

Result<TypeInfo> LiteralReader::type(int depth) {
  const Token here = cursor_.token();
  if (depth > kMaxContainerDepth) {
    return cursor_.error(here, "containers are nested deeper than {} levels", kMaxContainerDepth);
  }
  TypeInfo type;
  if (!cursor_.take("?")) {
    TERN_ASSIGN_OR_RETURN(type.dtype, dtype());
  }
  if (cursor_.take("[")) TERN_TRY(sizes(type));
  if (is_container(type.dtype) && cursor_.at_word("of")) {
    cursor_.advance();
    TERN_ASSIGN_OR_RETURN(TypeInfo element, this->type(depth + 1));
    // A map says what its keys are and then what its values are.
    if (type.dtype == DType::kMap && element.element == nullptr && cursor_.at_word("of")) {
      cursor_.advance();
      TERN_ASSIGN_OR_RETURN(TypeInfo values, this->type(depth + 1));
      element.element = std::make_shared<const TypeInfo>(std::move(values));
    }
    type.element = std::make_shared<const TypeInfo>(std::move(element));
  }
  return type;
}

// Behind "[", up to and including "]".
Status LiteralReader::sizes(TypeInfo& type) {
  const Token here = cursor_.token();
  type.has_rank = true;
  Shape known;
  while (!cursor_.at("]")) {
    if (!type.shape.empty()) TERN_TRY(cursor_.expect(","));
    if (type.rank() == Shape::kMaxRank) {
      return cursor_.error(here, "more than {} sizes", Shape::kMaxRank);
    }
    TERN_ASSIGN_OR_RETURN(const Dim size, dim());
    if (size.known()) known.push_back(size.value());
    type.shape.push_back(size);
  }
  cursor_.advance();
  if (const Result<Shape> checked = Shape::from(known.dims()); !checked.ok()) {
    return cursor_.located(here, checked.status());
  }
  return {};
}

Result<Shape> LiteralReader::shape() {
  const Token here = cursor_.token();
  TERN_TRY(cursor_.expect("["));
  std::vector<std::int64_t> sizes;
  while (!cursor_.at("]")) {
    if (!sizes.empty()) TERN_TRY(cursor_.expect(","));
    TERN_ASSIGN_OR_RETURN(const std::int64_t size, cursor_.size("a size"));
    sizes.push_back(size);
  }
  cursor_.advance();
  Result<Shape> checked = Shape::from(sizes);
  if (!checked.ok()) return cursor_.located(here, checked.status());
  return checked;
}

Result<Tensor> LiteralReader::tensor(int depth) {
  const Token here = cursor_.token();
  if (depth > kMaxContainerDepth) {
    return cursor_.error(here, "containers are nested deeper than {} levels", kMaxContainerDepth);
  }
  TERN_ASSIGN_OR_RETURN(const DType type, dtype());
  TERN_ASSIGN_OR_RETURN(const Shape sizes, shape());
  if (cursor_.at("<")) {
    return cursor_.error(here, "this tensor's elements were left out when the text was written");
  }
  TERN_TRY(cursor_.expect("{"));
  const std::int64_t count = sizes.elements();
  const std::size_t bytes_left = cursor_.bytes_left();
  const auto cost = [&] { return storage_bytes(type, count); };
  const bool can_be_listed = static_cast<std::uint64_t>(count) / 2 <= bytes_left &&
                             cost() / kBytesPerByteOfText <= bytes_left;
  const bool can_be_repeated = static_cast<std::uint64_t>(count) <= kMaxRepeatedBytes &&
                               cost() <= kMaxRepeatedBytes - repeated_bytes_;
  if (!can_be_listed && !can_be_repeated) {
    return cursor_.error(here, "{} elements cannot stand in the {} bytes that are left", count,
                         bytes_left);
  }
  Result<Tensor> made = Tensor::zeros(type, sizes);
  if (!made.ok()) return cursor_.located(here, made.status());
  TERN_TRY(elements(*made, depth));
  return made;
}

Status LiteralReader::elements(Tensor& tensor, int depth) {
  const std::int64_t count = tensor.elements();
  std::int64_t i = 0;
  for (; !cursor_.at("}"); ++i) {
    if (i > 0) TERN_TRY(cursor_.expect(","));
    if (i > 0 && cursor_.at("...")) {
      TERN_TRY(repeat_last(tensor, i));
      return cursor_.expect("}");
    }
    if (i == count) return cursor_.error(cursor_.token(), "more than {} elements", count);
    TERN_TRY(element(tensor, i, depth));
  }
  if (i < count) return cursor_.error(cursor_.token(), "{} elements of {}", i, count);
  cursor_.advance();
  return {};
}

Status LiteralReader::repeat_last(Tensor& tensor, std::int64_t count) {
  if (tensor.bytes() > kMaxRepeatedBytes - repeated_bytes_) {
    return cursor_.error(cursor_.token(), "repeated elements take more than {} bytes",
                         kMaxRepeatedBytes);
  }
  repeated_bytes_ += tensor.bytes();
  const DType type = tensor.dtype();
  if (is_container(type)) return cursor_.unexpected("an item");
  cursor_.advance();
  if (type == DType::kString) {
    auto* data = tensor.mutable_data<std::string>();
    std::fill(data + count, data + tensor.elements(), data[count - 1]);
  } else if (is_sub_byte(type)) {
    const std::int64_t bits = load_i64(type)(tensor.raw(), count - 1);
    const double value = load_f64(type)(tensor.raw(), count - 1);
    for (std::int64_t i = count; i < tensor.elements(); ++i) {
      is_floating(type) ? store_f64(type)(tensor.mutable_raw(), i, value)
                        : store_i64(type)(tensor.mutable_raw(), i, bits);
    }
  } else {
    const auto bytes = static_cast<std::size_t>(bit_width(type) / 8);
    auto* data = static_cast<std::byte*>(tensor.mutable_raw());
    for (std::int64_t i = count; i < tensor.elements(); ++i) {
      const auto at = static_cast<std::size_t>(i) * bytes;
      std::memcpy(data + at, data + at - bytes, bytes);
    }
  }
  return {};
}

Result<double> LiteralReader::floating(DType dtype) {
  const Token here = cursor_.token();
  const bool word = here.text == "inf" || here.text == "nan";
  if (here.kind != TokenKind::kNumber && !(here.kind == TokenKind::kName && word)) {
    return cursor_.unexpected("a number");
  }
  std::optional<double> value;
  if (dtype == DType::kF64) {
    value = parse_number<double>(here.text);
  } else if (const std::optional<float> narrow = parse_number<float>(here.text)) {
    value = *narrow;
  }
  if (!value) return cursor_.error(here, "'{}' is no number for {}", here.text, to_string(dtype));
  cursor_.advance();
  return *value;
}

Result<std::int64_t> LiteralReader::integer() {
  const Token here = cursor_.token();
  if (here.kind != TokenKind::kNumber) return cursor_.unexpected("an integer");
  const std::optional<std::int64_t> value = parse_int(here.text);
  if (!value) return cursor_.error(here, "'{}' is no integer of 64 bits", here.text);
  cursor_.advance();
  return *value;
}

Status LiteralReader::part(DType dtype, void* data, std::int64_t i) {
  const Token here = cursor_.token();
  if (is_floating(dtype)) {
    const auto bytes = static_cast<std::size_t>(bit_width(dtype) / 8);
    if (const auto bits = parse_bits(here.text, bytes); bytes > 0 && bits) {
      store_bits(data, i, bytes, *bits);
      cursor_.advance();
      return {};
    }
    TERN_ASSIGN_OR_RETURN(const double value, floating(dtype));
    store_f64(dtype)(data, i, value);
    if (std::isfinite(value) && !std::isfinite(load_f64(dtype)(data, i))) {
      return cursor_.error(here, "{} is too large for {}", here.text, to_string(dtype));
    }
    return {};
  }
  if (dtype == DType::kU64) {
    const auto value = parse_number<std::uint64_t>(here.text);
    if (here.kind != TokenKind::kNumber || !value) return cursor_.unexpected("an integer of u64");
    static_cast<std::uint64_t*>(data)[i] = *value;
    cursor_.advance();
    return {};
  }
  TERN_ASSIGN_OR_RETURN(const std::int64_t value, integer());
  if (!fits(dtype, value)) {
    return cursor_.error(here, "{} is out of the range of {}", value, to_string(dtype));
  }
  store_i64(dtype)(data, i, value);
  return {};
}

Status LiteralReader::element(Tensor& tensor, std::int64_t i, int depth) {
  const DType type = tensor.dtype();
  if (type == DType::kString) {
    TERN_ASSIGN_OR_RETURN(tensor.mutable_data<std::string>()[i], cursor_.string("a string"));
    return {};
  }
  if (type == DType::kBool) {
    TERN_ASSIGN_OR_RETURN(tensor.mutable_data<bool>()[i], read_bool(cursor_));
    return {};
  }
  if (is_container(type)) {
    Tensor& item = tensor.mutable_items()[static_cast<std::size_t>(i)];
    if (cursor_.at_word("_")) {
      cursor_.advance();
      return {};
    }
    TERN_ASSIGN_OR_RETURN(item, this->tensor(depth + 1));
    return {};
  }
  const DType real = part_type(type);
  if (real == type) return part(type, tensor.mutable_raw(), i);
  TERN_TRY(cursor_.expect("("));
  TERN_TRY(part(real, tensor.mutable_raw(), 2 * i));
  TERN_TRY(cursor_.expect(","));
  TERN_TRY(part(real, tensor.mutable_raw(), 2 * i + 1));
  return cursor_.expect(")");
}

template <class T, class Read>
Result<AttributeValue> LiteralReader::list(Read read) {
  std::vector<T> items;
  TERN_TRY(cursor_.expect("["));
  while (!cursor_.at("]")) {
    if (!items.empty()) TERN_TRY(cursor_.expect(","));
    TERN_ASSIGN_OR_RETURN(T item, read());
    items.push_back(std::move(item));
  }
  cursor_.advance();
  return AttributeValue(std::move(items));
}

Result<AttributeValue> LiteralReader::attribute(const FieldInfo& field) {
  const auto real = [this]() -> Result<float> {
    float value = 0;
    TERN_TRY(part(DType::kF32, &value, 0));
    return value;
  };
  const auto value_of = [](auto result) -> Result<AttributeValue> {
    if (!result.ok()) return result.status();
    return AttributeValue(std::move(*result));
  };
  const auto number = [this] { return integer(); };
  const auto text = [this] { return cursor_.string("a string in quotes"); };
  switch (field.type) {
    case FieldType::kInt:
    case FieldType::kOptionalInt: return value_of(number());
    case FieldType::kFloat:
    case FieldType::kOptionalFloat: return value_of(real());
    case FieldType::kString: return value_of(text());
    case FieldType::kEnum: return value_of(cursor_.name("one of the attribute's words"));
    case FieldType::kTensor: return value_of(tensor());
    case FieldType::kBool: {
      TERN_ASSIGN_OR_RETURN(const bool value, read_bool(cursor_));
      return AttributeValue(std::int64_t{value});
    }
    case FieldType::kDType: {
      TERN_ASSIGN_OR_RETURN(const DType value, dtype());
      return AttributeValue(static_cast<std::int64_t>(value));
    }
    case FieldType::kIntList: return list<std::int64_t>(number);
    case FieldType::kFloatList: return list<float>(real);
    case FieldType::kStringList: return list<std::string>(text);
  }
  return internal_error("attribute '{}' has no kind", field.name);
}

}  // namespace tern
