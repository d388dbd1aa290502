// YAML text to ConfigNode, over yaml-cpp, which stays in yaml.cpp.
//
// What configurations need of YAML 1.2: maps with scalar keys, lists, scalars, comments, block and
// flow style, anchors and aliases. Refused, with their place: duplicate keys, explicit tags, merge
// keys (<<), more than one document.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "config/config_node.h"
#include "tern/status.h"

namespace tern::config {

struct YamlLimits {
  std::size_t bytes = 1 << 20;
  /// After aliases are replaced by what they stand for; a long text counts once more every 32
  /// bytes.
  std::size_t values = 100'000;
  int depth = 64;
};

/// `source` names the text in errors and origins. Empty text is an empty map. Every failure is
/// kInvalidArgument and begins with "source:line:column".
Result<ConfigNode> parse_yaml(std::string_view text, std::string_view source,
                              const YamlLimits& limits = {});

/// parse_yaml() of a file. A missing file is kNotFound.
Result<ConfigNode> read_yaml_file(const std::string& path, const YamlLimits& limits = {});

}  // namespace tern::config
