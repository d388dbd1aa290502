#include <algorithm>

#include "base/file.h"
#include "passes/pipeline.h"
#include "tests/passes/pass_case.h"
#include "tests/support/status_matchers.h"

namespace tern::passes {
namespace {

using testing::check_pass_case;
using testing::IsOk;
using testing::PassCase;
using testing::read_pass_cases;

// Every pass has a file of cases, TERN_PASS_CASES/<name>.tgraph.
class PassText : public ::testing::TestWithParam<Pass> {};

TEST_P(PassText, DoesWhatItsCasesSay) {
  const Result<std::vector<PassCase>> cases =
      read_pass_cases(std::string(TERN_PASS_CASES "/") + std::string(GetParam().name) + ".tgraph");
  ASSERT_THAT(cases, IsOk());
  for (const PassCase& c : *cases) check_pass_case(GetParam(), c);
}

// A pass may stand at several places of the pipeline.
std::vector<Pass> distinct_passes() {
  std::vector<Pass> distinct;
  for (const Pass& pass : pipeline()) {
    if (std::ranges::find(distinct, pass.name, &Pass::name) == distinct.end()) {
      distinct.push_back(pass);
    }
  }
  return distinct;
}

INSTANTIATE_TEST_SUITE_P(Passes, PassText, ::testing::ValuesIn(distinct_passes()),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(PassText, EveryFileBelongsToAPass) {
  const auto entries = list_directory(TERN_PASS_CASES);
  ASSERT_THAT(entries, IsOk());
  for (const std::string_view file : *entries) {
    if (file_extension(file) != ".tgraph") continue;
    const std::string_view name = file.substr(0, file.size() - 7);
    EXPECT_TRUE(std::ranges::any_of(pipeline(), [&](const Pass& p) { return p.name == name; }))
        << file;
  }
}

}  // namespace
}  // namespace tern::passes
