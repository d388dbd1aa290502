// Numbers and lists in text from outside: what was read, written again, reads the same.
#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/strings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  if (const auto number = tern::parse_int(text)) {
    TERN_CHECK(tern::parse_int(std::to_string(*number)) == number, "{}", *number);
    TERN_CHECK(tern::parse_double(text).has_value(), "{} is no double", *number);
  }
  if (const auto number = tern::parse_double(text); number && !std::isnan(*number)) {
    TERN_CHECK(tern::parse_double(fmt::format("{}", *number)) == number, "{}", *number);
  }

  std::vector<std::string> pieces;
  for (const std::string_view piece : tern::split(text, ',')) pieces.emplace_back(piece);
  TERN_CHECK(tern::join(pieces, ",") == text);
  const std::string_view trimmed = tern::trim(text);
  TERN_CHECK(tern::trim(trimmed) == trimmed);
  return 0;
}
