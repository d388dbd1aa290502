#include "config/config_sources.h"

#include <unistd.h>

#include <charconv>
#include <utility>

#include "base/errors.h"
#include "base/strings.h"
#include "config/yaml.h"

namespace tern::config {
namespace {

constexpr std::size_t kMaxPathSteps = 64;

// A key of a map, or an index into a list.
struct Step {
  std::string key;
  std::size_t index = 0;
  bool is_index = false;
};

Result<std::vector<Step>> parse_path(std::string_view path) {
  std::vector<Step> steps;
  for (std::string_view part : split(path, '.')) {
    const std::size_t bracket = std::min(part.find('['), part.size());
    if (bracket == 0) return invalid_argument("\"{}\" has an empty key", path);
    steps.push_back({.key = std::string(part.substr(0, bracket))});
    part.remove_prefix(bracket);
    while (!part.empty()) {
      const std::size_t close = part.find(']');
      std::size_t index = 0;
      const char* const end = part.data() + std::min(close, part.size());
      const bool closed = part[0] == '[' && close != std::string_view::npos;
      const auto parsed = std::from_chars(part.data() + 1, closed ? end : part.data() + 1, index);
      if (parsed.ec != std::errc() || parsed.ptr != end) {
        return invalid_argument("\"{}\" has no list index at \"{}\"", path, part);
      }
      steps.push_back({.index = index, .is_index = true});
      part.remove_prefix(close + 1);
    }
  }
  if (steps.size() > kMaxPathSteps) {
    return invalid_argument("the path has {} steps, the limit is {}", steps.size(), kMaxPathSteps);
  }
  return steps;
}

void set_origin(ConfigNode& node, const Origin& origin) {
  node.origin = origin;
  for (ConfigNode& item : node.items) set_origin(item, origin);
  for (ConfigNode::Entry& entry : node.entries) {
    entry.key_origin = origin;
    set_origin(entry.value, origin);
  }
}

Result<ConfigNode> parse_value(std::string_view text, const Origin& origin) {
  ConfigNode node;
  if (!text.empty() && std::string_view("[{\"'").find(text[0]) != std::string_view::npos) {
    TERN_ASSIGN_OR_RETURN(node, parse_yaml(text, *origin.source));
  } else if (!text.empty() && text != "null" && text != "~") {
    node.kind = ConfigNode::Kind::kScalar;
    node.text = text;
  }
  set_origin(node, origin);
  return node;
}

// The value that `step` leads to from `node`, made when there is room for it.
Result<ConfigNode*> descend(ConfigNode& node, const Step& step, const Origin& origin) {
  const auto wanted = step.is_index ? ConfigNode::Kind::kList : ConfigNode::Kind::kMap;
  if (node.is_null()) {
    node.kind = wanted;
    node.origin = origin;
  }
  if (node.kind != wanted) {
    return invalid_argument("{} where {} is needed", describe(node),
                            step.is_index ? "a list" : "a map");
  }
  if (!step.is_index) {
    if (ConfigNode* value = node.find(step.key)) return value;
    node.entries.push_back({step.key, origin, {}});
    return &node.entries.back().value;
  }
  if (step.index > node.items.size()) {
    return invalid_argument("index {} of a list of {}", step.index, node.items.size());
  }
  if (step.index == node.items.size()) node.items.emplace_back();
  return &node.items[step.index];
}

Status assign(ConfigNode& root, std::string_view path, std::string_view value,
              const Origin& origin) {
  TERN_ASSIGN_OR_RETURN(const std::vector<Step> steps, parse_path(path));
  TERN_ASSIGN_OR_RETURN(ConfigNode parsed, parse_value(value, origin));
  ConfigNode* node = &root;
  for (const Step& step : steps) {
    TERN_ASSIGN_OR_RETURN(node, descend(*node, step, origin));
  }
  *node = std::move(parsed);
  return {};
}

Status apply(ConfigNode& root, std::string_view path, std::string_view value,
             std::string_view source) {
  const Origin origin{std::make_shared<const std::string>(source)};
  return assign(root, path, value, origin).with_context(source);
}

Status apply_environment(ConfigNode& root, const ConfigSources& sources) {
  if (sources.environment_prefix.empty()) return {};
  for (const std::string_view variable : sources.environment) {
    const std::size_t equals = variable.find('=');
    if (!variable.starts_with(sources.environment_prefix) || equals == std::string_view::npos) {
      continue;
    }
    const std::string_view name = variable.substr(0, equals);
    std::string path = to_lower(name.substr(sources.environment_prefix.size()));
    for (std::size_t at = 0; (at = path.find("__", at)) != std::string::npos;) {
      path.replace(at, 2, ".");
    }
    TERN_TRY(apply(root, path, variable.substr(equals + 1), fmt::format("environment {}", name)));
  }
  return {};
}

}  // namespace

Status apply_override(ConfigNode& root, std::string_view assignment, std::string_view source) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos) {
    return invalid_argument("{}: not of the form path=value", source);
  }
  return apply(root, assignment.substr(0, equals), assignment.substr(equals + 1), source);
}

Result<ConfigNode> load_config(const ConfigSources& sources) {
  ConfigNode root;
  if (!sources.file.empty()) {
    TERN_ASSIGN_OR_RETURN(root, read_yaml_file(sources.file));
    if (!root.is_map()) {
      return invalid_argument("{}: {} where a map was expected", root.origin.to_string(),
                              describe(root));
    }
  }
  root.kind = ConfigNode::Kind::kMap;
  TERN_TRY(apply_environment(root, sources));
  for (const std::string& assignment : sources.overrides) {
    TERN_TRY(apply_override(root, assignment, fmt::format("--set {}", assignment)));
  }
  return root;
}

std::vector<std::string> process_environment() {
  std::vector<std::string> variables;
  for (char** variable = environ; variable && *variable; ++variable) {
    variables.emplace_back(*variable);
  }
  return variables;
}

}  // namespace tern::config
