#include "export/names.h"

#include <fmt/format.h>

namespace tern::onnx {
namespace {

/// The length of the UTF-8 sequence at the front of `text`, 0 when there is no valid one (RFC 3629:
/// no overlong forms, no surrogates, nothing above U+10FFFF).
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto continues = [&](std::size_t i) { return (at(i) & 0xc0u) == 0x80u; };
  const unsigned lead = at(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return continues(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const bool overlong = lead == 0xe0 && at(1) < 0xa0;
    const bool surrogate = lead == 0xed && at(1) >= 0xa0;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const bool overlong = lead == 0xf0 && at(1) < 0x90;
    const bool too_large = lead == 0xf4 && at(1) >= 0x90;
    const bool whole = continues(1) && continues(2) && continues(3);
    return whole && !overlong && !too_large ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  std::string valid;
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
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
