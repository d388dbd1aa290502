#include "graph/node_check.h"

#include <algorithm>
#include <limits>

#include "base/errors.h"

namespace tern {

Status check_arity(const OpDef& def, std::span<const ValueId> inputs, std::size_t outputs) {
  const auto most = [](std::span<const Port> ports) {
    const bool variadic = !ports.empty() && ports.back().kind == PortKind::kVariadic;
    return variadic ? std::numeric_limits<std::size_t>::max() : ports.size();
  };
  if (inputs.size() > most(def.inputs)) {
    return invalid_argument("it has {} inputs, {} are the most", inputs.size(), def.inputs.size());
  }
  if (outputs > most(def.outputs)) {
    return invalid_argument("it has {} outputs, {} are the most", outputs, def.outputs.size());
  }
  for (std::size_t i = 0; i < def.inputs.size(); ++i) {
    const bool missing = i >= inputs.size() || inputs[i] == kNoValue;
    if (missing && def.inputs[i].kind == PortKind::kRequired) {
      return invalid_argument("input {} ({}) is missing", i, def.inputs[i].name);
    }
  }
  // A list may be empty, but has no gaps.
  if (!def.inputs.empty() && def.inputs.back().kind == PortKind::kVariadic) {
    for (std::size_t i = def.inputs.size() - 1; i < inputs.size(); ++i) {
      if (inputs[i] == kNoValue) {
        return invalid_argument("input {} ({}) is missing", i, def.inputs.back().name);
      }
    }
  }
  return {};
}

Status check_required_attributes(const OpDef& def, std::span<const std::string_view> given) {
  for (const FieldInfo& field : def.fields) {
    if (field.required && std::ranges::find(given, field.name) == given.end()) {
      return invalid_argument("{} lacks its attribute '{}'", def.name, field.name);
    }
  }
  return {};
}

}  // namespace tern
