// Where a configuration comes from, and who wins: flags over environment over file.
//
//   TERN_ASSIGN_OR_RETURN(const ConfigNode root,
//                         load_config({.file = "serve.yaml", .environment_prefix = "TERN_SERVE_",
//                                      .environment = process_environment(), .overrides = sets}));
//
// Every value keeps its origin, so a mistake names the flag or variable it came from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config_node.h"
#include "tern/status.h"

namespace tern::config {

struct ConfigSources {
  std::string file;  ///< YAML; empty for none
  /// PREFIX + "HTTP__MAX_BODY_BYTES=1000" sets http.max_body_bytes; empty to leave the environment
  /// out.
  std::string environment_prefix;
  std::vector<std::string> environment;  ///< "NAME=value" each
  std::vector<std::string> overrides;    ///< "path=value" each, later ones win
};

/// The values of all sources in one tree. kNotFound when the file is missing, kInvalidArgument when
/// it is malformed or an override does not fit.
Result<ConfigNode> load_config(const ConfigSources& sources);

/// Sets one value: "optimizer.lr=0.1", "data.sources[0].path=x.csv", "shape=[1, 3, 224, 224]".
/// Missing maps on the way are made; a list takes its existing indexes and the next one. A value in
/// brackets, braces or quotes is YAML, an empty one is null (as if absent), all else is taken as
/// written. `source` becomes the origin of what is set.
Status apply_override(ConfigNode& root, std::string_view assignment, std::string_view source);

/// "NAME=value" of every variable of this process.
std::vector<std::string> process_environment();

}  // namespace tern::config
