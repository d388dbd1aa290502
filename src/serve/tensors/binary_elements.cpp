#include "serve/tensors/binary_elements.h"

#include <bit>
#include <cstring>
#include <string>

#include "base/errors.h"
#include "base/little_endian.h"
#include "serve/tensors/datatypes.h"

namespace tern::serve {
namespace {

static_assert(std::endian::native == std::endian::little, "elements are copied as they lie");

constexpr std::size_t kLengthBytes = sizeof(std::uint32_t);

Status read_strings(std::string_view bytes, Tensor& tensor) {
  std::string* const text = tensor.mutable_data<std::string>();
  const std::int64_t count = tensor.elements();
  std::size_t at = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    if (bytes.size() - at < kLengthBytes) {
      return invalid_argument("binary data ends before the length of element {} of {}", i, count);
    }
    const auto length = load_little_endian<std::uint32_t>(bytes.data() + at);
    at += kLengthBytes;
    if (length > bytes.size() - at) {
      return invalid_argument("element {} of {} should have {} bytes, and {} are left", i, count,
                              length, bytes.size() - at);
    }
    text[i].assign(bytes.data() + at, length);
    at += length;
  }
  if (at != bytes.size()) {
    return invalid_argument("{} bytes follow the last of {} elements", bytes.size() - at, count);
  }
  return {};
}

}  // namespace

Status check_binary_size(DType dtype, const Shape& shape, std::uint64_t bytes) {
  const auto elements = static_cast<std::uint64_t>(shape.elements());
  if (dtype == DType::kString) {
    if (elements > bytes / kLengthBytes) {
      return invalid_argument("shape {} has {} elements, more than {} bytes can hold",
                              shape.to_string(), elements, bytes);
    }
    return {};
  }
  constexpr std::uint64_t kMostPerByte = 8;
  const bool too_many = elements / kMostPerByte > bytes;  // before the product may overflow
  if (too_many || storage_bytes(dtype, shape.elements()) != bytes) {
    return invalid_argument(
        "{} of shape {} takes {} bytes, not {}", protocol_name(dtype), shape.to_string(),
        too_many ? "more" : std::to_string(storage_bytes(dtype, shape.elements())), bytes);
  }
  return {};
}

Status read_binary(std::string_view bytes, Tensor& tensor) {
  TERN_TRY(check_binary_size(tensor.dtype(), tensor.shape(), bytes.size()));
  if (tensor.dtype() == DType::kString) return read_strings(bytes, tensor);
  if (bytes.empty()) return {};
  if (tensor.dtype() == DType::kBool) {
    bool* const truths = tensor.mutable_data<bool>();
    for (std::size_t i = 0; i < bytes.size(); ++i) truths[i] = bytes[i] != 0;
    return {};
  }
  std::memcpy(tensor.mutable_raw(), bytes.data(), bytes.size());
  return {};
}

BinaryElements binary_elements(const Tensor& tensor) {
  if (tensor.dtype() != DType::kString) {
    // The handle owns the storage, views of others' memory included.
    auto owner = std::make_shared<Tensor>(tensor);
    const std::string_view bytes(static_cast<const char*>(owner->raw()), owner->bytes());
    return {.bytes = bytes, .owner = std::move(owner)};
  }
  auto text = std::make_shared<std::string>();
  std::size_t bytes = 0;
  for (const std::string& element : tensor.span<std::string>()) {
    bytes += kLengthBytes + element.size();
  }
  text->reserve(bytes);
  for (const std::string& element : tensor.span<std::string>()) {
    append_little_endian(*text, static_cast<std::uint32_t>(element.size()));
    text->append(element);
  }
  const std::string_view view = *text;
  return {.bytes = view, .owner = std::move(text)};
}

}  // namespace tern::serve
