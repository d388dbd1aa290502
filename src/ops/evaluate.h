// Runs nodes and graphs with the operators' references: slow, exact, without a plan. For constant
// folding, for checks of rewrites and for tests; sessions never come here.
#pragma once

#include <span>
#include <vector>

#include "ops/reference.h"
#include "tern/graph.h"

namespace tern {

/// The outputs of one operator on concrete inputs (null where left out): by its reference, or by
/// its expansion when it has none.
Result<std::vector<Tensor>> evaluate_op(const Op& op, std::span<const Tensor* const> inputs,
                                        std::size_t outputs, RandomKey random = {});

/// The same by the expansion; the operator must have one.
Result<std::vector<Tensor>> evaluate_expansion(const Op& op, std::span<const Tensor* const> inputs,
                                               std::size_t outputs, RandomKey random = {});

/// The graph's outputs for `inputs`, which stand in the order of graph.inputs(). Variables have
/// their initial values and are not updated. Fails with the name of the node that failed.
Result<std::vector<Tensor>> evaluate(const Graph& graph, std::span<const Tensor> inputs,
                                     RandomKey random = {});

}  // namespace tern
