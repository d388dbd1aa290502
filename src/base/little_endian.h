// Fixed-width integers and floats as little-endian bytes, the order of every format tern writes.
//
//   ByteReader reader(file.bytes());
//   TERN_ASSIGN_OR_RETURN(const auto count, reader.read<std::uint32_t>());
//   TERN_ASSIGN_OR_RETURN(const auto name, reader.read_bytes(count));
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "tern/status.h"

namespace tern {

template <class T>
concept FixedWidth = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;

/// The value whose bytes stand at `bytes` (sizeof(T) of them, any alignment).
template <FixedWidth T>
T load_little_endian(const void* bytes) {
  std::array<std::byte, sizeof(T)> raw;
  std::memcpy(raw.data(), bytes, sizeof(T));
  if constexpr (std::endian::native == std::endian::big) std::reverse(raw.begin(), raw.end());
  return std::bit_cast<T>(raw);
}

/// Writes sizeof(T) bytes at `bytes` (any alignment).
template <FixedWidth T>
void store_little_endian(void* bytes, T value) {
  auto raw = std::bit_cast<std::array<std::byte, sizeof(T)>>(value);
  if constexpr (std::endian::native == std::endian::big) std::reverse(raw.begin(), raw.end());
  std::memcpy(bytes, raw.data(), sizeof(T));
}

/// Appends the bytes of `value` to `out`.
template <FixedWidth T>
void append_little_endian(std::string& out, T value) {
  std::array<char, sizeof(T)> raw;
  store_little_endian(raw.data(), value);
  out.append(raw.data(), raw.size());
}

/// Walks over bytes from outside; a read past the end is kDataLoss and does not move the reader.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }

  template <FixedWidth T>
  Result<T> read() {
    if (remaining() < sizeof(T)) return too_short(sizeof(T));
    const T value = load_little_endian<T>(bytes_.data() + position_);
    position_ += sizeof(T);
    return value;
  }

  /// A view of the next `count` bytes; it lives as long as the bytes given to the constructor.
  Result<std::span<const std::byte>> read_bytes(std::size_t count);
  Result<std::string_view> read_string(std::size_t count);
  Status skip(std::size_t count);

 private:
  Status too_short(std::size_t wanted) const;

  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
};

}  // namespace tern
