#include <gtest/gtest.h>

#include <cmath>

#include "ops/evaluate.h"
#include "tern/autodiff.h"
#include "tern/functions.h"
#include "tern/ops/control.h"

namespace tern {
namespace {

Tensor doubles(const Shape& shape, std::vector<double> values) {
  return *Tensor::from<double>(shape, values);
}

double run_scalar(const Graph& graph, const std::vector<Tensor>& inputs, std::size_t output = 0) {
  const auto out = evaluate(graph, inputs);
  EXPECT_TRUE(out.ok()) << out.status().to_string();
  return out.ok() ? (*out)[output].data<double>()[0] : NAN;
}

TEST(Gradients, SumOverAllPathsToAValue) {
  // loss = sum(x * x + 3 x), dloss/dx = 2 x + 3
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF64, {2});
  const Value loss = reduce_sum(x * x + x * 3.0, {}, false);
  b.output("dx", gradients(loss, {x})[0]);
  const Graph graph = *b.build();
  const auto out = evaluate(graph, std::vector<Tensor>{doubles({2}, {1, -2})});
  ASSERT_TRUE(out.ok()) << out.status().to_string();
  EXPECT_EQ((*out)[0].to_string(), "f64[2] {5, -1}");
}

TEST(Gradients, AreSummedOverBroadcastAxes) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF64, {3, 2});
  const Value bias = b.input("bias", DType::kF64, {2});
  const Value loss = reduce_sum((x + bias) * 2.0, {}, false);
  b.output("db", gradients(loss, {bias})[0]);
  const auto out = evaluate(
      *b.build(), std::vector<Tensor>{doubles({3, 2}, {1, 2, 3, 4, 5, 6}), doubles({2}, {0, 0})});
  ASSERT_TRUE(out.ok()) << out.status().to_string();
  EXPECT_EQ((*out)[0].to_string(), "f64[2] {6, 6}");
}

TEST(Gradients, CanBeDifferentiatedAgain) {
  // y = x^3 as x*x*x: y' = 3 x^2, y'' = 6 x
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF64, {});
  const Value first = gradients(x * x * x, {x})[0];
  b.output("d2", gradients(first, {x})[0]);
  EXPECT_DOUBLE_EQ(run_scalar(*b.build(), {Tensor::scalar<double>(1.5)}), 9.0);
}

TEST(Gradients, OfAnUnrelatedValueAreAbsent) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF64, {});
  const Value z = b.input("z", DType::kF64, {});
  const auto d = gradients(x * 2.0, {x, z});
  EXPECT_TRUE(d[0].present());
  EXPECT_FALSE(d[1].present());
}

TEST(Gradients, StopAtTheValuesNamed) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF64, {});
  const Value inner = x * 2.0;
  const Value loss = inner * x;  // with inner held constant, dloss/dx = inner = 2 x
  const ValueId wrt[] = {x.id()};
  const ValueId stops[] = {inner.id()};
  const auto d = gradients(b.graph(), loss.id(), wrt, stops);
  ASSERT_TRUE(d.ok());
  b.output("d", Value(&b, (*d)[0]));
  EXPECT_DOUBLE_EQ(run_scalar(*b.build(), {Tensor::scalar<double>(3.0)}), 6.0);
}

// What a body takes from around it is no input of its node, yet the loss depends on it.
TEST(Gradients, DoNotLoseTheWayThroughABody) {
  Graph graph;
  GraphBuilder b(graph);
  const Value condition = b.input("condition", DType::kBool, {});
  const Value x = b.input("x", DType::kF64, {});
  std::vector<RegionId> branches;
  for (const double factor : {2.0, 3.0}) {
    const RegionId region = graph.add_region();
    GraphBuilder inside(graph, region);
    graph.set_region_results(region, {(Value(&inside, x.id()) * factor).id()});
    branches.push_back(region);
  }
  const ValueId inputs[] = {condition.id()};
  const auto chosen =
      graph.add_node(ops::If{}, inputs, 1, "choose", {}, kMainRegion, std::move(branches));
  ASSERT_TRUE(chosen.ok()) << chosen.status().to_string();
  const Value loss = x * x + Value(&b, graph.node(*chosen).outputs[0]);
  gradients(loss, {x});
  EXPECT_EQ(b.status().code(), StatusCode::kUnimplemented);
  EXPECT_NE(b.status().message().find("no derivative for If (choose)"), std::string::npos)
      << b.status().to_string();
}

TEST(Gradients, AreOfValuesOfTheSameBuilder) {
  GraphBuilder other("other");
  const Value far = other.input("far", DType::kF64, {});
  for (const Value& wrt : {far, Value()}) {
    GraphBuilder b("g");
    const Value x = b.input("x", DType::kF64, {});
    const std::vector<Value> d = gradients(x * 2.0, {x, wrt});
    EXPECT_EQ(b.status().code(), StatusCode::kInvalidArgument) << b.status().to_string();
    ASSERT_EQ(d.size(), 2u);
    EXPECT_FALSE(d[0].present());
  }
}

TEST(Gradients, NeedALossWithOneElement) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF64, {2});
  gradients(x * 2.0, {x});
  EXPECT_NE(b.status().message().find("more than one element"), std::string::npos)
      << b.status().to_string();
}

}  // namespace
}  // namespace tern
