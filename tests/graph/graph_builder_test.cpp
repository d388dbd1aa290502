#include "tern/graph_builder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tern/functions.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::f32;
using testing::FailsWith;
using testing::IsOk;

TEST(GraphBuilder, TheFirstMistakeComesOutOfBuildWithItsPlace) {
  GraphBuilder b;
  const Value x = b.input("x", DType::kF32, {2});
  const int line = __LINE__ + 1;
  const Value wrong = b.op(ops::Softmax{.axis = 3}, {x});
  b.output("y", relu(b.op(ops::Softmax{.axis = 4}, {wrong})));
  EXPECT_EQ(wrong.dtype(), DType::kUndefined);
  EXPECT_THAT(b.build(), FailsWith(StatusCode::kInvalidArgument,
                                   fmt::format("graph_builder_test.cpp:{}: node Softmax", line)));
}

TEST(GraphBuilder, ValuesOfAnotherBuilderAreRefused) {
  GraphBuilder other;
  const Value foreign = other.input("x", DType::kF32, {2});
  const auto refuses = [&](auto use) {
    GraphBuilder b;
    const Value x = b.input("x", DType::kF32, {2});
    use(b, x);
    EXPECT_THAT(b.build(), FailsWith(StatusCode::kInvalidArgument, "belongs to another graph"));
  };
  refuses([&](GraphBuilder& b, Value x) { b.output("y", b.op(ops::Add{}, {x, foreign})); });
  refuses([&](GraphBuilder& b, Value) { b.output("y", foreign); });
  refuses([&](GraphBuilder& b, Value) { b.update(b.variable("v", f32({2}, {1, 2})), foreign); });
}

TEST(GraphBuilder, AValueIsOneOutput) {
  GraphBuilder b;
  const Value y = relu(b.input("x", DType::kF32, {2}));
  b.output("first", y);
  b.output("second", y);
  EXPECT_THAT(b.build(),
              FailsWith(StatusCode::kInvalidArgument, "output second is output first already"));
}

TEST(GraphBuilder, OutputsNeedAValue) {
  GraphBuilder b;
  b.output("y", Value());
  EXPECT_THAT(b.build(), FailsWith(StatusCode::kInvalidArgument, "output y has no value"));
  GraphBuilder empty("none");
  EXPECT_THAT(empty.build(),
              FailsWith(StatusCode::kFailedPrecondition, "graph none has no output"));
}

TEST(GraphBuilder, UpdatesNeedAVariableAndAValue) {
  const auto fails = [](auto use, StatusCode code, const char* message) {
    GraphBuilder b;
    use(b, b.variable("v", f32({2}, {1, 2})));
    EXPECT_THAT(b.build(), FailsWith(code, message));
  };
  const StatusCode invalid = StatusCode::kInvalidArgument;
  fails([](GraphBuilder& b, Value v) { b.update(Value(), v); }, invalid, "lacks a value");
  fails([](GraphBuilder& b, Value v) { b.update(v, Value()); }, invalid, "lacks a value");
  fails([](GraphBuilder& b, Value v) { b.update(relu(v), v); }, invalid, "which is no variable");
  fails([](GraphBuilder& b, Value v) { b.update(v, cast(v, DType::kI64)); }, invalid,
        "an update assigns i64 to variable v of f32");
  fails([](GraphBuilder& b, Value v) { b.update(v, reduce_sum(v)); }, invalid, "another shape");
  fails(
      [](GraphBuilder& b, Value v) {
        b.update(v, relu(v));
        b.update(v, abs(v));
      },
      invalid, "variable v has two updates");
}

TEST(GraphBuilder, IsFinishedByBuild) {
  GraphBuilder b("once");
  const Value y = relu(b.input("x", DType::kF32, {2}));
  b.output("y", y);
  ASSERT_THAT(b.build(), IsOk());
  EXPECT_EQ(y.dtype(), DType::kUndefined);
  EXPECT_FALSE(relu(y).present());
  b.output("z", y);
  EXPECT_THAT(b.build(), FailsWith(StatusCode::kFailedPrecondition, "graph once has been built"));
}

TEST(GraphBuilder, ScopesStandInFrontOfNamesWhileTheyLive) {
  GraphBuilder b;
  {
    const auto outer = b.scope("encoder");
    const auto inner = b.scope("layer0");
    b.variable("weight", f32({2}, {1, 2}));
  }
  b.variable("weight", f32({2}, {1, 2}));
  EXPECT_NE(b.graph().find("encoder.layer0.weight"), kNoValue);
  EXPECT_NE(b.graph().find("weight"), kNoValue);
}

TEST(GraphBuilder, NegativeSizesOfInputsAreRefused) {
  GraphBuilder b;
  b.output("y", relu(b.input("x", DType::kF32, {2, -3})));
  EXPECT_THAT(b.build(), FailsWith(StatusCode::kInvalidArgument, "input x has size -3"));
}

}  // namespace
}  // namespace tern
