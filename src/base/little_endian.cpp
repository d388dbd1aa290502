#include "base/little_endian.h"

#include "base/errors.h"

namespace tern {

Result<std::span<const std::byte>> ByteReader::read_bytes(std::size_t count) {
  if (remaining() < count) return too_short(count);
  const auto view = bytes_.subspan(position_, count);
  position_ += count;
  return view;
}

Result<std::string_view> ByteReader::read_string(std::size_t count) {
  TERN_ASSIGN_OR_RETURN(const auto bytes, read_bytes(count));
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Status ByteReader::skip(std::size_t count) {
  if (remaining() < count) return too_short(count);
  position_ += count;
  return {};
}

Status ByteReader::too_short(std::size_t wanted) const {
  return data_loss("byte {}: {} bytes wanted, {} left", position_, wanted, remaining());
}

}  // namespace tern
