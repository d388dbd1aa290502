#include "import/onnx/tensor_decoder.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "base/checked_math.h"
#include "base/errors.h"
#include "base/file.h"
#include "base/strings.h"
#include "tensor/element.h"

namespace tern::onnx {
namespace {

static_assert(std::endian::native == std::endian::little,
              "raw_data is little-endian and is used as it stands");

constexpr std::int64_t kExternal = 1;  // TensorProto.DataLocation

/// A TensorProto taken apart.
struct TensorFields {
  std::vector<std::int64_t> dims;
  std::int64_t data_type = 0;
  bool has_segment = false;
  bool has_raw = false;
  Bytes raw;
  std::vector<float> floats;
  std::vector<double> doubles;
  std::vector<std::int64_t> int32s, int64s, uint64s;
  std::vector<std::string_view> strings;
  std::int64_t data_location = 0;
  std::string_view location, offset, length;  // of external data
};

Status parse_external(Bytes bytes, TensorFields& tensor) {
  WireReader reader(bytes, "StringStringEntryProto");
  std::string_view key;
  std::string_view value;
  while (reader.next()) {
    if (reader.field() == 1) key = reader.text();
    if (reader.field() == 2) value = reader.text();
  }
  TERN_TRY(reader.status());
  if (key == "location") tensor.location = value;
  if (key == "offset") tensor.offset = value;
  if (key == "length") tensor.length = value;
  return {};
}

Result<TensorFields> parse_fields(Bytes message) {
  WireReader reader(message, "TensorProto");
  TensorFields tensor;
  while (reader.next()) {
    switch (reader.field()) {
      case 1: reader.append_integers(tensor.dims); break;
      case 2: tensor.data_type = reader.integer(); break;
      case 3: tensor.has_segment = true; break;
      case 4: reader.append_floats(tensor.floats); break;
      case 5: reader.append_integers(tensor.int32s); break;
      case 6: tensor.strings.push_back(reader.text()); break;
      case 7: reader.append_integers(tensor.int64s); break;
      case 9:
        tensor.has_raw = true;
        tensor.raw = reader.bytes();
        break;
      case 10: reader.append_doubles(tensor.doubles); break;
      case 11: reader.append_integers(tensor.uint64s); break;
      case 13: TERN_TRY(parse_external(reader.bytes(), tensor)); break;
      case 14: tensor.data_location = reader.integer(); break;
      default: break;
    }
  }
  TERN_TRY(reader.status());
  return tensor;
}

Result<DType> dtype_from(std::int64_t data_type) {
  if (data_type <= 0 || data_type >= kElementTypeCount) {
    return invalid_argument("data_type is {}, not one of 1 to {}", data_type,
                            kElementTypeCount - 1);
  }
  return static_cast<DType>(data_type);
}

/// storage_bytes for sizes that come from outside.
Result<std::size_t> bytes_needed(DType dtype, const Shape& shape) {
  const auto bits = checked_mul<std::int64_t>(shape.elements(), bit_width(dtype));
  if (!bits) {
    return invalid_argument("a tensor {}{} does not fit in memory", to_string(dtype),
                            shape.to_string());
  }
  return storage_bytes(dtype, shape.elements());
}

Status wrong_count(DType dtype, const Shape& shape, std::size_t wanted, std::size_t found,
                   std::string_view unit) {
  return data_loss("a tensor {}{} needs {} {}, has {}", to_string(dtype), shape.to_string(), wanted,
                   unit, found);
}

/// Any byte but 0 and 1 in a bool is undefined behaviour for whoever reads it.
bool holds_bools(Bytes raw) {
  return std::ranges::all_of(raw, [](std::byte b) { return std::to_integer<int>(b) <= 1; });
}

Result<Tensor> from_raw(DType dtype, const Shape& shape, Bytes raw,
                        const std::shared_ptr<void>& owner) {
  if (dtype == DType::kString) return invalid_argument("a tensor of strings has raw data");
  TERN_ASSIGN_OR_RETURN(const std::size_t needed, bytes_needed(dtype, shape));
  if (raw.size() != needed) return wrong_count(dtype, shape, needed, raw.size(), "bytes");
  const bool valid = dtype != DType::kBool || holds_bools(raw);
  const auto alignment = static_cast<std::uintptr_t>(std::clamp(bit_width(dtype) / 8, 1, 8));
  const bool aligned = reinterpret_cast<std::uintptr_t>(raw.data()) % alignment == 0;
  if (owner != nullptr && valid && aligned && needed > 0) {
    return Tensor::view(dtype, shape, const_cast<std::byte*>(raw.data()), owner);
  }
  TERN_ASSIGN_OR_RETURN(Tensor copy, Tensor::uninitialized(dtype, shape));
  if (needed > 0) {
    std::memcpy(copy.mutable_raw(), raw.data(), needed);
    // A weight that lies oddly in its file would be in memory twice until the file is closed.
    forget_file_pages(owner, raw.data(), needed);
  }
  if (!valid) {
    auto* bytes = static_cast<std::uint8_t*>(copy.mutable_raw());
    std::transform(bytes, bytes + needed, bytes, [](std::uint8_t b) { return b != 0 ? 1 : 0; });
  }
  return copy;
}

/// One of the lists of numbers, copied as the bytes it consists of.
template <class T>
Result<Tensor> from_list(DType dtype, const Shape& shape, const std::vector<T>& values,
                         std::string_view field) {
  TERN_ASSIGN_OR_RETURN(const std::size_t needed, bytes_needed(dtype, shape));
  if (values.size() * sizeof(T) != needed) {
    return wrong_count(dtype, shape, needed / sizeof(T), values.size(),
                       fmt::format("numbers in {}", field));
  }
  TERN_ASSIGN_OR_RETURN(Tensor tensor, Tensor::uninitialized(dtype, shape));
  if (needed > 0) std::memcpy(tensor.mutable_raw(), values.data(), needed);
  return tensor;
}

/// Integers of up to 32 bits, each in a varint of its own: the low bits are the element, or for
/// sub-byte types a byte of packed elements.
Result<Tensor> from_narrow(DType dtype, const Shape& shape, const std::vector<std::int64_t>& values,
                           std::string_view field) {
  TERN_ASSIGN_OR_RETURN(const std::size_t needed, bytes_needed(dtype, shape));
  const std::size_t width =
      std::max<std::size_t>(1, static_cast<std::size_t>(bit_width(dtype)) / 8);
  if (values.size() != needed / width) {
    return wrong_count(dtype, shape, needed / width, values.size(),
                       fmt::format("numbers in {}", field));
  }
  const std::int64_t limit = std::int64_t{1} << (8 * width);
  TERN_ASSIGN_OR_RETURN(Tensor tensor, Tensor::uninitialized(dtype, shape));
  auto* to = static_cast<std::byte*>(tensor.mutable_raw());
  for (const std::int64_t value : values) {
    if (value >= limit || value < -limit / 2) {
      return data_loss("{} has {}, which does not fit {}", field, value, to_string(dtype));
    }
    const std::int64_t element = dtype == DType::kBool ? std::int64_t{value != 0} : value;
    std::memcpy(to, &element, width);
    to += width;
  }
  return tensor;
}

Result<Tensor> from_strings(const Shape& shape, const std::vector<std::string_view>& values) {
  if (static_cast<std::int64_t>(values.size()) != shape.elements()) {
    return data_loss("a tensor string{} needs {} strings, has {}", shape.to_string(),
                     shape.elements(), values.size());
  }
  TERN_ASSIGN_OR_RETURN(Tensor tensor, Tensor::uninitialized(DType::kString, shape));
  std::ranges::copy(values, tensor.mutable_data<std::string>());
  return tensor;
}

Result<Tensor> from_typed(DType dtype, const Shape& shape, const TensorFields& tensor) {
  switch (dtype) {
    case DType::kF32:
    case DType::kComplex64: return from_list(dtype, shape, tensor.floats, "float_data");
    case DType::kF64:
    case DType::kComplex128: return from_list(dtype, shape, tensor.doubles, "double_data");
    case DType::kI64: return from_list(dtype, shape, tensor.int64s, "int64_data");
    case DType::kU64: return from_list(dtype, shape, tensor.uint64s, "uint64_data");
    case DType::kU32: return from_narrow(dtype, shape, tensor.uint64s, "uint64_data");
    case DType::kString: return from_strings(shape, tensor.strings);
    default: return from_narrow(dtype, shape, tensor.int32s, "int32_data");
  }
}

Result<std::int64_t> parse_size(std::string_view text, std::string_view what,
                                std::int64_t otherwise) {
  if (text.empty()) return otherwise;
  const std::optional<std::int64_t> value = parse_int(text);
  if (!value || *value < 0) return invalid_argument("external data has {} '{}'", what, text);
  return *value;
}

Result<Tensor> from_external(DType dtype, const Shape& shape, const TensorFields& tensor,
                             ExternalFiles* files) {
  if (files == nullptr) return invalid_argument("data in another file is not allowed here");
  TERN_ASSIGN_OR_RETURN(const std::int64_t offset, parse_size(tensor.offset, "offset", 0));
  TERN_ASSIGN_OR_RETURN(std::int64_t length, parse_size(tensor.length, "length", -1));
  if (length < 0) {
    // Without a length it is what the tensor needs.
    TERN_ASSIGN_OR_RETURN(const std::size_t needed, bytes_needed(dtype, shape));
    length = static_cast<std::int64_t>(needed);
  }
  TERN_ASSIGN_OR_RETURN(const ExternalFiles::Piece piece,
                        files->read(tensor.location, offset, length));
  return from_raw(dtype, shape, piece.bytes, piece.owner);
}

/// Where the values of a sparse tensor go, as indices into the dense form.
Result<std::vector<std::int64_t>> flat_indices(const Tensor& indices, const Shape& dense,
                                               std::int64_t count) {
  const bool linear = indices.rank() == 1 && indices.dim(0) == count;
  const bool coordinates =
      indices.rank() == 2 && indices.dim(0) == count && indices.dim(1) == dense.rank();
  if (indices.dtype() != DType::kI64 || (!linear && !coordinates)) {
    return invalid_argument("a sparse tensor {} with {} values has indices {}{}", dense.to_string(),
                            count, to_string(indices.dtype()), indices.shape().to_string());
  }
  std::vector<std::int64_t> flat(static_cast<std::size_t>(count));
  const std::int64_t* index = indices.data<std::int64_t>();
  for (std::int64_t& position : flat) {
    position = 0;
    for (int axis = 0; axis < (linear ? 1 : dense.rank()); ++axis, ++index) {
      const std::int64_t size = linear ? dense.elements() : dense[axis];
      if (*index < 0 || *index >= size) {
        return out_of_range("a sparse tensor {} has index {}, not below {}", dense.to_string(),
                            *index, size);
      }
      position = position * size + *index;
    }
  }
  return flat;
}

}  // namespace

Result<Tensor> decode_tensor(Bytes message, const TensorSource& source) {
  TERN_ASSIGN_OR_RETURN(const TensorFields tensor, parse_fields(message));
  TERN_ASSIGN_OR_RETURN(const DType dtype, dtype_from(tensor.data_type));
  TERN_ASSIGN_OR_RETURN(const Shape shape, Shape::from(tensor.dims));
  if (tensor.has_segment) return unimplemented("tensors in segments are not supported");
  if (tensor.data_location == kExternal) {
    return from_external(dtype, shape, tensor, source.external);
  }
  if (tensor.has_raw) return from_raw(dtype, shape, tensor.raw, source.owner);
  return from_typed(dtype, shape, tensor);
}

Result<Tensor> decode_sparse_tensor(Bytes message, const TensorSource& source) {
  WireReader reader(message, "SparseTensorProto");
  Tensor values;
  Tensor indices;
  std::vector<std::int64_t> dims;
  while (reader.next()) {
    if (reader.field() == 1) {
      TERN_ASSIGN_OR_RETURN(values, decode_tensor(reader.bytes(), source));
    } else if (reader.field() == 2) {
      TERN_ASSIGN_OR_RETURN(indices, decode_tensor(reader.bytes(), source));
    } else if (reader.field() == 3) {
      reader.append_integers(dims);
    }
  }
  TERN_TRY(reader.status());
  if (!values.defined() || !indices.defined() || values.rank() != 1) {
    return invalid_argument("a sparse tensor needs a list of values and indices");
  }
  if (values.dtype() == DType::kString || is_sub_byte(values.dtype())) {
    return unimplemented("sparse tensors of {} are not supported", to_string(values.dtype()));
  }
  TERN_ASSIGN_OR_RETURN(const Shape shape, Shape::from(dims));
  TERN_ASSIGN_OR_RETURN(const std::size_t needed, bytes_needed(values.dtype(), shape));
  std::int64_t own_limit = kMaxDenseBytes;
  std::int64_t& left = source.dense_bytes_left != nullptr ? *source.dense_bytes_left : own_limit;
  if (static_cast<std::int64_t>(needed) > left) {
    return resource_exhausted("a sparse tensor {} takes {} bytes when dense, {} are left of {}",
                              shape.to_string(), needed, left, kMaxDenseBytes);
  }
  left -= static_cast<std::int64_t>(needed);
  TERN_ASSIGN_OR_RETURN(const std::vector<std::int64_t> positions,
                        flat_indices(indices, shape, values.elements()));
  TERN_ASSIGN_OR_RETURN(Tensor dense, Tensor::zeros(values.dtype(), shape));
  const std::size_t width = storage_bytes(values.dtype(), 1);
  auto* to = static_cast<std::byte*>(dense.mutable_raw());
  const auto* from = static_cast<const std::byte*>(values.raw());
  for (std::size_t i = 0; i < positions.size(); ++i) {
    std::memcpy(to + static_cast<std::size_t>(positions[i]) * width, from + i * width, width);
  }
  return dense;
}

}  // namespace tern::onnx
