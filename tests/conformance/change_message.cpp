#include "tests/conformance/change_message.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>

namespace tern::testing {
namespace {

constexpr int kMaxDepth = 24;

enum Wire : unsigned { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

// One field of a message (protobuf.dev/programming-guides/encoding).
struct Field {
  std::string_view tag;
  unsigned wire = kVarint;
  std::uint64_t number = 0;  // of a varint
  std::string_view content;  // of the others
};

std::optional<std::uint64_t> take_varint(std::string_view& text) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < text.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    value |= std::uint64_t{byte & 0x7fu} << (7 * i);
    if (byte < 0x80) {
      text.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

std::optional<Field> take_field(std::string_view& text) {
  Field field;
  const std::string_view start = text;
  const std::optional<std::uint64_t> tag = take_varint(text);
  if (!tag || *tag < 8 || *tag > 64 * 8) return std::nullopt;
  field.tag = start.substr(0, start.size() - text.size());
  field.wire = static_cast<unsigned>(*tag & 7);
  std::uint64_t length = 0;
  switch (field.wire) {
    case kVarint: {
      const std::optional<std::uint64_t> number = take_varint(text);
      if (!number) return std::nullopt;
      field.number = *number;
      return field;
    }
    case kFixed64: length = 8; break;
    case kFixed32: length = 4; break;
    case kBytes: {
      const std::optional<std::uint64_t> stated = take_varint(text);
      if (!stated) return std::nullopt;
      length = *stated;
      break;
    }
    default: return std::nullopt;
  }
  if (length > text.size()) return std::nullopt;
  field.content = text.substr(0, length);
  text.remove_prefix(length);
  return field;
}

bool is_message(std::string_view text, int depth) {
  if (text.empty() || depth > kMaxDepth) return false;
  while (!text.empty()) {
    if (!take_field(text)) return false;
  }
  return true;
}

std::uint64_t count(std::string_view text, int depth) {
  if (!is_message(text, depth)) return 0;
  std::uint64_t values = 0;
  while (!text.empty()) {
    const Field field = *take_field(text);
    const std::uint64_t inside = field.wire == kBytes ? count(field.content, depth + 1) : 0;
    values += std::max<std::uint64_t>(1, inside);
  }
  return values;
}

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

std::uint64_t other_number(std::uint64_t number, RandomStream& random) {
  constexpr std::int64_t kLikely[] = {0,
                                      1,
                                      -1,
                                      2,
                                      16,
                                      255,
                                      65536,
                                      std::numeric_limits<std::int32_t>::max(),
                                      std::numeric_limits<std::int32_t>::min(),
                                      std::int64_t{1} << 32,
                                      std::int64_t{1} << 40,
                                      std::numeric_limits<std::int64_t>::max(),
                                      std::numeric_limits<std::int64_t>::min()};
  switch (random.below(4)) {
    case 0: return static_cast<std::uint64_t>(kLikely[random.below(std::size(kLikely))]);
    case 1: return number + random.below(9) - 4;
    case 2: return random.below(32);
    default: return std::uint64_t{0} - number;
  }
}

// Of text now and then the length changes too; packed numbers and raw tensors are such bytes.
std::string other_bytes(std::string_view content, RandomStream& random) {
  std::string bytes(content);
  if (random.below(8) == 0) {
    bytes.resize(random.below(2 * bytes.size() + 2));
    return bytes;
  }
  if (!bytes.empty()) bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
  return bytes;
}

std::string change(std::string_view text, int depth, std::uint64_t which, RandomStream& random) {
  std::string out;
  while (!text.empty()) {
    const Field field = *take_field(text);
    const std::uint64_t inside = field.wire == kBytes ? count(field.content, depth + 1) : 0;
    const std::uint64_t values = std::max<std::uint64_t>(1, inside);
    const bool here = which < values;
    out += field.tag;
    if (field.wire == kVarint) {
      put_varint(out, here ? other_number(field.number, random) : field.number);
    } else {
      std::string content(field.content);
      if (here && inside > 0) {
        content = change(field.content, depth + 1, which, random);
      } else if (here && field.wire == kBytes) {
        content = other_bytes(field.content, random);
      } else if (here) {
        content[random.below(content.size())] = static_cast<char>(random.below(256));
      }
      if (field.wire == kBytes) put_varint(out, content.size());
      out += content;
    }
    which = here ? std::numeric_limits<std::uint64_t>::max() : which - values;
  }
  return out;
}

}  // namespace

std::uint64_t count_values(std::string_view message) { return count(message, 0); }

std::string change_value(std::string_view message, std::uint64_t which, RandomStream& random) {
  if (!is_message(message, 0)) return std::string(message);
  return change(message, 0, which, random);
}

}  // namespace tern::testing
