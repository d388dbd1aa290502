#include "config/config_node.h"

#include <fmt/format.h>

#include <utility>

namespace tern::config {
namespace {

constexpr std::size_t kShownBytes = 40;

}  // namespace

std::string Origin::to_string() const {
  if (!source) return "";
  return line > 0 ? fmt::format("{}:{}:{}", *source, line, column) : *source;
}

const ConfigNode* ConfigNode::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

ConfigNode* ConfigNode::find(std::string_view key) {
  return const_cast<ConfigNode*>(std::as_const(*this).find(key));
}

std::string describe(const ConfigNode& node) {
  switch (node.kind) {
    case ConfigNode::Kind::kNull: return "null";
    case ConfigNode::Kind::kList: return "a list";
    case ConfigNode::Kind::kMap: return "a map";
    case ConfigNode::Kind::kScalar: break;
  }
  const bool cut = node.text.size() > kShownBytes;
  return fmt::format("\"{}{}\"", node.text.substr(0, kShownBytes), cut ? "..." : "");
}

}  // namespace tern::config
