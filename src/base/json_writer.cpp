#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "base/check.h"
#include "base/json.h"
#include "base/utf8.h"

namespace tern {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

void append_escape(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
  }
}

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    std::size_t taken = 0;
    while (taken < text.size() && is_plain(text[taken])) ++taken;
    if (taken > 0) {
      out.append(text.data(), taken);
    } else if (static_cast<unsigned char>(text[0]) < 0x80) {
      append_escape(out, text[0]);
      taken = 1;
    } else if (const std::size_t length = utf8_length(text); length > 0) {
      out.append(text.data(), length);
      taken = length;
    } else {
      out += kReplacement;
      taken = 1;
    }
    text.remove_prefix(taken);
  }
  out += '"';
}

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 32> digits;  // a double needs at most 24
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

}  // namespace

void JsonWriter::begin(char bracket) {
  separate();
  out_ += bracket;
  first_ = true;
  ++depth_;
}

void JsonWriter::end(char bracket) {
  TERN_DCHECK(depth_ > 0);
  out_ += bracket;
  first_ = false;
  --depth_;
}

void JsonWriter::separate() {
  TERN_DCHECK(depth_ > 0 || first_, "a second value at the top level");
  if (!first_) out_ += ',';
  first_ = false;
}

void JsonWriter::key(std::string_view name) {
  separate();
  append_quoted(out_, name);
  out_ += ':';
  first_ = true;
}

void JsonWriter::value(std::string_view text) {
  separate();
  append_quoted(out_, text);
}

void JsonWriter::value(bool truth) { raw(truth ? "true" : "false"); }

void JsonWriter::null() { raw("null"); }

void JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
}

void JsonWriter::write_signed(std::int64_t number) {
  separate();
  append_number(out_, number);
}

void JsonWriter::write_unsigned(std::uint64_t number) {
  separate();
  append_number(out_, number);
}

template <class Number>
void JsonWriter::write_floating(Number number) {
  if (std::isfinite(number)) {
    separate();
    append_number(out_, number);
  } else if (non_finite_ == NonFinite::kNull) {
    null();
  } else {
    const std::string_view name = std::isnan(number) ? "NaN"
                                  : number > 0       ? "Infinity"
                                                     : "-Infinity";
    non_finite_ == NonFinite::kString ? value(name) : raw(name);
  }
}

void JsonWriter::value(double number) { write_floating(number); }

void JsonWriter::value(float number) { write_floating(number); }

void JsonWriter::value(std::span<const float> numbers) {
  begin_array();
  for (const float number : numbers) write_floating(number);
  end_array();
}

void JsonWriter::value(std::span<const std::int64_t> numbers) {
  begin_array();
  for (const std::int64_t number : numbers) write_signed(number);
  end_array();
}

std::string json_quoted(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

}  // namespace tern
