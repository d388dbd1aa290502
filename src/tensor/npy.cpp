#include "tensor/npy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <vector>

#include "base/errors.h"
#include "base/file.h"
#include "base/strings.h"
#include "tensor/element.h"

namespace tern {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxHeaderBytes = 64 << 10;

struct TypeName {
  DType dtype;
  std::string_view code;  // kind and size, without the byte order
};
constexpr std::array<TypeName, 14> kTypes{{{DType::kBool, "b1"},
                                           {DType::kI8, "i1"},
                                           {DType::kI16, "i2"},
                                           {DType::kI32, "i4"},
                                           {DType::kI64, "i8"},
                                           {DType::kU8, "u1"},
                                           {DType::kU16, "u2"},
                                           {DType::kU32, "u4"},
                                           {DType::kU64, "u8"},
                                           {DType::kF16, "f2"},
                                           {DType::kF32, "f4"},
                                           {DType::kF64, "f8"},
                                           {DType::kComplex64, "c8"},
                                           {DType::kComplex128, "c16"}}};

struct Header {
  DType dtype = DType::kUndefined;
  bool big_endian = false;
  bool fortran_order = false;
  Shape shape;
};

// What stands behind 'key': in the header's Python dictionary, up to `end`.
std::optional<std::string_view> value_of(std::string_view header, std::string_view key,
                                         std::string_view end) {
  const auto at = header.find(fmt::format("'{}':", key));
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = header.substr(at + key.size() + 3);
  const auto stop = rest.find_first_of(end);
  if (stop == std::string_view::npos) return std::nullopt;
  return trim(rest.substr(0, stop));
}

Status parse_descr(std::string_view text, Header& header) {
  if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'') {
    text = text.substr(1, text.size() - 2);
  }
  if (!text.empty() && std::string_view("<>|=").find(text[0]) != std::string_view::npos) {
    header.big_endian = text[0] == '>';
    text.remove_prefix(1);
  }
  const auto found = std::ranges::find(kTypes, text, &TypeName::code);
  if (found == kTypes.end()) return unimplemented(".npy element type '{}'", text);
  header.dtype = found->dtype;
  return {};
}

Status parse_shape(std::string_view text, Header& header) {
  std::vector<std::int64_t> dims;
  for (const std::string_view part : split(text, ',')) {
    const std::string_view digits = trim(part);
    if (digits.empty()) continue;  // a tuple of one ends with a comma
    const std::optional<std::int64_t> dim = parse_int(digits);
    if (!dim) return data_loss(".npy shape '({})' has '{}'", text, digits);
    dims.push_back(*dim);
  }
  TERN_ASSIGN_OR_RETURN(header.shape, Shape::from(dims));
  return {};
}

Result<Header> parse_header(std::string_view text) {
  Header header;
  const auto descr = value_of(text, "descr", ",}");
  const auto order = value_of(text, "fortran_order", ",}");
  const auto shape = value_of(text, "shape", ")");
  if (!descr || !order || !shape || !shape->starts_with('(')) {
    return data_loss(".npy header lacks descr, fortran_order or shape");
  }
  TERN_TRY(parse_descr(*descr, header));
  if (*order != "True" && *order != "False") {
    return data_loss(".npy fortran_order is '{}'", *order);
  }
  header.fortran_order = *order == "True";
  TERN_TRY(parse_shape(shape->substr(1), header));
  return header;
}

// Reverses the bytes of every element; the parts of a complex number are elements of their own.
void swap_bytes(Tensor& tensor) {
  const auto width = static_cast<std::size_t>(bit_width(tensor.dtype()) / 8) /
                     (is_complex(tensor.dtype()) ? 2 : 1);
  auto* bytes = static_cast<std::byte*>(tensor.mutable_raw());
  for (std::size_t at = 0; at < tensor.bytes(); at += width) {
    std::reverse(bytes + at, bytes + at + width);
  }
}

// From column-major to row-major storage.
Result<Tensor> to_row_major(const Tensor& columns) {
  TERN_ASSIGN_OR_RETURN(Tensor rows, Tensor::uninitialized(columns.dtype(), columns.shape()));
  const auto width = static_cast<std::size_t>(bit_width(columns.dtype()) / 8);
  const Shape& shape = columns.shape();
  Shape index = shape;
  std::fill(index.begin(), index.end(), 0);
  for (std::int64_t i = 0, n = rows.elements(); i < n; ++i) {
    std::int64_t from = 0;
    for (int axis = shape.rank() - 1; axis >= 0; --axis) from = from * shape[axis] + index[axis];
    std::memcpy(
        static_cast<std::byte*>(rows.mutable_raw()) + static_cast<std::size_t>(i) * width,
        static_cast<const std::byte*>(columns.raw()) + static_cast<std::size_t>(from) * width,
        width);
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
  return rows;
}

// The tensor in a type that numpy has.
Result<Tensor> in_numpy_type(const Tensor& tensor) {
  if (std::ranges::find(kTypes, tensor.dtype(), &TypeName::dtype) != kTypes.end()) return tensor;
  if (load_f64(tensor.dtype()) == nullptr) {
    return unimplemented(".npy files of element type {}", to_string(tensor.dtype()));
  }
  const DType wide = is_floating(tensor.dtype()) ? DType::kF32 : DType::kI8;
  TERN_ASSIGN_OR_RETURN(Tensor out, Tensor::uninitialized(wide, tensor.shape()));
  const LoadF64 load = load_f64(tensor.dtype());
  const StoreF64 store = store_f64(wide);
  for (std::int64_t i = 0, n = tensor.elements(); i < n; ++i) {
    store(out.mutable_raw(), i, load(tensor.raw(), i));
  }
  return out;
}

std::string header_for(const Tensor& tensor) {
  const auto type = std::ranges::find(kTypes, tensor.dtype(), &TypeName::dtype);
  std::string dims;
  for (const std::int64_t dim : tensor.shape()) dims += fmt::format("{}, ", dim);
  if (tensor.rank() > 1) dims.resize(dims.size() - 2);
  const char order = bit_width(tensor.dtype()) == 8 ? '|' : '<';
  std::string text = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}",
                                 order, type->code, dims);
  // The data begins at a multiple of 64 bytes, behind magic, version, length and a newline.
  const std::size_t used = kMagic.size() + 4 + text.size() + 1;
  text.append((64 - used % 64) % 64, ' ');
  return text + '\n';
}

}  // namespace

Result<Tensor> parse_npy(std::span<const std::byte> bytes) {
  static_assert(std::endian::native == std::endian::little);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(kMagic) || text.size() < 10) return data_loss("no .npy file");
  const auto byte_at = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); };
  const std::size_t version = byte_at(6);
  if (version < 1 || version > 3) return unimplemented(".npy format version {}", version);
  std::size_t begin = 10;
  std::size_t length = byte_at(8) | byte_at(9) << 8;
  if (version >= 2) {
    if (text.size() < 12) return data_loss(".npy file ends in its header");
    begin = 12;
    length |= byte_at(10) << 16 | byte_at(11) << 24;
  }
  if (length > kMaxHeaderBytes || length > text.size() - begin) {
    return data_loss(".npy header of {} bytes, {} are there", length, text.size() - begin);
  }
  TERN_ASSIGN_OR_RETURN(const Header header, parse_header(text.substr(begin, length)));
  const std::size_t present = text.size() - begin - length;
  const auto width = static_cast<std::size_t>(bit_width(header.dtype) / 8);
  if (static_cast<std::uint64_t>(header.shape.elements()) > present / width) {
    return data_loss(".npy file has {} bytes of data, shape {} of {} needs more", present,
                     header.shape.to_string(), to_string(header.dtype));
  }
  TERN_ASSIGN_OR_RETURN(Tensor tensor, Tensor::uninitialized(header.dtype, header.shape));
  if (tensor.bytes() > 0) {
    std::memcpy(tensor.mutable_raw(), bytes.data() + begin + length, tensor.bytes());
  }
  if (header.dtype == DType::kBool) {
    // Any byte but 0 and 1 in a bool is undefined behaviour for whoever reads it.
    auto* const bools = static_cast<std::uint8_t*>(tensor.mutable_raw());
    std::transform(bools, bools + tensor.bytes(), bools, [](std::uint8_t b) { return b != 0; });
  }
  if (header.big_endian) swap_bytes(tensor);
  if (header.fortran_order && tensor.rank() > 1) return to_row_major(tensor);
  return tensor;
}

Result<Tensor> read_npy(const std::string& path) {
  TERN_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::open(path));
  Result<Tensor> tensor = parse_npy(file.bytes());
  if (!tensor.ok()) return tensor.status().with_context(path);
  return tensor;
}

Status write_npy(const std::string& path, const Tensor& tensor) {
  Result<Tensor> plain = in_numpy_type(tensor);
  if (!plain.ok()) return plain.status().with_context(path);
  const std::string header = header_for(*plain);
  std::string start(kMagic);
  start += '\x01';
  start += '\x00';
  start += static_cast<char>(header.size() & 0xff);
  start += static_cast<char>(header.size() >> 8);
  TERN_ASSIGN_OR_RETURN(AtomicFileWriter writer, AtomicFileWriter::create(path));
  TERN_TRY(writer.append(start));
  TERN_TRY(writer.append(header));
  TERN_TRY(writer.append(std::span(static_cast<const std::byte*>(plain->raw()), plain->bytes())));
  return writer.commit();
}

}  // namespace tern
