// Regular expressions in the syntax of RE2 (github.com/google/re2/wiki/Syntax), which match in time
// linear in the text whatever the pattern is. Without TERN_WITH_TEXT every pattern is refused.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "tern/status.h"

namespace tern::text {

/// Immutable; matching from many threads is safe.
class Regex {
 public:
  /// Fails with what is wrong with the pattern.
  static Result<Regex> compile(std::string_view pattern);

  /// Whether all of `text`, in UTF-8, matches.
  bool matches(std::string_view text) const;

  struct Match {
    std::size_t begin = 0;  // in bytes
    std::size_t length = 0;
  };
  /// The first place in `text` that matches, as far as it can reach from there; nothing when there
  /// is none.
  std::optional<Match> find(std::string_view text) const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace tern::text
