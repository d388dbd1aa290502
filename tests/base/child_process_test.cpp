#include "base/child_process.h"

#include "tests/support/status_matchers.h"

namespace tern {
namespace {

using tern::testing::FailsWith;
using tern::testing::IsOk;

TEST(RunChild, GivesBothOutputsAndTheExitCode) {
  const auto result = run_child({"/bin/sh", "-c", "echo out; echo err >&2; exit 3"});
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->output, "out\n");
  EXPECT_EQ(result->errors, "err\n");
  EXPECT_EQ(result->exit_code, 3);
}

TEST(RunChild, ArgumentsAreNotReadByAShell) {
  const auto result = run_child({"/bin/echo", "$HOME; exit 1", "a  b"});
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->output, "$HOME; exit 1 a  b\n");
}

TEST(RunChild, ReadsMoreThanAPipeHolds) {
  const auto result = run_child({"/bin/sh", "-c", "head -c 300000 /dev/zero >&2; cat"});
  ASSERT_THAT(result, IsOk());  // cat ends at once: there is no input
  EXPECT_EQ(result->errors.size(), 300000U);
}

TEST(RunChild, TellsTheSignal) {
  const auto result = run_child({"/bin/sh", "-c", "kill -9 $$"});
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->exit_code, 128 + 9);
}

TEST(RunChild, EndsWhatWritesTooMuch) {
  EXPECT_THAT(run_child({"/bin/cat", "/dev/zero"}, 100000),
              FailsWith(StatusCode::kResourceExhausted, "100000"));
}

TEST(RunChild, NamesAProgramThatIsNotThere) {
  EXPECT_THAT(run_child({"/no/such/program"}),
              FailsWith(StatusCode::kNotFound, "/no/such/program"));
  EXPECT_THAT(run_child({}), FailsWith(StatusCode::kInvalidArgument, "no program"));
}

TEST(OwnProgram, IsThisTest) {
  const auto path = own_program();
  ASSERT_THAT(path, IsOk());
  EXPECT_NE(path->find("base_test"), std::string::npos);
}

}  // namespace
}  // namespace tern
