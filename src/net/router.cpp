#include "net/router.h"

#include <algorithm>
#include <optional>

#include "base/errors.h"
#include "net/text.h"

namespace tern::net {
namespace {

constexpr std::size_t kMaxSegments = 64;

// The texts between the slashes of "/a/b"; nothing when there is no slash in front.
std::optional<std::vector<std::string_view>> split_path(std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    if (segments.size() > kMaxSegments) return std::nullopt;
    path.remove_prefix(end);
  }
  return segments;
}

void allow(std::string& list, std::string_view method) {
  if (!list.empty()) list += ", ";
  list += method;
}

}  // namespace

std::string_view RouteMatch::param(std::string_view name) const {
  for (const auto& [key, value] : params) {
    if (key == name) return value;
  }
  return {};
}

bool RouteTable::Segment::operator==(const Segment& other) const {
  return before == other.before && after == other.after && param.empty() == other.param.empty();
}

Result<RouteTable::Segment> RouteTable::parse_segment(std::string_view text) {
  const std::size_t open = text.find('{');
  const std::size_t close = text.find('}');
  if (open == std::string_view::npos && close == std::string_view::npos) {
    return Segment{std::string(text), "", ""};
  }
  if (open == std::string_view::npos || close == std::string_view::npos || close <= open + 1 ||
      text.find_first_of("{}", close + 1) != std::string_view::npos) {
    return invalid_argument("segment \"{}\" is neither text nor text around one {{name}}", text);
  }
  return Segment{std::string(text.substr(0, open)),
                 std::string(text.substr(open + 1, close - open - 1)),
                 std::string(text.substr(close + 1))};
}

Result<std::vector<RouteTable::Segment>> RouteTable::parse(std::string_view pattern) {
  const auto texts = split_path(pattern);
  if (!texts) return invalid_argument("it does not begin with '/', or is too long");
  std::vector<Segment> segments;
  for (const std::string_view text : *texts) {
    TERN_ASSIGN_OR_RETURN(Segment segment, parse_segment(text));
    segments.push_back(std::move(segment));
  }
  return segments;
}

// Of two patterns that may match the same path, the leftmost difference decides: text before text
// around a parameter, longer text before shorter.
bool RouteTable::more_literal(const Pattern& a, const Pattern& b) {
  if (a.segments.size() != b.segments.size()) return a.segments.size() < b.segments.size();
  for (std::size_t i = 0; i < a.segments.size(); ++i) {
    const Segment& x = a.segments[i];
    const Segment& y = b.segments[i];
    if (x.param.empty() != y.param.empty()) return x.param.empty();
    const std::size_t x_text = x.before.size() + x.after.size();
    const std::size_t y_text = y.before.size() + y.after.size();
    if (!x.param.empty() && x_text != y_text) return x_text > y_text;
  }
  return false;
}

Status RouteTable::insert(Pattern pattern) {
  for (const Pattern& other : patterns_) {
    if (other.method == pattern.method && other.segments == pattern.segments) {
      return already_exists("route {} of this shape", pattern.method);
    }
  }
  const auto place = std::upper_bound(patterns_.begin(), patterns_.end(), pattern, more_literal);
  patterns_.insert(place, std::move(pattern));
  return {};
}

Status RouteTable::add(std::string_view method, std::string_view pattern) {
  const auto failure = [&](Status status) {
    return std::move(status).with_context(fmt::format("route pattern \"{}\"", pattern));
  };
  std::string with(pattern);
  std::string without(pattern);
  const std::size_t open = with.find('[');
  const std::size_t close = with.find(']');
  const bool optional = open != std::string::npos || close != std::string::npos;
  if (optional) {
    if (open == std::string::npos || close == std::string::npos || close < open ||
        with.find_first_of("[]", close + 1) != std::string::npos || with[open + 1] != '/') {
      return failure(invalid_argument("one [/segments] at most may be optional"));
    }
    without.erase(open, close - open + 1);
    with.erase(close, 1).erase(open, 1);
  }
  auto segments = parse(with);
  if (!segments.ok()) return failure(std::move(segments).status());
  auto fewer = parse(without);
  if (!fewer.ok()) return failure(std::move(fewer).status());
  Status status = insert({std::string(method), std::move(*segments), routes_});
  if (status.ok() && optional) {
    status = insert({std::string(method), std::move(*fewer), routes_});
    if (!status.ok()) std::erase_if(patterns_, [&](const auto& p) { return p.index == routes_; });
  }
  if (!status.ok()) return failure(std::move(status));
  ++routes_;
  return {};
}

RouteMatch RouteTable::match(std::string_view method, std::string_view path) const {
  RouteMatch match;
  const auto texts = split_path(path);
  if (!texts) return match;

  const auto fits = [&](const Pattern& pattern) {
    return std::equal(texts->begin(), texts->end(), pattern.segments.begin(),
                      pattern.segments.end(), [](std::string_view text, const Segment& s) {
                        if (s.param.empty()) return text == s.before;
                        return text.size() > s.before.size() + s.after.size() &&
                               text.starts_with(s.before) && text.ends_with(s.after);
                      });
  };
  const Pattern* found = nullptr;
  const Pattern* get = nullptr;
  std::vector<std::string_view> methods;
  for (const Pattern& pattern : patterns_) {
    if (!fits(pattern)) continue;
    if (!found && pattern.method == method) found = &pattern;
    if (!get && pattern.method == "GET") get = &pattern;
    if (std::find(methods.begin(), methods.end(), pattern.method) == methods.end()) {
      methods.push_back(pattern.method);
    }
  }
  if (!found && method == "HEAD") found = get;
  if (!found) {
    if (methods.empty()) return match;
    match.outcome = RouteMatch::kMethodNotAllowed;
    std::sort(methods.begin(), methods.end());
    for (const std::string_view m : methods) {
      allow(match.allow, m);
      if (m == "GET" && std::find(methods.begin(), methods.end(), "HEAD") == methods.end()) {
        allow(match.allow, "HEAD");
      }
    }
    return match;
  }
  for (std::size_t i = 0; i < texts->size(); ++i) {
    const Segment& s = found->segments[i];
    if (s.param.empty()) continue;
    const std::string_view text = (*texts)[i];
    auto value = percent_decode(
        text.substr(s.before.size(), text.size() - s.before.size() - s.after.size()));
    if (!value) return match;
    match.params.emplace_back(s.param, std::move(*value));
  }
  match.outcome = RouteMatch::kFound;
  match.index = found->index;
  return match;
}

}  // namespace tern::net
