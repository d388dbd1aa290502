#include "ops/control/scanning.h"

#include <algorithm>

#include "base/errors.h"
#include "ops/axes.h"
#include "ops/sequence/items.h"

namespace tern::ops {
namespace {

std::int64_t at_or_zero(const std::vector<std::int64_t>& list, std::size_t i) {
  return i < list.size() ? list[i] : 0;
}

}  // namespace

Result<std::vector<Tensor>> scan(const Scan& op, std::vector<Tensor> states,
                                 std::span<const Tensor> scanned, std::size_t outputs,
                                 BodyRunner& bodies) {
  std::vector<int> axes;
  std::int64_t length = 0;
  for (std::size_t i = 0; i < scanned.size(); ++i) {
    TERN_ASSIGN_OR_RETURN(const int axis,
                          normalize_axis(at_or_zero(op.scan_input_axes, i), scanned[i].rank()));
    if (i > 0 && scanned[i].dim(axis) != length) {
      return invalid_argument("scanned input {} has {} elements, the first has {}", i,
                              scanned[i].dim(axis), length);
    }
    length = scanned[i].dim(axis);
    axes.push_back(axis);
  }
  std::vector<std::vector<Tensor>> collected(outputs - states.size());
  for (std::int64_t step = 0; step < length; ++step) {
    std::vector<Tensor> arguments = states;
    for (std::size_t i = 0; i < scanned.size(); ++i) {
      const bool backward = at_or_zero(op.scan_input_directions, i) != 0;
      TERN_ASSIGN_OR_RETURN(Tensor element,
                            element_at(scanned[i], axes[i], backward ? length - 1 - step : step));
      arguments.push_back(std::move(element));
    }
    Result<std::vector<Tensor>> results = bodies.run(0, arguments);
    if (!results.ok()) {
      return std::move(results).status().with_context(fmt::format("element {}", step));
    }
    std::move(results->begin(), results->begin() + static_cast<std::ptrdiff_t>(states.size()),
              states.begin());
    for (std::size_t i = 0; i < collected.size(); ++i) {
      collected[i].push_back(std::move((*results)[states.size() + i]));
    }
  }
  const std::size_t first = states.size();
  for (std::size_t i = 0; i < collected.size(); ++i) {
    if (at_or_zero(op.scan_output_directions, i) != 0) std::ranges::reverse(collected[i]);
    TERN_ASSIGN_OR_RETURN(Tensor joined, stack(collected[i], at_or_zero(op.scan_output_axes, i),
                                               bodies.result_type(0, first + i)));
    states.push_back(std::move(joined));
  }
  return states;
}

Result<std::size_t> count_states(std::int64_t num_scan_inputs, std::size_t inputs,
                                 const InferContext& c) {
  if (num_scan_inputs < 1 || num_scan_inputs > static_cast<std::int64_t>(inputs)) {
    return invalid_argument("num_scan_inputs is {}, there are {} inputs", num_scan_inputs, inputs);
  }
  const std::size_t states = inputs - static_cast<std::size_t>(num_scan_inputs);
  if (c.bodies.size() != 1) return invalid_argument("it has {} bodies, not 1", c.bodies.size());
  if (c.bodies[0].size() != c.wanted_outputs || c.wanted_outputs < states) {
    return invalid_argument("it has {} outputs and {} states, its body returns {}",
                            c.wanted_outputs, states, c.bodies[0].size());
  }
  return states;
}

}  // namespace tern::ops
