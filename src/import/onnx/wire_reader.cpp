#include "import/onnx/wire_reader.h"

#include "base/errors.h"
#include "base/little_endian.h"

namespace tern::onnx {

void WireReader::fail(std::string_view reason) {
  if (!status_.ok()) return;
  status_ = data_loss("{}: field {} at byte {}: {}", message_name_, field_, field_start_, reason);
}

bool WireReader::read_varint(std::uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (position_ == message_.size()) {
      fail("ends in the middle of a number");
      return false;
    }
    const auto byte = std::to_integer<std::uint64_t>(message_[position_++]);
    value |= (byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return true;
  }
  fail("a number has more than 10 bytes");
  return false;
}

bool WireReader::take(std::uint64_t count, Bytes& piece) {
  const std::size_t left = message_.size() - position_;
  if (count > left) {
    fail(fmt::format("says {} bytes, but only {} are left", count, left));
    return false;
  }
  piece = message_.subspan(position_, static_cast<std::size_t>(count));
  position_ += static_cast<std::size_t>(count);
  return true;
}

bool WireReader::next() {
  if (!status_.ok() || position_ == message_.size()) return false;
  field_start_ = position_;
  field_ = 0;
  std::uint64_t tag = 0;
  if (!read_varint(tag)) return false;
  constexpr std::uint64_t kMaxTag = 0xffffffffu;  // field numbers have 29 bits
  if (tag > kMaxTag || tag >> 3 == 0) {
    fail(fmt::format("{} is no tag of a field", tag));
    return false;
  }
  field_ = static_cast<int>(tag >> 3);
  type_ = static_cast<WireType>(tag & 7);
  switch (type_) {
    case WireType::kVarint: return read_varint(varint_);
    case WireType::kFixed64: return take(8, payload_);
    case WireType::kFixed32: return take(4, payload_);
    case WireType::kBytes: {
      std::uint64_t size = 0;
      return read_varint(size) && take(size, payload_);
    }
  }
  fail(fmt::format("has wire type {}, which ONNX does not use", tag & 7));
  return false;
}

bool WireReader::expect(WireType wanted) {
  if (!status_.ok()) return false;
  if (type_ == wanted) return true;
  fail(fmt::format("has wire type {}, not {}", static_cast<int>(type_), static_cast<int>(wanted)));
  return false;
}

std::int64_t WireReader::integer() {
  return expect(WireType::kVarint) ? static_cast<std::int64_t>(varint_) : 0;
}

float WireReader::f32() {
  return expect(WireType::kFixed32) ? load_little_endian<float>(payload_.data()) : 0;
}

Bytes WireReader::bytes() { return expect(WireType::kBytes) ? payload_ : Bytes(); }

std::string_view WireReader::text() {
  const Bytes piece = bytes();
  return {reinterpret_cast<const char*>(piece.data()), piece.size()};
}

void WireReader::append_integers(std::vector<std::int64_t>& values) {
  if (type_ == WireType::kVarint) return values.push_back(integer());
  WireReader packed(bytes(), message_name_);
  packed.field_ = field_;
  while (status_.ok() && packed.position_ < packed.message_.size()) {
    std::uint64_t value = 0;
    packed.read_varint(value);
    status_ = packed.status_;
    values.push_back(static_cast<std::int64_t>(value));
  }
}

template <class T>
void WireReader::append_fixed(std::vector<T>& values, WireType single) {
  if (!status_.ok()) return;
  if (type_ != single && !expect(WireType::kBytes)) return;
  if (payload_.size() % sizeof(T) != 0) {
    return fail(fmt::format("{} bytes are no whole number of {}-byte elements", payload_.size(),
                            sizeof(T)));
  }
  if (values.empty()) values.reserve(payload_.size() / sizeof(T));
  for (std::size_t i = 0; i < payload_.size(); i += sizeof(T)) {
    values.push_back(load_little_endian<T>(payload_.data() + i));
  }
}

void WireReader::append_floats(std::vector<float>& values) {
  append_fixed(values, WireType::kFixed32);
}

void WireReader::append_doubles(std::vector<double>& values) {
  append_fixed(values, WireType::kFixed64);
}

}  // namespace tern::onnx
