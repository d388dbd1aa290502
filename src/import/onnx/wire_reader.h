// WireReader: walks the fields of one serialized protobuf message in place, of any size (protobuf's
// own CodedInputStream counts in int and ends at 2 GiB).
//
//   WireReader reader(bytes, "NodeProto");
//   while (reader.next()) {
//     if (reader.field() == 3) name = reader.text();
//   }
//   TERN_TRY(reader.status());
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tern/status.h"

namespace tern::onnx {

/// A piece of a file.
using Bytes = std::span<const std::byte>;

/// The first failure ends the walk: next() returns false and status() says why, with the message's
/// name, the field and the position. Reading a field as something else than it is, is a failure
/// too, so callers need no checks of their own.
class WireReader {
 public:
  /// `message_name` is for error messages and outlives the reader.
  WireReader(Bytes message, const char* message_name)
      : message_(message), message_name_(message_name) {}

  /// Moves to the next field and past its value; false at the end and after a failure.
  bool next();
  int field() const { return field_; }
  const Status& status() const { return status_; }

  // -- the present field's value
  std::int64_t integer();
  float f32();
  /// The bytes of a string, bytes or message field; they live as long as the message.
  Bytes bytes();
  std::string_view text();
  // Repeated numbers come packed (one field holds all) or one by one; both append.
  void append_integers(std::vector<std::int64_t>& values);
  void append_floats(std::vector<float>& values);
  void append_doubles(std::vector<double>& values);

  /// Fails the walk at the present field.
  void fail(std::string_view reason);

 private:
  enum class WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

  bool read_varint(std::uint64_t& value);
  bool take(std::uint64_t count, Bytes& piece);
  bool expect(WireType wanted);
  /// The present field's numbers of `kWidth` bytes, packed or single.
  template <class T>
  void append_fixed(std::vector<T>& values, WireType single);

  Bytes message_;
  const char* message_name_;
  std::size_t position_ = 0;
  std::size_t field_start_ = 0;
  int field_ = 0;
  WireType type_ = WireType::kVarint;
  std::uint64_t varint_ = 0;
  Bytes payload_;  // fixed and bytes fields
  Status status_;
};

}  // namespace tern::onnx
