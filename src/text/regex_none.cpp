// In place of regex.cpp without TERN_WITH_TEXT.
#include "base/errors.h"
#include "text/regex.h"

namespace tern::text {

struct Regex::Impl {};

Result<Regex> Regex::compile(std::string_view) {
  return unimplemented("regular expressions: tern was built with TERN_WITH_TEXT=OFF");
}

bool Regex::matches(std::string_view) const { return false; }

std::optional<Regex::Match> Regex::find(std::string_view) const { return std::nullopt; }

}  // namespace tern::text
