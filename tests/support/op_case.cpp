#include "tests/support/op_case.h"

#include <cstdio>
#include <cstdlib>
#include <set>

#include "graph/op_def.h"
#include "ops/evaluate.h"
#include "tests/support/op_checks.h"

namespace tern::testing {

void check_op_cases(const OpDef& def, const std::vector<OpCase>& cases) {
  EXPECT_FALSE(cases.empty()) << def.name << " has no case";
  if (std::getenv("TERN_COUNT_OP_CASES") != nullptr) {  // tools/gen_ops_doc.py asks
    std::printf("op-cases %s %s %zu\n", std::string(def.domain).c_str(),
                std::string(def.name).c_str(), cases.size());
    return;
  }
  std::set<std::string_view> names;
  for (const OpCase& test : cases) {
    SCOPED_TRACE("case " + test.name);
    EXPECT_TRUE(names.insert(test.name).second) << "two cases have this name";
    EXPECT_EQ(test.op.name(), def.name);
    EXPECT_FALSE(test.expected.empty()) << "a case without outputs tests nothing";
    for (const OpCheck& check : op_checks()) {
      SCOPED_TRACE("check " + std::string(check.name));
      check.run(test);
    }
  }
}

std::vector<const Tensor*> input_pointers(const std::vector<Tensor>& inputs) {
  std::vector<const Tensor*> pointers;
  for (const Tensor& input : inputs) pointers.push_back(input.defined() ? &input : nullptr);
  return pointers;
}

void expect_refused(const Op& op, const std::vector<Tensor>& inputs, std::string_view part,
                    std::size_t outputs) {
  const Result<std::vector<Tensor>> result = evaluate_op(op, input_pointers(inputs), outputs);
  ASSERT_FALSE(result.ok()) << op.name() << " accepted its inputs";
  EXPECT_NE(result.status().message().find(part), std::string_view::npos)
      << result.status().to_string();
}

}  // namespace tern::testing
