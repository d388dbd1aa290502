#include "tern/session.h"

#include <gtest/gtest.h>

#include <thread>

#include "ops/op_table.h"
#include "tern/functions.h"

namespace tern {
namespace {

Tensor floats(const Shape& shape, std::vector<float> values) {
  return *Tensor::from<float>(shape, values);
}

std::vector<float> values_of(const Tensor& t) {
  return {t.span<float>().begin(), t.span<float>().end()};
}

// y = relu(x w + b), x of any number of rows
Graph affine() {
  GraphBuilder b("affine");
  const Value x = b.input("x", DType::kF32, {"N", 2});
  const Value w = b.constant(floats({2, 2}, {1, 2, 3, 4}), "w");
  b.output("y", relu(matmul(x, w) + b.constant(floats({2}, {-1, -20}), "b")));
  return *b.build();
}

TEST(Session, RunsAGraph) {
  auto session = Session::create(affine());
  ASSERT_TRUE(session.ok()) << session.status().to_string();
  EXPECT_EQ(session->inputs()[0].text, "f32[N,2]");
  EXPECT_EQ(session->outputs()[0].name, "y");
  const auto y = session->run({{"x", floats({1, 2}, {1, 1})}});
  ASSERT_TRUE(y.ok()) << y.status().to_string();
  EXPECT_EQ(values_of((*y)[0]), (std::vector<float>{3, 0}));
}

TEST(Session, TakesAnyBatchAndRebinds) {
  auto session = *Session::create(affine());
  for (const std::int64_t rows : {1, 3, 1, 2, 3}) {
    const Tensor x = floats({rows, 2}, std::vector<float>(static_cast<std::size_t>(2 * rows), 10));
    const auto y = session.run({{"x", x}});
    ASSERT_TRUE(y.ok()) << y.status().to_string();
    ASSERT_EQ((*y)[0].shape(), (Shape{rows, 2}));
    for (std::int64_t r = 0; r < rows; ++r) {
      EXPECT_EQ((*y)[0].data<float>()[2 * r], 39);
      EXPECT_EQ((*y)[0].data<float>()[2 * r + 1], 40);
    }
  }
}

TEST(Session, FillsTheCallersTensorAndRefusesOneThatDoesNotFit) {
  auto session = *Session::create(affine());
  const std::vector<Tensor> in{floats({1, 2}, {1, 1})};
  std::vector<Tensor> out{*Tensor::zeros(DType::kF32, {1, 2})};
  const void* memory = out[0].raw();
  ASSERT_TRUE(session.run(in, out).ok());
  EXPECT_EQ(out[0].raw(), memory);
  EXPECT_EQ(values_of(out[0]), (std::vector<float>{3, 0}));
  out[0] = *Tensor::zeros(DType::kF32, {2, 2});
  EXPECT_EQ(session.run(in, out).message(), "output y is f32[1,2], the given tensor f32[2,2]");
}

TEST(Session, NamesTheInputThatDoesNotFit) {
  auto session = *Session::create(affine());
  const auto wrong = session.run({{"x", floats({1, 3}, {1, 1, 1})}});
  EXPECT_EQ(wrong.status().message(), "input x is f32[1,3], the model wants f32[N,2]");
  EXPECT_EQ(session.run({{"z", floats({1}, {1})}}).status().code(), StatusCode::kNotFound);
}

TEST(Session, ShapeArithmeticIsFoldedWhileBinding) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF32, {"N", "C", "H"});
  const Value like = reshape(x, shape_of(reduce_sum(x, {1})) * b.scalar<std::int64_t>(1) -
                                    b.constant(Tensor::vector<std::int64_t>({0, 2, -1})));
  b.output("y", like);
  auto built = b.build();
  ASSERT_TRUE(built.ok()) << built.status().to_string();
  auto session = *Session::create(std::move(*built));
  // [2,3,1] reduced over axis 1 is [2,1,1]; minus [0,2,-1] is [2,-1,2].
  const auto y = session.run({{"x", floats({2, 4, 1}, {1, 2, 3, 4, 5, 6, 7, 8})}});
  ASSERT_TRUE(y.ok()) << y.status().to_string();
  EXPECT_EQ((*y)[0].shape(), (Shape{2, 2, 2}));
  const auto steps = session.plan(std::vector<Tensor>{floats({2, 4, 1}, std::vector<float>(8))});
  ASSERT_TRUE(steps.ok());
  EXPECT_EQ(steps->size(), 2u) << "only the reduction and the reshape are left to run";
}

TEST(Session, ATargetShapeComputedAtRunTimeStartsANewSegment) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF32, {"N"});
  const Value target = b.input("target", DType::kI64, {2});
  const Value y = relu(reshape(relu(x), target + b.scalar<std::int64_t>(1)));
  b.output("y", y + y);
  auto session = *Session::create(*b.build());
  const Tensor data = floats({6}, {1, -2, 3, 4, 5, 6});
  for (const auto& [rows, columns] : {std::pair{1, 2}, {2, 1}, {1, 2}, {0, 5}}) {
    const auto out =
        session.run({{"x", data}, {"target", Tensor::vector<std::int64_t>({rows, columns})}});
    ASSERT_TRUE(out.ok()) << out.status().to_string();
    EXPECT_EQ((*out)[0].shape(), (Shape{rows + 1, columns + 1}));
    EXPECT_EQ(values_of((*out)[0]), (std::vector<float>{2, 0, 6, 8, 10, 12}));
  }
  const auto wrong = session.run({{"x", data}, {"target", Tensor::vector<std::int64_t>({6, 6})}});
  EXPECT_NE(wrong.status().message().find("node Reshape"), std::string::npos)
      << wrong.status().to_string();
}

TEST(Session, InputsAndConstantsCanBeOutputs) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF32, {2});
  const Value flat = reshape(x, {1, 2});
  b.output("same", x);
  b.output("flat", flat);
  const Value c = b.constant(floats({1}, {7}));
  b.output("c", c);
  Graph graph = *b.build();
  graph.set_outputs({x.id(), flat.id(), flat.id(), c.id()});
  auto session = *Session::create(std::move(graph));
  const auto out = session.run({{"x", floats({2}, {1, 2})}});
  ASSERT_TRUE(out.ok()) << out.status().to_string();
  EXPECT_EQ(values_of((*out)[0]), (std::vector<float>{1, 2}));
  EXPECT_EQ((*out)[1].shape(), (Shape{1, 2}));
  EXPECT_EQ(values_of((*out)[2]), (std::vector<float>{1, 2}));
  EXPECT_EQ(values_of((*out)[3]), (std::vector<float>{7}));
}

TEST(Session, UpdatesChangeVariablesAfterTheRun) {
  GraphBuilder b("counter");
  const Value n = b.variable("n", floats({2}, {1, 10}));
  const Value x = b.input("x", DType::kF32, {2});
  b.output("before", n * 1.0);
  b.update(n, n + x);
  auto session = *Session::create(*b.build());
  for (int i = 0; i < 3; ++i) {
    const auto out = session.run({{"x", floats({2}, {1, 2})}});
    ASSERT_TRUE(out.ok()) << out.status().to_string();
    EXPECT_EQ(values_of((*out)[0]), (std::vector<float>{1.0f + static_cast<float>(i),
                                                        10.0f + 2 * static_cast<float>(i)}));
  }
  EXPECT_EQ(values_of(*session.variables()->find("n")), (std::vector<float>{4, 16}));
}

// A run reads variables as they were before it, whatever the order of the updates.
TEST(Session, VariablesCanTakeEachOthersValues) {
  Graph graph;
  const ValueId x = graph.add_input("x", {DType::kF32, Shape{2}});
  const ValueId a = graph.add_variable("a", floats({2}, {1, 2}));
  const ValueId b = graph.add_variable("b", floats({2}, {3, 4}));
  const ValueId c = graph.add_variable("c", floats({2}, {5, 6}));
  const ValueId view_in[] = {c};
  const ValueId view = graph.node(*graph.add_node(ops::Identity{}, view_in, 1)).outputs[0];
  graph.add_update(a, b);
  graph.add_update(b, a);
  graph.add_update(c, x);
  const ValueId d = graph.add_variable("d", floats({2}, {0, 0}));
  graph.add_update(d, view);
  graph.set_outputs({a, view});
  auto session = *Session::create(std::move(graph));
  const auto out = session.run({{"x", floats({2}, {7, 8})}});
  ASSERT_TRUE(out.ok()) << out.status().to_string();
  EXPECT_EQ(values_of((*out)[0]), (std::vector<float>{1, 2}));
  EXPECT_EQ(values_of((*out)[1]), (std::vector<float>{5, 6}));
  EXPECT_EQ(values_of(*session.variables()->find("a")), (std::vector<float>{3, 4}));
  EXPECT_EQ(values_of(*session.variables()->find("b")), (std::vector<float>{1, 2}));
  EXPECT_EQ(values_of(*session.variables()->find("c")), (std::vector<float>{7, 8}));
  EXPECT_EQ(values_of(*session.variables()->find("d")), (std::vector<float>{5, 6}));
}

// Add may write its result over its first operand, but here two variables take it, one is needed
// again, and one has another shape.
TEST(Session, UpdatesInPlaceLeaveAloneWhatIsNeeded) {
  Graph graph;
  const ValueId x = graph.add_input("x", {DType::kF32, {Dim(graph.symbol("N")), Dim(2)}});
  const ValueId a = graph.add_variable("a", floats({1, 2}, {1, 2}));
  const ValueId b = graph.add_variable("b", floats({1, 2}, {0, 0}));
  const ValueId sum_in[] = {a, x};
  const ValueId sum = graph.node(*graph.add_node(ops::Add{}, sum_in, 1)).outputs[0];
  graph.add_update(a, sum);
  graph.add_update(b, sum);
  auto session = *Session::create(std::move(graph));
  const auto run = [&](const Tensor& rows) { return session.run({{"x", rows}}); };
  ASSERT_TRUE(run(floats({1, 2}, {10, 20})).ok());
  EXPECT_EQ(values_of(*session.variables()->find("a")), (std::vector<float>{11, 22}));
  EXPECT_EQ(values_of(*session.variables()->find("b")), (std::vector<float>{11, 22}));
  const auto larger = run(floats({2, 2}, {1, 1, 1, 1}));
  ASSERT_FALSE(larger.ok());
  EXPECT_NE(larger.status().message().find("an update of shape [2,2]"), std::string::npos)
      << larger.status().to_string();
  EXPECT_EQ(values_of(*session.variables()->find("a")), (std::vector<float>{11, 22}));
}

TEST(Session, SessionsShareAVariableStore) {
  const auto make = [](bool update) {
    GraphBuilder b("g");
    const Value n = b.variable("n", floats({1}, {1}));
    b.output("n_now", n * 1.0);
    if (update) b.update(n, n * 2.0);
    return *b.build();
  };
  auto store = std::make_shared<VariableStore>();
  auto train = *Session::create(make(true), {.variables = store});
  auto eval = *Session::create(make(false), {.variables = store});
  ASSERT_TRUE(train.run(std::vector<Tensor>{}).ok());
  EXPECT_EQ(values_of((*eval.run(std::vector<Tensor>{}))[0]), (std::vector<float>{2}));
}

TEST(Session, RefusesAModelAboveItsMemoryLimit) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF32, {"N", 2});
  b.output("y", relu(softmax(x, 0)));
  auto session = *Session::create(*b.build(), {.optimize = false, .memory_limit = 1000});
  const auto small = session.run({{"x", floats({8, 2}, std::vector<float>(16))}});
  EXPECT_TRUE(small.ok()) << small.status().to_string();
  const auto big = session.run({{"x", floats({640, 2}, std::vector<float>(1280))}});
  EXPECT_EQ(big.status().code(), StatusCode::kResourceExhausted);
  EXPECT_NE(big.status().message().find("the limit is 1000"), std::string::npos)
      << big.status().to_string();
}

TEST(Session, WeightsAboveTheMemoryLimitAreRefusedAtOnce) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF32, {"N", 64});
  b.output("y", matmul(x, b.constant(floats({64, 64}, std::vector<float>(4096)), "w")));
  const auto session = Session::create(*b.build(), {.memory_limit = 10000});
  EXPECT_EQ(session.status().code(), StatusCode::kResourceExhausted);
}

// Results in tensors of the session's making count while the caller keeps them.
TEST(Session, ResultsThatAreKeptCountAgainstTheMemoryLimit) {
  auto session = *Session::create(affine(), {.memory_limit = 4000});
  const Tensor x = floats({64, 2}, std::vector<float>(128));
  std::vector<Tensor> kept;
  while (kept.size() < 100) {
    auto y = session.run({{"x", x}});
    if (!y.ok()) {
      EXPECT_EQ(y.status().code(), StatusCode::kResourceExhausted);
      break;
    }
    kept.push_back((*y)[0]);
  }
  EXPECT_GE(kept.size(), 1u);
  EXPECT_LT(kept.size(), 8u);  // of 512 bytes each
  kept.clear();
  EXPECT_TRUE(session.run({{"x", x}}).ok());
  std::vector<Tensor> own{*Tensor::zeros(DType::kF32, {64, 2})};
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(session.run(std::vector{x}, own).ok());
}

// A frame kept for two long inputs makes room for one that is longer.
TEST(Session, MemoryOfEarlierShapesIsGivenBackWhenNeeded) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF32, {"N"});
  b.output("y", reduce_sum(relu(softmax(x, 0))));
  auto session = *Session::create(*b.build(), {.optimize = false, .memory_limit = 40000});
  for (const std::int64_t n : {1000, 4000, 500, 4100}) {
    const auto y =
        session.run({{"x", floats({n}, std::vector<float>(static_cast<std::size_t>(n)))}});
    EXPECT_TRUE(y.ok()) << n << ": " << y.status().to_string();
  }
}

// The shape has no elements, so it is known although it is an input.
TEST(Session, AShapeOfNoSizesIsThatOfOneElement) {
  const auto reshaped = [](std::int64_t elements) {
    GraphBuilder b("g");
    const Value x = b.input("x", DType::kF32, {elements});
    b.output("y", reshape(x, b.input("shape", DType::kI64, {0})));
    return b.build();
  };
  const Result<Graph> refused = reshaped(24);
  EXPECT_EQ(refused.status().code(), StatusCode::kInvalidArgument);
  EXPECT_NE(refused.status().message().find("24 elements do not make 1"), std::string::npos)
      << refused.status().to_string();
  auto session = *Session::create(*reshaped(1));
  const auto y =
      session.run({{"x", floats({1}, {3})}, {"shape", *Tensor::zeros(DType::kI64, {0})}});
  ASSERT_TRUE(y.ok()) << y.status().to_string();
  EXPECT_EQ((*y)[0].shape(), Shape{});
}

TEST(Session, ManyThreadsRunOneSession) {
  auto session = *Session::create(affine(), {.threads = 2});
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const std::int64_t rows = 1 + (i + t) % 3;
        const float a = static_cast<float>(t);
        const Tensor x =
            floats({rows, 2}, std::vector<float>(static_cast<std::size_t>(2 * rows), a));
        const auto y = session.run({{"x", x}});
        if (!y.ok() || (*y)[0].data<float>()[0] != std::max(0.0f, 4 * a - 1)) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Session, ProfilesEveryStep) {
  auto session = *Session::create(affine(), {.optimize = false});
  std::vector<StepProfile> profile;
  const std::vector<Tensor> in{floats({1, 2}, {1, 1})};
  ASSERT_TRUE(session.run(in, {.profile = &profile}).ok());
  ASSERT_EQ(profile.size(), 3u);
  EXPECT_EQ(profile[0].op, "MatMul");
  EXPECT_EQ(profile[0].flops, 8);
  EXPECT_EQ(profile[0].shapes, "[1,2] [2,2] -> [1,2]");
}

}  // namespace
}  // namespace tern
