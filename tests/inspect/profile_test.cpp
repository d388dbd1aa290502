#include "inspect/profile.h"

#include <gmock/gmock.h>

#include <vector>

#include "base/json.h"
#include "tests/support/status_matchers.h"

namespace tern::inspect {
namespace {

using ::testing::HasSubstr;

// 4 us at 2 GFLOP/s and 0.5 GB/s, 1 us at 1 and 3.
std::vector<StepProfile> two_steps() {
  return {{.node = "conv \"1\"",
           .op = "Conv",
           .kernel = "packed",
           .shapes = "[1,2] [2,3] -> [1,3]",
           .nanoseconds = 4000,
           .flops = 8000,
           .bytes = 2000},
          {.node = "",
           .op = "Relu",
           .kernel = "loop",
           .shapes = "[1,3] -> [1,3]",
           .nanoseconds = 1000,
           .flops = 1000,
           .bytes = 3000}};
}

TEST(Trace, HasACompleteEventPerStep) {
  const Result<JsonValue> trace = parse_json(to_trace(two_steps(), "net.onnx"));
  ASSERT_THAT(trace, testing::IsOk());
  const JsonValue::Array& events = *trace->find("traceEvents")->as_array();
  ASSERT_EQ(events.size(), 3U) << "the name of the line, and two steps";
  EXPECT_EQ(*events[0].find("ph")->as_string(), "M");
  EXPECT_EQ(*events[0].find("args")->find("name")->as_string(), "net.onnx");

  const JsonValue& conv = events[1];
  EXPECT_EQ(*conv.find("ph")->as_string(), "X");
  EXPECT_EQ(*conv.find("name")->as_string(), "conv \"1\"");
  EXPECT_EQ(*conv.find("cat")->as_string(), "Conv");
  EXPECT_DOUBLE_EQ(*conv.find("ts")->as_number(), 0);
  EXPECT_DOUBLE_EQ(*conv.find("dur")->as_number(), 4);
  const JsonValue& args = *conv.find("args");
  EXPECT_EQ(*args.find("op")->as_string(), "Conv");
  EXPECT_EQ(*args.find("kernel")->as_string(), "packed");
  EXPECT_EQ(*args.find("shapes")->as_string(), "[1,2] [2,3] -> [1,3]");
  EXPECT_DOUBLE_EQ(*args.find("gflop_per_s")->as_number(), 2);
  EXPECT_DOUBLE_EQ(*args.find("gb_per_s")->as_number(), 0.5);

  const JsonValue& relu = events[2];
  EXPECT_EQ(*relu.find("name")->as_string(), "Relu") << "a node without a name";
  EXPECT_DOUBLE_EQ(*relu.find("ts")->as_number(), 4) << "where the first ends";
  EXPECT_DOUBLE_EQ(*relu.find("dur")->as_number(), 1);
}

TEST(Trace, OfNothingHasNoSteps) {
  const Result<JsonValue> trace = parse_json(to_trace({}, "net.onnx"));
  ASSERT_THAT(trace, testing::IsOk());
  EXPECT_EQ(trace->find("traceEvents")->as_array()->size(), 1U);
}

TEST(ProfileTable, SumsNodesOfAnOperator) {
  std::vector<StepProfile> steps = two_steps();
  steps.push_back(steps[1]);
  const std::string table = profile_table(steps, 1);
  EXPECT_THAT(table, HasSubstr("   0.0040  66.7%      2.0      0.5  Conv               packed"));
  EXPECT_THAT(table, HasSubstr("   0.0020  33.3%      1.0      3.0      2  Relu"));
  EXPECT_THAT(table, ::testing::Not(HasSubstr("loop"))) << "one node is asked for";
}

TEST(ProfileTable, TakesStepsOfNoTime) {
  std::vector<StepProfile> steps = two_steps();
  for (StepProfile& step : steps) step.nanoseconds = 0;
  EXPECT_THAT(profile_table(steps, 20), HasSubstr("50.0%"));
  EXPECT_EQ(profile_table({}, 20), "nothing was profiled\n");
}

}  // namespace
}  // namespace tern::inspect
