#include "config/config_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>

#include "base/errors.h"
#include "base/strings.h"

namespace tern::config {
namespace {

constexpr std::size_t kShownMistakes = 20;

std::string quoted_list(std::span<const std::string_view> names) {
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) list += i + 1 == names.size() ? " or " : ", ";
    list += names[i];
  }
  return list;
}

// "1e6" and "64.0": whole numbers that a person wrote as a double can hold them.
std::optional<std::int64_t> whole_number(std::string_view text) {
  if (const auto integer = parse_int(text)) return integer;
  constexpr double kExact = 9007199254740992.0;  // 2^53
  const auto number = parse_double(text);
  if (!number || std::abs(*number) > kExact || std::trunc(*number) != *number) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

}  // namespace

// One map of the configuration, or one that is absent, and the keys that were asked for in it.
struct ConfigReader::Section {
  const ConfigNode* node;  // null when absent
  std::string path;
  Origin place;  // of the map, or of the nearest map around it
  std::vector<std::string> known;
};

struct ConfigReader::Shared {
  struct Mistake {
    Origin where;
    std::string message;
  };
  std::deque<Section> sections;
  std::vector<Mistake> mistakes;
};

ConfigReader::ConfigReader(const ConfigNode& root)
    : ConfigReader(std::make_shared<Shared>(), root.is_map() ? &root : nullptr, "", root.origin) {
  if (!root.is_map() && !root.is_null()) {
    mistake(root.origin, "", fmt::format("{} where a map was expected", describe(root)));
  }
}

ConfigReader::ConfigReader(std::shared_ptr<Shared> shared, const ConfigNode* node, std::string path,
                           Origin place)
    : shared_(std::move(shared)) {
  auto& sections = shared_->sections;
  const auto same = std::find_if(sections.begin(), sections.end(), [&](const Section& s) {
    return node != nullptr && s.node == node;
  });
  section_ = static_cast<std::size_t>(same - sections.begin());
  if (same == sections.end()) {
    sections.push_back({node, std::move(path), std::move(place), {}});
  }
}

const std::string& ConfigReader::path() const { return shared_->sections[section_].path; }

std::string ConfigReader::path_of(std::string_view key) const {
  return path().empty() ? std::string(key) : fmt::format("{}.{}", path(), key);
}

void ConfigReader::mistake(const Origin& where, std::string_view path, std::string_view message) {
  const std::string place = where.to_string();
  shared_->mistakes.push_back({where, fmt::format("{}{}{}{}{}", place, place.empty() ? "" : ": ",
                                                  path, path.empty() ? "" : ": ", message)});
}

const ConfigNode* ConfigReader::lookup(std::string_view key, bool required) {
  Section& section = shared_->sections[section_];
  if (std::find(section.known.begin(), section.known.end(), key) == section.known.end()) {
    section.known.emplace_back(key);
  }
  const ConfigNode* node = section.node ? section.node->find(key) : nullptr;
  if (node && !node->is_null()) return node;
  if (required) mistake(node ? node->origin : section.place, path_of(key), "is required");
  return nullptr;
}

bool ConfigReader::has(std::string_view key) { return lookup(key, false) != nullptr; }

std::vector<std::string> ConfigReader::keys() {
  Section& section = shared_->sections[section_];
  section.known.clear();
  if (section.node) {
    for (const auto& entry : section.node->entries) section.known.push_back(entry.key);
  }
  return section.known;
}

void ConfigReader::reject(std::string_view key, std::string_view message) {
  const ConfigNode* node = lookup(key, false);
  mistake(node ? node->origin : shared_->sections[section_].place, path_of(key), message);
}

std::optional<std::int64_t> ConfigReader::to_integer(const ConfigNode& node,
                                                     const std::string& path,
                                                     const IntegerRange& range) {
  const auto value = node.is_scalar() && !node.quoted ? whole_number(node.text) : std::nullopt;
  if (!value) {
    mistake(node.origin, path, fmt::format("{} is not a whole number", describe(node)));
  } else if (*value < range.min) {
    mistake(node.origin, path, fmt::format("{} is below {}", *value, range.min));
  } else if (*value > range.max) {
    mistake(node.origin, path, fmt::format("{} is above {}", *value, range.max));
  } else {
    return value;
  }
  return std::nullopt;
}

std::optional<double> ConfigReader::to_number(const ConfigNode& node, const std::string& path,
                                              const NumberRange& range) {
  const auto value = node.is_scalar() && !node.quoted ? parse_double(node.text) : std::nullopt;
  if (!value || !std::isfinite(*value)) {
    mistake(node.origin, path, fmt::format("{} is not a number", describe(node)));
  } else if (*value < range.min) {
    mistake(node.origin, path, fmt::format("{} is below {}", node.text, range.min));
  } else if (*value > range.max) {
    mistake(node.origin, path, fmt::format("{} is above {}", node.text, range.max));
  } else if (*value <= range.above) {
    mistake(node.origin, path, fmt::format("{} is not above {}", node.text, range.above));
  } else if (*value >= range.below) {
    mistake(node.origin, path, fmt::format("{} is not below {}", node.text, range.below));
  } else {
    return value;
  }
  return std::nullopt;
}

std::optional<std::string> ConfigReader::to_text(const ConfigNode& node, const std::string& path) {
  if (node.is_scalar()) return node.text;
  mistake(node.origin, path, fmt::format("{} where text was expected", describe(node)));
  return std::nullopt;
}

std::int64_t ConfigReader::integer(std::string_view key, Fallback<std::int64_t> fallback,
                                   const IntegerRange& range) {
  const ConfigNode* node = lookup(key, fallback.required());
  const auto value = node ? to_integer(*node, path_of(key), range) : std::nullopt;
  return value ? *value : std::move(fallback).value();
}

double ConfigReader::number(std::string_view key, Fallback<double> fallback,
                            const NumberRange& range) {
  const ConfigNode* node = lookup(key, fallback.required());
  const auto value = node ? to_number(*node, path_of(key), range) : std::nullopt;
  return value ? *value : std::move(fallback).value();
}

bool ConfigReader::boolean(std::string_view key, Fallback<bool> fallback) {
  const ConfigNode* node = lookup(key, fallback.required());
  if (!node) return std::move(fallback).value();
  if (node->is_scalar() && !node->quoted && node->text == "true") return true;
  if (node->is_scalar() && !node->quoted && node->text == "false") return false;
  mistake(node->origin, path_of(key), fmt::format("{} is not true or false", describe(*node)));
  return std::move(fallback).value();
}

std::string ConfigReader::text(std::string_view key, Fallback<std::string> fallback) {
  const ConfigNode* node = lookup(key, fallback.required());
  auto value = node ? to_text(*node, path_of(key)) : std::nullopt;
  return value ? std::move(*value) : std::move(fallback).value();
}

std::optional<std::size_t> ConfigReader::choose(std::string_view key, bool required,
                                                std::span<const std::string_view> names) {
  const ConfigNode* node = lookup(key, required);
  if (!node) return std::nullopt;
  const auto found =
      node->is_scalar() ? std::find(names.begin(), names.end(), node->text) : names.end();
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  mistake(node->origin, path_of(key),
          fmt::format("{} is not {}", describe(*node), quoted_list(names)));
  return std::nullopt;
}

std::optional<std::vector<std::pair<const ConfigNode*, std::string>>> ConfigReader::scalars(
    std::string_view key, bool required) {
  const ConfigNode* node = lookup(key, required);
  if (!node) return std::nullopt;
  const std::string path = path_of(key);
  std::vector<std::pair<const ConfigNode*, std::string>> found;
  if (node->is_scalar()) {
    found.emplace_back(node, path);
    return found;
  }
  if (!node->is_list()) {
    mistake(node->origin, path, fmt::format("{} where a list was expected", describe(*node)));
    return std::nullopt;
  }
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    found.emplace_back(&node->items[i], fmt::format("{}[{}]", path, i));
  }
  return found;
}

std::vector<std::int64_t> ConfigReader::integers(std::string_view key,
                                                 Fallback<std::vector<std::int64_t>> fallback,
                                                 const IntegerRange& range) {
  const auto items = scalars(key, fallback.required());
  if (!items) return std::move(fallback).value();
  std::vector<std::int64_t> values;
  for (const auto& [node, path] : *items) {
    if (const auto value = to_integer(*node, path, range)) values.push_back(*value);
  }
  return values;
}

std::vector<double> ConfigReader::numbers(std::string_view key,
                                          Fallback<std::vector<double>> fallback,
                                          const NumberRange& range) {
  const auto items = scalars(key, fallback.required());
  if (!items) return std::move(fallback).value();
  std::vector<double> values;
  for (const auto& [node, path] : *items) {
    if (const auto value = to_number(*node, path, range)) values.push_back(*value);
  }
  return values;
}

std::vector<std::string> ConfigReader::texts(std::string_view key,
                                             Fallback<std::vector<std::string>> fallback) {
  const auto items = scalars(key, fallback.required());
  if (!items) return std::move(fallback).value();
  std::vector<std::string> values;
  for (const auto& [node, path] : *items) {
    if (auto value = to_text(*node, path)) values.push_back(std::move(*value));
  }
  return values;
}

ConfigReader ConfigReader::map(std::string_view key) {
  const ConfigNode* node = lookup(key, false);
  const std::string path = path_of(key);
  if (node && !node->is_map()) {
    mistake(node->origin, path, fmt::format("{} where a map was expected", describe(*node)));
    node = nullptr;
  }
  return ConfigReader(shared_, node, path, node ? node->origin : shared_->sections[section_].place);
}

std::vector<ConfigReader> ConfigReader::maps(std::string_view key) {
  std::vector<ConfigReader> readers;
  const ConfigNode* node = lookup(key, false);
  if (!node) return readers;
  const std::string path = path_of(key);
  if (!node->is_list()) {
    mistake(node->origin, path, fmt::format("{} where a list was expected", describe(*node)));
    return readers;
  }
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    const ConfigNode& item = node->items[i];
    const std::string item_path = fmt::format("{}[{}]", path, i);
    if (item.is_map()) {
      readers.push_back(ConfigReader(shared_, &item, item_path, item.origin));
    } else {
      mistake(item.origin, item_path, fmt::format("{} where a map was expected", describe(item)));
    }
  }
  return readers;
}

Status ConfigReader::finish() {
  auto mistakes = shared_->mistakes;
  for (const Section& section : shared_->sections) {
    if (!section.node) continue;
    const std::vector<std::string_view> known(section.known.begin(), section.known.end());
    for (const auto& entry : section.node->entries) {
      if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
      const auto meant = nearest(entry.key, known);
      const std::string path = section.path.empty() ? entry.key : section.path + "." + entry.key;
      mistakes.push_back({entry.key_origin,
                          fmt::format("{}: {}: unknown key{}", entry.key_origin.to_string(), path,
                                      meant ? fmt::format(", did you mean \"{}\"?", *meant) : "")});
    }
  }
  if (mistakes.empty()) return {};
  std::stable_sort(mistakes.begin(), mistakes.end(), [](const auto& a, const auto& b) {
    return std::pair(a.where.line, a.where.column) < std::pair(b.where.line, b.where.column);
  });
  std::string all;
  for (std::size_t i = 0; i < std::min(mistakes.size(), kShownMistakes); ++i) {
    all += (i > 0 ? "\n" : "") + mistakes[i].message;
  }
  if (mistakes.size() > kShownMistakes) {
    all += fmt::format("\nand {} more", mistakes.size() - kShownMistakes);
  }
  return Status(StatusCode::kInvalidArgument, std::move(all));
}

}  // namespace tern::config
