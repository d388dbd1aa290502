#include "passes/pipeline.h"

#include <algorithm>
#include <array>

#include "base/errors.h"
#include "graph/verify.h"
#include "passes/dead_code.h"

namespace tern::passes {
namespace {

constexpr std::array kPasses{
    Pass{"dead_code", remove_dead_code},
};

}  // namespace

std::span<const Pass> pipeline() { return kPasses; }

Status optimize(Graph& graph, const PassContext& context, std::span<const std::string> disabled) {
  for (const std::string& name : disabled) {
    if (std::ranges::find(kPasses, name, &Pass::name) == kPasses.end()) {
      return invalid_argument("there is no pass '{}'", name);
    }
  }
  for (const Pass& pass : kPasses) {
    if (std::ranges::find(disabled, pass.name) != disabled.end()) continue;
    Result<bool> changed = pass.run(graph, context);
    if (!changed.ok()) return changed.status().with_context(fmt::format("pass {}", pass.name));
    if (!*changed) continue;
    TERN_TRY(graph.sort());
#ifndef NDEBUG
    if (Status s = verify(graph); !s.ok()) {
      return std::move(s).with_context(fmt::format("after pass {}", pass.name));
    }
#endif
  }
  return {};
}

}  // namespace tern::passes
