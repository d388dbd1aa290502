// Cases of operators that have bodies, which a struct cannot hold: small graphs in tern's text form
// (docs/formats/graph_text.md).
//
//   TERN_GRAPH_TEST(If) {
//     return {{.name = "...", .graph = R"(...)", .inputs = {...}, .expected = {...}}};
//   }
#pragma once

#include <string>
#include <vector>

#include "graph/op_def.h"
#include "tests/support/tensors.h"

namespace tern::testing {

struct GraphCase {
  std::string name;   // unique within the operator
  std::string graph;  // the operator is in it
  std::vector<Tensor> inputs = {};
  std::vector<Tensor> expected = {};  // one per output
};

/// Every case through the reference, a session with passes on and off and with reference kernels,
/// and through export and import where a file can say it.
void check_graph_cases(const OpDef& def, const std::vector<GraphCase>& cases);

}  // namespace tern::testing

/// Followed by the body of a function that returns std::vector<GraphCase>.
#define TERN_GRAPH_TEST(name)                                                           \
  static std::vector<::tern::testing::GraphCase> cases_of_##name();                     \
  TEST(Op, name) {                                                                      \
    ::tern::testing::check_graph_cases(::tern::def_of<ops::name>(), cases_of_##name()); \
  }                                                                                     \
  static std::vector<::tern::testing::GraphCase> cases_of_##name()
