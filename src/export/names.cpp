#include "export/names.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace tern::onnx {

std::string valid_utf8(std::string_view text) {
  std::string valid;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      valid += '_';
      text.remove_prefix(1);
    } else {
      valid += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return valid;
}

std::string Names::unique(std::string_view wanted, Taken& taken) {
  const std::string base = valid_utf8(wanted);
  if (!base.empty() && taken.names.insert(base).second) return base;
  unsigned& suffix = taken.next_suffix[base];
  for (;;) {
    std::string candidate = fmt::format("{}_{}", base, ++suffix);
    if (taken.names.insert(candidate).second) return candidate;
  }
}

const std::string& Names::of(ValueId value) {
  static const std::string kMissing;
  if (value == kNoValue) return kMissing;
  const auto found = names_.find(value);
  if (found != names_.end()) return found->second;
  return names_.emplace(value, unique(graph_.value(value).name, values_taken_)).first->second;
}

std::string Names::node(std::string_view wanted, std::string_view op_type) {
  return unique(wanted.empty() ? op_type : wanted, nodes_taken_);
}

}  // namespace tern::onnx
