// Pass tests as text: tests/passes/<pass>.tgraph lists graphs before and after the pass.
//
//   === what is claimed
//   graph { ... }
//   ---
//   graph { ... }
//
// "--- unchanged" in place of the second graph says that the pass leaves the first as it is. A name
// that ends in "(training)" is run for a graph that trains; "(random)" is not evaluated, because
// its numbers are drawn. Lines before the first case are a comment.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "passes/pass.h"

namespace tern::testing {

struct PassCase {
  std::string name;
  bool training = false;
  bool random = false;
  Graph before;
  bool unchanged = false;
  Graph after;  // unless unchanged
};

/// Fails with the place of what is wrong.
Result<std::vector<PassCase>> read_pass_cases(const std::string& path);

/// Runs the pass on the case's graph and compares it with what should come out; evaluates both, and
/// the graph as the whole pipeline makes it, on random inputs.
void check_pass_case(const passes::Pass& pass, const PassCase& c);

/// The same nodes on the same inputs, constants within a rounding, whatever the names of values in
/// between and the order of nodes that do not need each other.
::testing::AssertionResult equivalent(const Graph& a, const Graph& b);

}  // namespace tern::testing
