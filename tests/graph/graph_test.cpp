#include "tern/graph.h"

#include <gtest/gtest.h>

#include "tern/ops/control.h"
#include "tern/ops/math.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::f32;
using testing::FailsWith;
using testing::IsOk;

struct Model {
  Graph graph;
  ValueId x = graph.add_input("x", TypeInfo(DType::kF32, Shape{2}));

  template <class Op>
  NodeId node(Op op, std::vector<ValueId> inputs, RegionId region = kMainRegion,
              std::vector<RegionId> bodies = {}) {
    const auto id = graph.add_node(std::move(op), inputs, 1, "n", {}, region, std::move(bodies));
    EXPECT_THAT(id, IsOk());
    return *id;
  }
  ValueId result(NodeId id) const { return graph.node(id).outputs[0]; }
  std::vector<NodeId> order(RegionId region = kMainRegion) const {
    return graph.region(region).nodes;
  }
};

TEST(Graph, SortPutsProducersBeforeTheirUsersAndKeepsTheRest) {
  Model m;
  const NodeId a = m.node(ops::Relu{}, {m.x}), b = m.node(ops::Neg{}, {m.x});
  const NodeId c = m.node(ops::Abs{}, {m.x}), d = m.node(ops::Add{}, {m.result(a), m.result(b)});
  m.graph.set_input(a, 0, m.result(c));
  ASSERT_THAT(m.graph.sort(), IsOk());
  EXPECT_EQ(m.order(), (std::vector<NodeId>{c, a, b, d}));
}

TEST(Graph, SortSeesWhatBodiesTakeFromAroundThem) {
  Model m;
  const ValueId condition = m.graph.add_input("condition", TypeInfo(DType::kBool, Shape()));
  std::vector<RegionId> bodies;
  std::vector<NodeId> inner;
  for (int i = 0; i < 2; ++i) {
    bodies.push_back(m.graph.add_region());
    inner.push_back(m.node(ops::Relu{}, {m.x}, bodies.back()));
    inner.push_back(m.node(ops::Neg{}, {m.result(inner.back())}, bodies.back()));
    m.graph.set_region_results(bodies.back(), {m.result(inner.back())});
  }
  const NodeId choose = m.node(ops::If{}, {condition}, kMainRegion, bodies);
  const NodeId late = m.node(ops::Abs{}, {m.x});
  m.graph.set_input(inner[2], 0, m.result(late));
  ASSERT_THAT(m.graph.sort(), IsOk());
  EXPECT_EQ(m.order(), (std::vector<NodeId>{late, choose}));
  EXPECT_EQ(m.order(bodies[0]), (std::vector<NodeId>{inner[0], inner[1]}));
  EXPECT_EQ(m.order(bodies[1]), (std::vector<NodeId>{inner[2], inner[3]}));
}

TEST(Graph, SortRefusesACycle) {
  Model m;
  const NodeId a = m.node(ops::Relu{}, {m.x}), b = m.node(ops::Neg{}, {m.result(a)});
  m.graph.set_input(a, 0, m.result(b));
  EXPECT_THAT(m.graph.sort(), FailsWith(StatusCode::kInvalidArgument, "is part of a cycle"));
}

TEST(Graph, UsesFollowWhatReplacesThem) {
  Model m;
  const NodeId a = m.node(ops::Relu{}, {m.x}), b = m.node(ops::Neg{}, {m.x});
  const NodeId sum = m.node(ops::Add{}, {m.result(a), m.result(a)});
  m.graph.set_outputs({m.result(sum), m.result(a)});
  m.graph.replace_uses(m.result(a), m.result(b));
  EXPECT_EQ(m.graph.node(sum).inputs, (std::vector<ValueId>{m.result(b), m.result(b)}));
  EXPECT_EQ(m.graph.outputs()[1], m.result(b));
  EXPECT_TRUE(m.graph.value(m.result(a)).users.empty());
  EXPECT_FALSE(m.graph.is_root_use(m.result(a)));
  EXPECT_TRUE(m.graph.is_root_use(m.result(b)));
  EXPECT_EQ(m.graph.value(m.result(b)).users, (std::vector<NodeId>{sum, sum}));
  m.graph.remove_node(a);
  EXPECT_EQ(m.order(), (std::vector<NodeId>{b, sum}));
}

TEST(Graph, NamesStayUniqueAndFindTheirValues) {
  Model m;
  const ValueId second = m.graph.add_input("x", TypeInfo(DType::kF32, Shape{2}));
  EXPECT_NE(m.graph.value(second).name, "x");
  EXPECT_EQ(m.graph.find(m.graph.value(second).name), second);
  m.graph.rename(second, "y");
  EXPECT_EQ(m.graph.find("y"), second);
  EXPECT_EQ(m.graph.find("x"), m.x);
  EXPECT_EQ(m.graph.find("z"), kNoValue);
}

TEST(Graph, ConstantsBecomeVariablesAndBack) {
  Graph graph;
  const ValueId c = graph.add_constant(f32({2}, {1, 2}), "c");
  ASSERT_NE(graph.constant(c), nullptr);
  graph.make_variable(c);
  EXPECT_EQ(graph.constant(c), nullptr);
  EXPECT_EQ(graph.value(c).kind, ValueKind::kVariable);
  EXPECT_TRUE(graph.value(c).trainable);
  graph.make_constant(c, f32({2}, {3, 4}));
  ASSERT_NE(graph.constant(c), nullptr);
  EXPECT_EQ(graph.constant(c)->data<float>()[1], 4);
  graph.drop_unused_constants();
  EXPECT_EQ(graph.constant(c), nullptr);
}

}  // namespace
}  // namespace tern
