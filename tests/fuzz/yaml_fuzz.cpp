// YAML configurations and overrides: whatever the text, there is a tree within the limits or a
// failure with a message, and a reader finds its way in the tree.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "config/config_reader.h"
#include "config/config_sources.h"
#include "config/yaml.h"

namespace {

using tern::config::ConfigNode;

constexpr tern::config::YamlLimits kLimits{.bytes = 4096, .values = 500, .depth = 16};

struct Measure {
  std::size_t values = 0;
  int depth = 0;
};

void measure(const ConfigNode& node, int depth, Measure& m) {
  m.values += 1 + node.entries.size();
  m.depth = std::max(m.depth, depth);
  TERN_CHECK(node.is_list() || node.items.empty());
  TERN_CHECK(node.is_map() || node.entries.empty());
  for (const ConfigNode& item : node.items) measure(item, depth + 1, m);
  for (const auto& entry : node.entries) measure(entry.value, depth + 1, m);
}

void read(const ConfigNode& root) {
  tern::config::ConfigReader r(root);
  r.integer("a", 1);
  r.numbers("b", tern::config::kRequired);
  for (auto& item : r.maps("c")) item.text("d", "");
  for (const std::string& key : r.map("e").keys()) (void)r.map("e").map(key).boolean("f", true);
  const tern::Status status = r.finish();
  TERN_CHECK(status.ok() || !status.message().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto root = tern::config::parse_yaml(text, "fuzz", kLimits);
  if (!root.ok()) {
    TERN_CHECK(root.status().message().starts_with("fuzz"));
    root = ConfigNode();
  }
  Measure m;
  measure(*root, 0, m);
  TERN_CHECK(m.values <= kLimits.values && m.depth <= kLimits.depth, "{} {}", m.values, m.depth);
  read(*root);
  const tern::Status status = tern::config::apply_override(*root, text, "flag");
  TERN_CHECK(status.ok() || status.message().starts_with("flag"), "{}", status.message());
  return 0;
}
