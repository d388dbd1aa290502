#include "base/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/utf8.h"

namespace tern {
namespace {

// C0 and DEL, and the two bytes of C1 (U+0080 to U+009F), which terminals obey as well.
bool is_control(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return lead < 0x20 || lead == 0x7f;
  return lead == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
}

std::string printable(std::string_view text, bool keeps_lines) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    const bool line_end = keeps_lines && character == "\n";
    if (length > 0 && (line_end || !is_control(character))) {
      clean += character;
    } else {
      for (const char c : character) {
        fmt::format_to(std::back_inserter(clean), "\\x{:02x}", static_cast<unsigned char>(c));
      }
    }
    text.remove_prefix(character.size());
  }
  return clean;
}

}  // namespace

std::string printable_line(std::string_view text) { return printable(text, false); }
std::string printable_text(std::string_view text) { return printable(text, true); }

}  // namespace tern
