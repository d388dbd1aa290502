#include <gtest/gtest.h>

#include "tern/functions.h"
#include "tern/ops/control.h"
#include "tern/ops/sequence.h"
#include "tern/session.h"

namespace tern {
namespace {

Tensor floats(std::vector<float> values) {
  return Tensor::vector<float>(std::span<const float>(values));
}
std::vector<float> values_of(const Tensor& t) {
  return {t.span<float>().begin(), t.span<float>().end()};
}
TypeInfo vector_type() { return {DType::kF32, std::vector<Dim>(1)}; }
TypeInfo scalar_type(DType dtype) { return {dtype, std::vector<Dim>()}; }

// A graph in the making, with what a test needs of regions.
struct Model {
  Graph graph;

  ValueId input(std::string_view name, TypeInfo type) {
    return graph.add_input(name, std::move(type));
  }
  std::vector<ValueId> node(Op op, std::vector<ValueId> inputs, std::size_t outputs,
                            std::vector<RegionId> bodies, RegionId region = kMainRegion) {
    Result<NodeId> id =
        graph.add_node(std::move(op), inputs, outputs, "control", {}, region, std::move(bodies));
    EXPECT_TRUE(id.ok()) << id.status().to_string();
    return graph.node(*id).outputs;
  }
  Session session(std::vector<ValueId> outputs) {
    graph.set_outputs(std::move(outputs));
    Result<Session> made = Session::create(std::move(graph), {.threads = 1});
    EXPECT_TRUE(made.ok()) << made.status().to_string();
    return *std::move(made);
  }
};

// A body whose result is `f` of the values around it.
template <class F>
RegionId branch(Model& m, F f) {
  const RegionId region = m.graph.add_region();
  GraphBuilder b(m.graph, region);
  m.graph.set_region_results(region, {f(b).id()});
  EXPECT_TRUE(b.status().ok()) << b.status().to_string();
  return region;
}

TEST(If, RunsTheBranchThatTheConditionNames) {
  Model m;
  const ValueId cond = m.input("cond", scalar_type(DType::kBool));
  const ValueId x = m.input("x", vector_type());
  const RegionId yes = branch(m, [&](GraphBuilder& b) { return Value(&b, x) * 2.0; });
  const RegionId no = branch(m, [&](GraphBuilder& b) { return reduce_sum(Value(&b, x)); });
  Session session = m.session(m.node(ops::If{}, {cond}, 1, {yes, no}));
  EXPECT_EQ(values_of((*session.run(std::vector{Tensor::scalar(true), floats({1, 2, 3})}))[0]),
            (std::vector<float>{2, 4, 6}));
  EXPECT_EQ(values_of((*session.run(std::vector{Tensor::scalar(false), floats({1, 2, 3})}))[0]),
            (std::vector<float>{6}));
}

// Carries `a` and adds x to it; scans the sums.
RegionId adding_body(Model& m, ValueId x) {
  const RegionId body = m.graph.add_region();
  m.graph.add_argument(body, "i", scalar_type(DType::kI64));
  const ValueId goes_on = m.graph.add_argument(body, "goes_on", scalar_type(DType::kBool));
  const ValueId a = m.graph.add_argument(body, "a", vector_type());
  GraphBuilder b(m.graph, body);
  const Value sum = Value(&b, a) + Value(&b, x);
  m.graph.set_region_results(body, {goes_on, sum.id(), sum.id()});
  return body;
}

TEST(Loop, CarriesValuesAndStacksScans) {
  Model m;
  const ValueId count = m.input("count", scalar_type(DType::kI64));
  const ValueId x = m.input("x", vector_type());
  Session session = m.session(m.node(ops::Loop{}, {count, kNoValue, x}, 2, {adding_body(m, x)}));
  for (const std::int64_t n : {3, 1, 3}) {
    const auto out = session.run(std::vector{Tensor::scalar<std::int64_t>(n), floats({1, 10})});
    ASSERT_TRUE(out.ok()) << out.status().to_string();
    const auto last = static_cast<float>(n + 1);
    EXPECT_EQ(values_of((*out)[0]), (std::vector<float>{last, 10 * last}));
    EXPECT_EQ((*out)[1].shape(), (Shape{n, 2}));
    EXPECT_EQ((*out)[1].data<float>()[0], 2);
  }
}

TEST(Loop, OfNoIterationGivesItsInitialValuesAndEmptyScans) {
  Model m;
  const ValueId count = m.input("count", scalar_type(DType::kI64));
  const ValueId x = m.input("x", vector_type());
  Session session = m.session(m.node(ops::Loop{}, {count, kNoValue, x}, 2, {adding_body(m, x)}));
  const auto out = session.run(std::vector{Tensor::scalar<std::int64_t>(0), floats({1, 10})});
  ASSERT_TRUE(out.ok()) << out.status().to_string();
  EXPECT_EQ(values_of((*out)[0]), (std::vector<float>{1, 10}));
  EXPECT_EQ((*out)[1].dtype(), DType::kF32);
  EXPECT_EQ((*out)[1].elements(), 0);
}

TEST(Loop, GoesOnWhileItsConditionHolds) {
  Model m;
  const ValueId x = m.input("x", vector_type());
  const RegionId body = m.graph.add_region();
  m.graph.add_argument(body, "i", scalar_type(DType::kI64));
  m.graph.add_argument(body, "goes_on", scalar_type(DType::kBool));
  const ValueId a = m.graph.add_argument(body, "a", vector_type());
  GraphBuilder b(m.graph, body);
  const Value doubled = concat({Value(&b, a), Value(&b, a)}, 0);  // its shape changes
  const Value small = less(reduce_sum(doubled, {}, false), 50.0);
  m.graph.set_region_results(body, {small.id(), doubled.id()});
  Session session = m.session(m.node(ops::Loop{}, {kNoValue, kNoValue, x}, 1, {body}));
  const auto out = session.run(std::vector{floats({7})});
  ASSERT_TRUE(out.ok()) << out.status().to_string();
  EXPECT_EQ((*out)[0].elements(), 8);  // 14, 28, 56
}

TEST(Loop, NestsAndSeesWhatIsAroundAllOfIt) {
  Model m;
  const ValueId count = m.input("count", scalar_type(DType::kI64));
  const ValueId x = m.input("x", vector_type());
  const RegionId outer = m.graph.add_region();
  m.graph.add_argument(outer, "i", scalar_type(DType::kI64));
  const ValueId goes_on = m.graph.add_argument(outer, "goes_on2", scalar_type(DType::kBool));
  const ValueId a = m.graph.add_argument(outer, "total", vector_type());
  const RegionId inner = adding_body(m, x);
  const std::vector<ValueId> sums = m.node(ops::Loop{}, {count, kNoValue, a}, 2, {inner}, outer);
  m.graph.set_region_results(outer, {goes_on, sums[0]});
  Session session = m.session(m.node(ops::Loop{}, {count, kNoValue, x}, 1, {outer}));
  const auto out = session.run(std::vector{Tensor::scalar<std::int64_t>(3), floats({1})});
  ASSERT_TRUE(out.ok()) << out.status().to_string();
  EXPECT_EQ(values_of((*out)[0]), (std::vector<float>{10}));
}

// A body that asks for ever more: `true` as its condition, and 4000 bytes of a scan output.
Session endless(SessionOptions options) {
  Model m;
  const RegionId body = m.graph.add_region();
  m.graph.add_argument(body, "i", scalar_type(DType::kI64));
  m.graph.add_argument(body, "cond", scalar_type(DType::kBool));
  GraphBuilder b(m.graph, body);
  const Value row = b.constant(*Tensor::zeros(DType::kF32, {1000}), "row") + 1.0;
  m.graph.set_region_results(body, {b.constant(Tensor::scalar(true), "again").id(), row.id()});
  EXPECT_TRUE(b.status().ok()) << b.status().to_string();
  m.graph.set_outputs(m.node(ops::Loop{}, {kNoValue, kNoValue}, 1, {body}));
  options.threads = 1;
  Result<Session> made = Session::create(std::move(m.graph), std::move(options));
  EXPECT_TRUE(made.ok()) << made.status().to_string();
  return *std::move(made);
}

TEST(Loop, WithoutAnEndMeetsTheMemoryLimit) {
  Session session = endless({.memory_limit = 1 << 20});
  const auto result = session.run(std::vector<Tensor>{});
  EXPECT_EQ(result.status().code(), StatusCode::kResourceExhausted) << result.status().to_string();
  EXPECT_NE(result.status().message().find("iteration 2"), std::string::npos)  // 200 and some
      << result.status().to_string();
}

TEST(Loop, WithoutAnEndMeetsTheTimeLimit) {
  Session session = endless({});
  const auto result = session.run(std::vector<Tensor>{}, {.time_limit_ms = 5});
  EXPECT_EQ(result.status().code(), StatusCode::kDeadlineExceeded) << result.status().to_string();
}

TEST(Loop, NamesTheIterationThatFails) {
  Model m;
  const ValueId x = m.input("x", vector_type());
  const RegionId body = m.graph.add_region();
  const ValueId i = m.graph.add_argument(body, "i", scalar_type(DType::kI64));
  const ValueId goes_on = m.graph.add_argument(body, "goes_on", scalar_type(DType::kBool));
  GraphBuilder b(m.graph, body);
  const Value element = gather(Value(&b, x), Value(&b, i));
  m.graph.set_region_results(body, {goes_on, element.id()});
  Session session = m.session(m.node(ops::Loop{}, {kNoValue, kNoValue}, 1, {body}));
  const auto out = session.run(std::vector{floats({1, 2})});
  ASSERT_FALSE(out.ok());
  EXPECT_NE(out.status().message().find("node control (Loop): iteration 2: "), std::string::npos)
      << out.status().to_string();
}

TEST(Scan, RunsAlongAnAxisAndBackwards) {
  Model m;
  const ValueId x = m.input("x", {DType::kF32, std::vector<Dim>(2)});
  const ValueId start = m.input("start", vector_type());
  const RegionId body = m.graph.add_region();
  const ValueId state = m.graph.add_argument(body, "state", vector_type());
  const ValueId column = m.graph.add_argument(body, "column", vector_type());
  GraphBuilder b(m.graph, body);
  const Value sum = Value(&b, state) + Value(&b, column);
  m.graph.set_region_results(body, {sum.id(), sum.id()});
  const ops::Scan scan{.num_scan_inputs = 1,
                       .scan_input_axes = {1},
                       .scan_input_directions = {1},
                       .scan_output_axes = {-1},
                       .scan_output_directions = {1}};
  Session session = m.session(m.node(scan, {start, x}, 2, {body}));
  const Tensor matrix = *Tensor::from<float>({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
  const auto out = session.run(std::vector{matrix, floats({0, 0})});
  ASSERT_TRUE(out.ok()) << out.status().to_string();
  EXPECT_EQ(values_of((*out)[0]), (std::vector<float>{6, 15}));
  EXPECT_EQ(values_of((*out)[1]), (std::vector<float>{6, 5, 3, 15, 11, 6}));
}

TEST(SequenceMap, AppliesItsBodyToEveryItem) {
  Model m;
  const ValueId items = m.input("items", TypeInfo::container(DType::kSequence, vector_type()));
  const ValueId x = m.input("x", vector_type());
  const RegionId body = m.graph.add_region();
  const ValueId item = m.graph.add_argument(body, "item", vector_type());
  const ValueId factor = m.graph.add_argument(body, "factor", vector_type());
  GraphBuilder b(m.graph, body);
  const Value product = Value(&b, item) * Value(&b, factor);
  m.graph.set_region_results(body, {product.id()});
  Session session = m.session(m.node(ops::SequenceMap{}, {items, x}, 1, {body}));
  const auto out = session.run(std::vector{
      Tensor::container(DType::kSequence, {floats({1}), floats({2, 3})}), floats({10})});
  ASSERT_TRUE(out.ok()) << out.status().to_string();
  ASSERT_EQ((*out)[0].items().size(), 2U);
  EXPECT_EQ(values_of((*out)[0].items()[1]), (std::vector<float>{20, 30}));
}

}  // namespace
}  // namespace tern
