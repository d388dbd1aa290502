// What Scan and BatchScan share: one pass of a body over the elements of tensors.
#pragma once

#include <vector>

#include "graph/op_def.h"
#include "ops/reference.h"
#include "tern/ops/control.h"

namespace tern::ops {

/// Runs body 0 over `scanned` from `states`; ops::Scan says how. Returns the last states, then the
/// joined outputs. `outputs` is the number of both.
Result<std::vector<Tensor>> scan(const Scan& op, std::vector<Tensor> states,
                                 std::span<const Tensor> scanned, std::size_t outputs,
                                 BodyRunner& bodies);

/// Checks the number of scanned inputs, bodies and outputs; returns the number of states, given how
/// many inputs are states or scanned.
Result<std::size_t> count_states(std::int64_t num_scan_inputs, std::size_t inputs,
                                 const InferContext& c);

}  // namespace tern::ops
