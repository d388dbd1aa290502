// Router: which of a server's routes a method and a path mean. It knows no protocol and calls
// nothing.
//
//   enum class Route { kReady, kInfer };
//   Router<Route> router;
//   TERN_TRY(router.add("POST", "/v2/models/{model}[/versions/{version}]/infer", Route::kInfer));
//   auto match = router.match("POST", "/v2/models/resnet%2050/infer");
//   match.outcome == RouteMatch::kFound; match.param("model") == "resnet 50"; router[match]
//
// A pattern is segments between slashes. A segment is literal text, or holds one {name} that takes
// at least one character, with literal text around it ("{model}:predict"). [...] around whole
// segments marks a part that may be missing. More literal patterns win, whatever the order of
// add(). match() may be called from many threads at once, not beside add().
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tern/status.h"

namespace tern::net {

struct RouteMatch {
  enum Outcome : std::uint8_t { kFound, kNotFound, kMethodNotAllowed };

  Outcome outcome = kNotFound;
  std::size_t index = 0;  ///< of the route, in the order of add(); for kFound
  std::vector<std::pair<std::string_view, std::string>>
      params;         ///< decoded; names live in the router
  std::string allow;  ///< for kMethodNotAllowed: the value of the Allow field, "GET, HEAD"

  /// The parameter called `name`, or "" when the pattern left it out.
  std::string_view param(std::string_view name) const;
};

/// The table behind Router, with indexes for routes.
class RouteTable {
 public:
  /// kInvalidArgument for a malformed pattern, kAlreadyExists when another route matches the same.
  Status add(std::string_view method, std::string_view pattern);

  /// `path` is percent-encoded, without query. HEAD falls back on the routes of GET. A path whose
  /// parameters do not decode matches nothing.
  RouteMatch match(std::string_view method, std::string_view path) const;

 private:
  struct Segment {
    std::string before;  // literal text; all of it when there is no parameter
    std::string param;
    std::string after;
    bool operator==(const Segment& other) const;  // matches the same texts
  };
  struct Pattern {
    std::string method;
    std::vector<Segment> segments;
    std::size_t index;
  };

  static Result<std::vector<Segment>> parse(std::string_view pattern);
  static Result<Segment> parse_segment(std::string_view text);
  static bool more_literal(const Pattern& a, const Pattern& b);
  Status insert(Pattern pattern);

  std::vector<Pattern> patterns_;  // most literal first
  std::size_t routes_ = 0;
};

/// RouteTable with a value of the caller's for each route.
template <class Route>
class Router {
 public:
  Status add(std::string_view method, std::string_view pattern, Route route) {
    Status status = table_.add(method, pattern);
    if (status.ok()) routes_.push_back(std::move(route));
    return status;
  }
  RouteMatch match(std::string_view method, std::string_view path) const {
    return table_.match(method, path);
  }
  /// The route of a match whose outcome is kFound.
  const Route& operator[](const RouteMatch& match) const { return routes_[match.index]; }

 private:
  RouteTable table_;
  std::vector<Route> routes_;
};

}  // namespace tern::net
