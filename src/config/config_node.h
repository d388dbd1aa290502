// ConfigNode: one value of a configuration and where it was written.
//
//   TERN_ASSIGN_OR_RETURN(const ConfigNode root, read_yaml_file("train.yaml"));
//
// A tree of plain values: null, scalar, list or map. Read it through ConfigReader, which checks
// types, ranges and unknown keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tern/status.h"

namespace tern::config {

/// Where a value stands: a line of a file, an environment variable, a flag.
struct Origin {
  std::shared_ptr<const std::string> source;  ///< "train.yaml", "--set a=1", "environment TERN_X"
  int line = 0;                               ///< from 1; 0 when the source has no lines
  int column = 0;

  /// "train.yaml:12:5", or the source alone.
  std::string to_string() const;
};

class ConfigNode {
 public:
  enum class Kind : std::uint8_t { kNull, kScalar, kList, kMap };
  struct Entry;

  Kind kind = Kind::kNull;
  Origin origin;
  std::string text;     ///< of a scalar, as written but without quotes
  bool quoted = false;  ///< a scalar in quotes is text, whatever it looks like
  std::vector<ConfigNode> items;
  std::vector<Entry> entries;  ///< of a map, in the order written; keys are unique

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_map() const { return kind == Kind::kMap; }

  /// The value of `key` in a map; null when it is not there or this is no map.
  const ConfigNode* find(std::string_view key) const;
  ConfigNode* find(std::string_view key);
};

struct ConfigNode::Entry {
  std::string key;
  Origin key_origin;
  ConfigNode value;
};

/// "a map", "a list", "\"text\"", "null": what a node is, in the words of an error message.
std::string describe(const ConfigNode& node);

}  // namespace tern::config
