#include "ops/control_flow.h"

#include <array>

namespace tern {

std::span<const std::string_view> body_attributes(std::string_view op_type) {
  static constexpr std::array<std::string_view, 2> kIf{"then_branch", "else_branch"};
  static constexpr std::array<std::string_view, 1> kBody{"body"};
  if (op_type == "If") return kIf;
  if (op_type == "Loop" || op_type == "Scan" || op_type == "SequenceMap") return kBody;
  return {};
}

}  // namespace tern
