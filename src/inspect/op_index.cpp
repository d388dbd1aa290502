#include "inspect/op_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "backend/backend.h"
#include "base/json.h"
#include "base/strings.h"
#include "import/onnx/microsoft.h"
#include "import/onnx/upgrade.h"
#include "ops/op_table.h"

namespace tern::inspect {
namespace {

struct NamedSet {
  std::string_view name;
  TypeSet types;
};
// Larger ones first: each takes its types out of what is left to name.
constexpr NamedSet kNamedSets[] = {
    {"any", kAnyValue},
    {"any tensor", kAnyType},
    {"numeric", kNumeric},
    {"ints", kInts},
    {"floats", kFloats},
    {"signed ints", kSignedInts},
    {"unsigned ints", kUnsignedInts},
    {"narrow floats", kNarrowFloats},
    {"4 and 2 bit ints", kSubByteInts},
    {"complex", kComplexes},
    {"containers", kContainers},
};

std::string describe(TypeSet types) {
  std::vector<std::string> parts;
  std::vector<bool> left(kDTypeCount);
  for (int i = 1; i < kDTypeCount; ++i) {
    left[static_cast<std::size_t>(i)] = types.contains(static_cast<DType>(i));
  }
  for (const NamedSet& set : kNamedSets) {
    bool whole = true;
    for (int i = 1; i < kDTypeCount; ++i) {
      if (set.types.contains(static_cast<DType>(i)) && !left[static_cast<std::size_t>(i)]) {
        whole = false;
      }
    }
    if (!whole) continue;
    parts.emplace_back(set.name);
    for (int i = 1; i < kDTypeCount; ++i) {
      if (set.types.contains(static_cast<DType>(i))) left[static_cast<std::size_t>(i)] = false;
    }
  }
  for (int i = 1; i < kDTypeCount; ++i) {
    if (left[static_cast<std::size_t>(i)]) {
      parts.emplace_back(tern::to_string(static_cast<DType>(i)));
    }
  }
  return join(parts, ", ");
}

// Ports of the same types are named together: "A, B: floats; axes: i64".
std::string describe_ports(std::span<const Port> ports) {
  std::vector<std::pair<std::string, TypeSet>> groups;
  for (const Port& port : ports) {
    const auto same =
        std::ranges::find(groups, port.types, &std::pair<std::string, TypeSet>::second);
    if (same == groups.end()) {
      groups.emplace_back(port.name, port.types);
    } else {
      same->first += fmt::format(", {}", port.name);
    }
  }
  std::string text;
  for (const auto& [names, types] : groups) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", names, describe(types));
  }
  return text;
}

std::string_view name_of(GradientKind kind) {
  switch (kind) {
    case GradientKind::kRule: return "rule";
    case GradientKind::kExpansion: return "expansion";
    case GradientKind::kNone: break;
  }
  return "none";
}

OpEntry make_entry(const OpDef& def) {
  OpEntry entry{.domain = def.domain, .name = def.name, .summary = def.summary, .since = def.since};
  if (def.domain == "ai.onnx") {
    entry.newest = static_cast<int>(onnx::kNewestOpset);
    entry.upgraded = onnx::is_upgraded(def.name);
  }
  entry.types = describe_ports(def.inputs.empty() ? def.outputs : def.inputs);
  // Where kernels want the channels last, a pass makes another operator of the node.
  const OpDef* channels_last = find_op("tern", fmt::format("Nhwc{}", def.name));
  for (const KernelDef* kernel : cpu_backend().kernels()) {
    const OpDef* op = &kernel->op();
    if (op == &def || op == channels_last) entry.kernels.push_back(kernel->name);
  }
  if (def.gradient != nullptr) {
    entry.gradient = GradientKind::kRule;
  } else if (def.expand != nullptr) {
    entry.gradient = GradientKind::kExpansion;
  }
  return entry;
}

}  // namespace

std::vector<OpEntry> op_index() {
  std::vector<OpEntry> index;
  for (const OpDef* def : op_table()) index.push_back(make_entry(*def));
  for (const onnx::LoweringRule& rule : onnx::lowering_rules()) {
    index.push_back({.domain = rule.domain, .name = rule.op_type, .lowered = true});
  }
  std::ranges::sort(index, std::ranges::less(),
                    [](const OpEntry& entry) { return std::tuple(entry.domain, entry.name); });
  return index;
}

std::vector<OpEntry> op_index(std::string_view part) {
  std::vector<OpEntry> index = op_index();
  const std::string wanted = to_lower(part);
  std::erase_if(index, [&](const OpEntry& entry) {
    return to_lower(entry.name).find(wanted) == std::string::npos;
  });
  return index;
}

std::string to_text(std::span<const OpEntry> index) {
  std::string text = fmt::format("{:<42} {:>5}  {:<9}  {:>7}  {}\n", "operator", "since",
                                 "gradient", "kernels", "types");
  for (const OpEntry& entry : index) {
    if (entry.lowered) {
      text += fmt::format("{:<42}        rewritten with other operators on import\n",
                          fmt::format("{} ({})", entry.name, entry.domain));
      continue;
    }
    text += fmt::format("{:<42} {:>5}  {:<9}  {:>7}  {}\n",
                        fmt::format("{} ({})", entry.name, entry.domain), entry.since,
                        name_of(entry.gradient), entry.kernels.size(), entry.types);
  }
  return text;
}

std::string to_json(std::span<const OpEntry> index) {
  std::string text;
  JsonWriter json(text);
  json.begin_array();
  for (const OpEntry& entry : index) {
    json.begin_object();
    json.field("domain", entry.domain);
    json.field("name", entry.name);
    json.field("lowered", entry.lowered);
    if (entry.lowered) {
      json.end_object();
      continue;
    }
    json.field("summary", entry.summary);
    json.field("since", entry.since);
    if (entry.newest > 0) json.field("newest", entry.newest);
    json.field("upgraded", entry.upgraded);
    json.field("types", entry.types);
    json.key("kernels");
    json.begin_array();
    for (const std::string_view kernel : entry.kernels) json.value(kernel);
    json.end_array();
    json.field("gradient", name_of(entry.gradient));
    json.end_object();
  }
  json.end_array();
  return text;
}

}  // namespace tern::inspect
