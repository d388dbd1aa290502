#include "base/glob.h"

#include <algorithm>

#include "base/strings.h"

namespace tern {

// After a mismatch only the last * tries a longer match.
bool glob_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || (pattern[p] == text[t] && pattern[p] != '*'))) {
      ++p;
      ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  return std::ranges::all_of(pattern.substr(p), [](char c) { return c == '*'; });
}

bool is_selected(std::string_view patterns, std::string_view name) {
  for (std::string_view pattern : split(patterns, ',')) {
    pattern = trim(pattern);
    const bool excludes = pattern.starts_with('!');
    if (glob_matches(excludes ? pattern.substr(1) : pattern, name)) return !excludes;
  }
  return false;
}

}  // namespace tern
