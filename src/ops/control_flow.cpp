#include "ops/control_flow.h"

#include <array>

#include "tern/ops/control.h"

namespace tern {

std::span<const std::string_view> body_attributes(std::string_view op_type) {
  static constexpr std::array<std::string_view, 2> kIf{"then_branch", "else_branch"};
  static constexpr std::array<std::string_view, 1> kBody{"body"};
  if (op_type == "If") return kIf;
  if (op_type == "Loop" || op_type == "Scan" || op_type == "SequenceMap") return kBody;
  return {};
}

std::size_t body_count(const OpDef& def) {
  if (def.domain == "ai.onnx") return body_attributes(def.name).size();
  return &def == &def_of<ops::BatchScan>() ? 1 : 0;
}

}  // namespace tern
