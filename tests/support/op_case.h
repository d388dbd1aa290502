// Operator tests are lists of cases, and a harness puts every case through every check
// (op_checks.h):
//
//   TERN_OP_TEST(Relu) {
//     return {{.name = "signs",
//              .op = ops::Relu{},
//              .inputs = {f32({3}, {-1, 0.5, 2})},
//              .expected = {f32({3}, {0, 0.5, 2})}}};
//   }
//
// Expected numbers come from a formula, a published vector or an independent computation, never
// from tern's own output.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tern/op.h"
#include "tests/support/tensors.h"

namespace tern::testing {

struct OpCase {
  std::string name;  // unique within the operator
  Op op;
  std::vector<Tensor> inputs = {};  // an undefined Tensor where the node leaves the input out
  /// One per wanted output; an undefined Tensor is an output that is wanted but not compared (it
  /// is random, say).
  std::vector<Tensor> expected = {};
  Tolerance tolerance = {};

  /// Off where finite differences make no sense: at kinks, ties and rounding.
  bool gradient = true;
  /// Floating inputs for which zero is the stated gradient although the output depends on them.
  std::vector<std::size_t> constant_inputs = {};
  /// Off when the same case in the other floating types means something else.
  bool other_dtypes = true;
};

/// Runs every check on every case; failures name the case and the check. Fails when there is no
/// case or a case is of another operator.
void check_op_cases(const OpDef& def, const std::vector<OpCase>& cases);

/// Expects that the operator refuses these inputs with a message that contains `part`.
void expect_refused(const Op& op, const std::vector<Tensor>& inputs, std::string_view part,
                    std::size_t outputs = 1);

}  // namespace tern::testing

/// Followed by the body of a function that returns std::vector<OpCase>. `name` is the operator's
/// struct in tern::ops; the completeness test looks for a test of that name in the suite "Op".
#define TERN_OP_TEST(name)                                                           \
  static std::vector<::tern::testing::OpCase> cases_of_##name();                     \
  TEST(Op, name) {                                                                   \
    ::tern::testing::check_op_cases(::tern::def_of<ops::name>(), cases_of_##name()); \
  }                                                                                  \
  static std::vector<::tern::testing::OpCase> cases_of_##name()
