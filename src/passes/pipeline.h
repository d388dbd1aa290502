// The ordered list of passes and the function that applies it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "passes/pass.h"

namespace tern::passes {

/// Every pass in the order it is applied; the names are what SessionOptions::disabled_passes takes.
std::span<const Pass> pipeline();

/// Applies every pass whose name is not in `disabled`; fails for a name no pass has.
Status optimize(Graph& graph, const PassContext& context,
                std::span<const std::string> disabled = {});

}  // namespace tern::passes
