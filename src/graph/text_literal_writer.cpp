#include "graph/text_literal_writer.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "graph/text_lexer.h"
#include "tensor/element.h"

namespace tern {
namespace {

std::uint64_t load_bits(const void* data, std::int64_t i, std::size_t bytes) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, static_cast<const std::byte*>(data) + static_cast<std::size_t>(i) * bytes,
              bytes);
  return bits;
}

// Infinity and NaN by name where the name means these very bits, else as bits.
void append_not_finite(std::string& out, DType dtype, const void* data, std::int64_t i,
                       double value) {
  const auto bytes = static_cast<std::size_t>(bit_width(dtype)) / 8;
  const double named = std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value;
  std::uint64_t plain = 0;
  store_f64(dtype)(&plain, 0, named);
  const std::uint64_t bits = load_bits(data, i, bytes);
  if (plain != bits) {
    fmt::format_to(std::back_inserter(out), "0x{:0{}x}", bits, 2 * bytes);
  } else {
    out += std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
  }
}

void append_part(std::string& out, DType dtype, const void* data, std::int64_t i) {
  const auto append = [&](const auto& value) {
    fmt::format_to(std::back_inserter(out), "{}", value);
  };
  if (dtype == DType::kString) return append_quoted(out, static_cast<const std::string*>(data)[i]);
  if (dtype == DType::kBool) return append(static_cast<const bool*>(data)[i]);
  if (dtype == DType::kU64) return append(static_cast<const std::uint64_t*>(data)[i]);
  if (!is_floating(dtype)) return append(load_i64(dtype)(data, i));
  const double value = load_f64(dtype)(data, i);
  if (!std::isfinite(value)) return append_not_finite(out, dtype, data, i, value);
  if (dtype == DType::kF64) return append(value);
  append(static_cast<float>(value));
}

void append_shape(std::string& out, const Tensor& t) {
  fmt::format_to(std::back_inserter(out), "{}[", to_string(t.dtype()));
  for (int axis = 0; axis < t.rank(); ++axis) {
    fmt::format_to(std::back_inserter(out), "{}{}", axis > 0 ? ", " : "", t.dim(axis));
  }
  out += ']';
}

void append_element(std::string& out, const Tensor& t, std::int64_t i) {
  const DType part = part_type(t.dtype());
  if (part == t.dtype()) return append_part(out, part, t.raw(), i);
  out += '(';
  append_part(out, part, t.raw(), 2 * i);
  out += ", ";
  append_part(out, part, t.raw(), 2 * i + 1);
  out += ')';
}

// FNV-1a, 64 bits (Fowler, Noll, Vo).
class Digest {
 public:
  // The elements' bytes; a string counts with its length as 8 little-endian bytes in front.
  void add(const Tensor& t) {
    if (is_container(t.dtype())) {
      for (const Tensor& item : t.items()) add(item);
    } else if (t.dtype() == DType::kString) {
      for (const std::string& text : t.span<std::string>()) {
        const std::uint64_t length = text.size();
        add(&length, sizeof length);
        add(text.data(), text.size());
      }
    } else {
      add(t.raw(), t.bytes());
    }
  }
  std::uint64_t value() const { return hash_; }

 private:
  void add(const void* data, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) {
      hash_ = (hash_ ^ static_cast<const std::uint8_t*>(data)[i]) * 0x100000001b3u;
    }
  }
  std::uint64_t hash_ = 0xcbf29ce484222325u;
};

bool all_elements_equal(const Tensor& t) {
  const bool plain = t.dtype() != DType::kString && !is_container(t.dtype());
  if (!plain || bit_width(t.dtype()) % 8 != 0) return false;
  const std::size_t bytes = t.bytes();
  const auto element = static_cast<std::size_t>(bit_width(t.dtype()) / 8);
  const auto* data = static_cast<const std::byte*>(t.raw());
  return std::memcmp(data, data + element, bytes - element) == 0;
}

}  // namespace

void LiteralWriter::type(const Graph& graph, const TypeInfo& type) {
  out_ += type.dtype == DType::kUndefined ? "?" : to_string(type.dtype);
  if (type.has_rank) sizes(graph, type);
  if (type.element == nullptr) return;
  out_ += " of ";
  this->type(graph, *type.element);
}

void LiteralWriter::sizes(const Graph& graph, const TypeInfo& type) {
  out_ += '[';
  for (std::size_t i = 0; i < type.shape.size(); ++i) {
    if (i > 0) out_ += ", ";
    const Dim& dim = type.shape[i];
    if (dim.known()) {
      fmt::format_to(std::back_inserter(out_), "{}", dim.value());
    } else if (dim.symbol() == SymbolId::kAnonymous) {
      out_ += '?';
    } else {
      append_name(out_, graph.symbol_name(dim.symbol()));
    }
  }
  out_ += ']';
}

void LiteralWriter::tensor(const Tensor& tensor) {
  append_shape(out_, tensor);
  if (tensor.elements() > options_.max_elements) {
    Digest digest;
    digest.add(tensor);
    fmt::format_to(std::back_inserter(out_), " <{} bytes, fnv1a {:016x}>", tensor.bytes(),
                   digest.value());
  } else {
    out_ += " {";
    elements(tensor);
    out_ += '}';
  }
}

void LiteralWriter::items(const Tensor& container) {
  std::string_view separator;
  for (const Tensor& item : container.items()) {
    out_ += separator;
    separator = ", ";
    if (item.defined()) {
      tensor(item);
    } else {
      out_ += '_';
    }
  }
}

void LiteralWriter::elements(const Tensor& tensor) {
  if (is_container(tensor.dtype())) return items(tensor);
  constexpr std::int64_t kWorthRepeating = 8;
  constexpr std::int64_t kPerLine = 16;
  const std::int64_t count = tensor.elements();
  if (count >= kWorthRepeating && repeated_bytes_ + tensor.bytes() <= kMaxRepeatedBytes &&
      all_elements_equal(tensor)) {
    repeated_bytes_ += tensor.bytes();
    append_element(out_, tensor, 0);
    out_ += ", ...";
    return;
  }
  for (std::int64_t i = 0; i < count; ++i) {
    if (count > kPerLine && i % kPerLine == 0) {
      out_ += i > 0 ? ",\n    " : "\n    ";
    } else if (i > 0) {
      out_ += ", ";
    }
    append_element(out_, tensor, i);
  }
}

void LiteralWriter::released(const TypeInfo& type) {
  const Shape shape = type.concrete_shape();
  append_shape(out_, Tensor::view(type.dtype, shape, nullptr));
  out_ += " <released>";
}

void LiteralWriter::attribute(const FieldInfo& field, const AttributeValue& value) {
  const auto number = [this](const auto& n) { fmt::format_to(std::back_inserter(out_), "{}", n); };
  const auto real = [this](const float& f) { append_part(out_, DType::kF32, &f, 0); };
  const auto list = [this](const auto& items, const auto& write) {
    out_ += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_ += ", ";
      write(items[i]);
    }
    out_ += ']';
  };
  switch (field.type) {
    case FieldType::kBool: return number(std::get<std::int64_t>(value) != 0);
    case FieldType::kDType:
      out_ += to_string(static_cast<DType>(std::get<std::int64_t>(value)));
      return;
    case FieldType::kInt:
    case FieldType::kOptionalInt: return number(std::get<std::int64_t>(value));
    case FieldType::kFloat:
    case FieldType::kOptionalFloat: return real(std::get<float>(value));
    case FieldType::kString: return append_quoted(out_, std::get<std::string>(value));
    case FieldType::kEnum: return append_name(out_, std::get<std::string>(value));
    case FieldType::kTensor: return tensor(std::get<Tensor>(value));
    case FieldType::kIntList: return list(std::get<std::vector<std::int64_t>>(value), number);
    case FieldType::kFloatList: return list(std::get<std::vector<float>>(value), real);
    case FieldType::kStringList:
      return list(std::get<std::vector<std::string>>(value),
                  [this](const std::string& text) { append_quoted(out_, text); });
  }
}

}  // namespace tern
