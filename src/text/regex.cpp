#include "text/regex.h"

#include <re2/re2.h>

#include "base/errors.h"

namespace tern::text {
namespace {

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

RE2::Options options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_longest_match(true);  // what find() wants; a match of the whole text is one anyway
  return options;
}

}  // namespace

struct Regex::Impl {
  explicit Impl(std::string_view pattern) : compiled(piece(pattern), options()) {}
  RE2 compiled;
};

Result<Regex> Regex::compile(std::string_view pattern) {
  auto impl = std::make_shared<const Impl>(pattern);
  if (!impl->compiled.ok()) {
    return invalid_argument("pattern '{}': {}", pattern, impl->compiled.error());
  }
  Regex regex;
  regex.impl_ = std::move(impl);
  return regex;
}

bool Regex::matches(std::string_view text) const {
  return RE2::FullMatch(piece(text), impl_->compiled);
}

std::optional<Regex::Match> Regex::find(std::string_view text) const {
  re2::StringPiece found;
  if (!impl_->compiled.Match(piece(text), 0, text.size(), RE2::UNANCHORED, &found, 1)) {
    return std::nullopt;
  }
  // Of an empty match RE2 may give no address.
  const std::size_t begin =
      found.data() == nullptr ? 0 : static_cast<std::size_t>(found.data() - text.data());
  return Match{begin, found.size()};
}

}  // namespace tern::text
