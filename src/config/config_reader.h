// ConfigReader: typed, checked access to a ConfigNode, which collects every mistake with its place.
//
//   ConfigReader r(root);
//   config.epochs = r.integer("epochs", 10, {.min = 1});
//   ConfigReader optimizer = r.map("optimizer");
//   config.rate = optimizer.number("lr", kRequired, {.above = 0});
//   config.kind = optimizer.choice<Kind>("type", Kind::kSgd, {{"sgd", Kind::kSgd}, {"adam",
//   Kind::kAdam}}); TERN_TRY(r.finish());   // "train.yaml:12:5: optimizer.lr: -1 is not above 0",
//   and the next mistake ...
//
// A getter always returns something: the value, or after a mistake the fallback. What was read
// means something only when finish() has returned ok. Null is as good as absent. Keys that nobody
// asked for are mistakes, so ask for all keys before finish(). Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config_node.h"
#include "tern/status.h"

namespace tern::config {

struct Required {};
/// In place of a fallback: the key must be there.
inline constexpr Required kRequired;

/// What a getter returns when its key is absent, or kRequired.
template <class T>
class Fallback {
 public:
  Fallback(Required) {}  // NOLINT: implicit by design
  template <class U>
  requires std::is_convertible_v<U, T> Fallback(U&& value)
      : value_(std::forward<U>(value)) {}  // NOLINT: implicit by design

  bool required() const { return !value_.has_value(); }
  T value() && { return value_ ? std::move(*value_) : T(); }

 private:
  std::optional<T> value_;
};

/// Both ends included.
struct IntegerRange {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

/// `min` and `max` included, `above` and `below` excluded.
struct NumberRange {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  double above = -std::numeric_limits<double>::infinity();
  double below = std::numeric_limits<double>::infinity();
};

class ConfigReader {
 public:
  /// Reads `root`, which must be a map and outlive all readers made from this one.
  explicit ConfigReader(const ConfigNode& root);

  /// A whole number; 1e6 and 64.0 count as such. Text in quotes is no number.
  std::int64_t integer(std::string_view key, Fallback<std::int64_t> fallback,
                       const IntegerRange& range = {});
  /// A finite number.
  double number(std::string_view key, Fallback<double> fallback, const NumberRange& range = {});
  /// true or false.
  bool boolean(std::string_view key, Fallback<bool> fallback);
  /// Any scalar, as written.
  std::string text(std::string_view key, Fallback<std::string> fallback);

  /// One of a few names.
  template <class Enum>
  Enum choice(std::string_view key, Fallback<Enum> fallback,
              std::initializer_list<std::pair<std::string_view, Enum>> choices) {
    std::vector<std::string_view> names;
    for (const auto& choice : choices) names.push_back(choice.first);
    const auto index = choose(key, fallback.required(), names);
    return index ? (choices.begin() + *index)->second : std::move(fallback).value();
  }

  /// Lists of scalars. A single scalar is a list of one.
  std::vector<std::int64_t> integers(std::string_view key,
                                     Fallback<std::vector<std::int64_t>> fallback,
                                     const IntegerRange& range = {});
  std::vector<double> numbers(std::string_view key, Fallback<std::vector<double>> fallback,
                              const NumberRange& range = {});
  std::vector<std::string> texts(std::string_view key, Fallback<std::vector<std::string>> fallback);

  /// A section. When it is absent, so are all keys in it: fallbacks hold, required ones are
  /// mistakes.
  ConfigReader map(std::string_view key);
  /// A list of maps; empty when absent.
  std::vector<ConfigReader> maps(std::string_view key);

  /// Whether `key` is there and not null. Asking makes it a known key.
  bool has(std::string_view key);
  /// The keys of this map in the order written, all known from now on: for maps with names of the
  /// user's choosing.
  std::vector<std::string> keys();

  /// Adds a mistake of the caller's finding, with the place of `key` (or of the map when absent).
  void reject(std::string_view key, std::string_view message);
  /// "optimizer" or "data.sources[2]"; "" for the root.
  const std::string& path() const;

  /// All mistakes, one a line, in the order of the file (at most 20), as kInvalidArgument. Call it
  /// on any reader of the tree, once everything is read.
  Status finish();

 private:
  struct Shared;
  struct Section;
  ConfigReader(std::shared_ptr<Shared> shared, const ConfigNode* node, std::string path,
               Origin place);

  const ConfigNode* lookup(std::string_view key, bool required);
  std::optional<std::size_t> choose(std::string_view key, bool required,
                                    std::span<const std::string_view> names);
  // The scalars of a list, or the one scalar, each with its path; nothing after a mistake.
  std::optional<std::vector<std::pair<const ConfigNode*, std::string>>> scalars(
      std::string_view key, bool required);
  std::string path_of(std::string_view key) const;
  void mistake(const Origin& where, std::string_view path, std::string_view message);

  std::optional<std::int64_t> to_integer(const ConfigNode& node, const std::string& path,
                                         const IntegerRange& range);
  std::optional<double> to_number(const ConfigNode& node, const std::string& path,
                                  const NumberRange& range);
  std::optional<std::string> to_text(const ConfigNode& node, const std::string& path);

  std::shared_ptr<Shared> shared_;
  std::size_t section_;  // in shared_
};

}  // namespace tern::config
