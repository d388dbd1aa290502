// Whole training steps: the passes, kernels and orders that serve them change neither what is
// learnt nor where the variables are.
#include <gtest/gtest.h>

#include <cstring>

#include "runtime/schedule.h"
#include "tern/autodiff.h"
#include "tern/functions.h"
#include "tern/ops/loss.h"
#include "tern/ops/train.h"
#include "tern/session.h"
#include "tests/support/allocation_counter.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::all_close;
using testing::AllocationCounter;
using testing::random_values;

constexpr std::int64_t kBatch = 6;

Tensor weights(const Shape& shape, std::uint64_t seed) {
  return random_values(DType::kF32, shape, -0.4, 0.4, seed);
}

struct Step {
  GraphBuilder b{"step"};
  std::vector<Value> parameters;

  Value parameter(std::string_view name, Tensor initial) {
    parameters.push_back(b.variable(name, std::move(initial)));
    return parameters.back();
  }

  Value batch_norm(Value x, std::int64_t channels, const std::string& name) {
    const Value mean = b.variable(name + ".mean", *Tensor::zeros(DType::kF32, {channels}), false);
    const Value var = b.variable(
        name + ".var", testing::filled(DType::kF32, {channels}, [](auto) { return 1.0; }), false);
    const auto results = b.op_n(ops::BatchNormalization{.training_mode = true},
                                {x, parameter(name + ".scale", weights({channels}, 21)),
                                 parameter(name + ".bias", weights({channels}, 22)), mean, var},
                                3);
    b.update(mean, results[1]);
    b.update(var, results[2]);
    return results[0];
  }

  Value conv(Value x, Tensor w, std::int64_t stride, const std::string& name) {
    const std::int64_t channels = w.dim(0), kernel = w.dim(2);
    const std::int64_t pad = kernel / 2;
    return tern::conv(x, parameter(name + ".weight", std::move(w)),
                      parameter(name + ".bias", weights({channels}, 23)),
                      {.pads = {pad, pad, pad, pad}, .strides = {stride, stride}});
  }

  void momentum(Value loss) {
    const std::vector<Value> d = gradients(loss, parameters);
    for (std::size_t i = 0; i < d.size(); ++i) {
      const Value state =
          b.variable("momentum" + std::to_string(i),
                     *Tensor::zeros(DType::kF32, parameters[i].type().concrete_shape()), false);
      const auto updated = b.op_n(ops::SgdUpdate{.momentum = 0.9F},
                                  {parameters[i], d[i], b.scalar(0.05F), state}, 2);
      b.update(parameters[i], updated[0]);
      b.update(state, updated[1]);
    }
    b.output("loss", loss);
  }
};

// Every layer that training keeps channels-last: convolutions of all strides, both poolings, batch
// normalisation, a residual, global pooling; then dense layers.
Graph cnn_step() {
  Step s;
  GraphBuilder& b = s.b;
  const Value x = b.input("x", DType::kF32, {"N", 3, 12, 12});
  const Value y = b.input("y", DType::kI64, {"N"});
  const ops::MaxPool half{.kernel_shape = {2, 2}, .strides = {2, 2}};
  Value h = max_pool(relu(s.conv(x, weights({8, 3, 3, 3}, 1), 1, "c1")), half);
  Value r = relu(s.batch_norm(s.conv(h, weights({8, 8, 3, 3}, 2), 1, "c2"), 8, "n2"));
  h = relu(s.batch_norm(s.conv(r, weights({8, 8, 3, 3}, 3), 1, "c3"), 8, "n3") + h);
  h = average_pool(h, {.kernel_shape = {2, 2}, .strides = {1, 1}});
  h = relu(s.conv(h, weights({16, 8, 3, 3}, 4), 2, "c4"));
  h = flatten(global_average_pool(h));
  h = relu(matmul(h, s.parameter("f1.weight", weights({16, 20}, 5))) +
           s.parameter("f1.bias", weights({20}, 6)));
  h = gemm(h, s.parameter("f2.weight", weights({4, 20}, 7)),
           s.parameter("f2.bias", weights({4}, 8)), {.transB = true});
  s.momentum(b.op(ops::SoftmaxCrossEntropyLoss{}, {h, y}));
  auto graph = b.build();
  EXPECT_TRUE(graph.ok()) << graph.status().to_string();
  return std::move(*graph);
}

std::vector<Tensor> batch() {
  return {random_values(DType::kF32, {kBatch, 3, 12, 12}, -1, 1, 31),
          testing::i64({kBatch}, {0, 1, 2, 3, 0, 1})};
}

Session session_of(Graph graph, SessionOptions options) {
  auto session = Session::create(std::move(graph), std::move(options));
  EXPECT_TRUE(session.ok()) << session.status().to_string();
  return std::move(*session);
}

TEST(TrainingStep, LearnsWhatTheReferencesLearn) {
  Session plain = session_of(cnn_step(), {.optimize = false, .reference_kernels = true});
  Session fast = session_of(cnn_step(), {.threads = 2});
  for (int step = 0; step < 3; ++step) {
    const auto expected = plain.run(batch());
    const auto actual = fast.run(batch());
    ASSERT_TRUE(expected.ok()) << expected.status().to_string();
    ASSERT_TRUE(actual.ok()) << actual.status().to_string();
    EXPECT_TRUE(all_close((*actual)[0], (*expected)[0], {1e-4, 1e-4})) << "loss of step " << step;
  }
  for (const std::string& name : plain.variables()->names()) {
    EXPECT_TRUE(
        all_close(*fast.variables()->find(name), *plain.variables()->find(name), {1e-3, 1e-4}))
        << name;
  }
}

// The graph's input becomes channels-last, nothing else: pooled features are one pixel per image.
TEST(TrainingStep, ImagesStayChannelsLast) {
  const Session session = session_of(cnn_step(), {});
  const auto steps = session_of(cnn_step(), {}).plan(batch());
  ASSERT_TRUE(steps.ok());
  int transposes = 0;
  for (const StepProfile& step : *steps) {
    EXPECT_NE(step.kernel, "reference") << step.op << ' ' << step.shapes;
    if (step.op == "Transpose" && step.kernel != "view") ++transposes;
  }
  EXPECT_EQ(transposes, 1);
}

TEST(TrainingStep, UpdatesVariablesInTheirOwnStorageWithoutAllocating) {
  Session session = session_of(cnn_step(), {.threads = 2});
  const std::vector<Tensor> in = batch();
  std::vector<Tensor> out(1);
  ASSERT_TRUE(session.run(in, out).ok());
  std::vector<const void*> before;
  for (const std::string& name : session.variables()->names()) {
    before.push_back(session.variables()->find(name)->raw());
  }
  const AllocationCounter allocations;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(session.run(in, out).ok());
  EXPECT_EQ(allocations.count(), 0);
  std::size_t i = 0;
  for (const std::string& name : session.variables()->names()) {
    EXPECT_EQ(session.variables()->find(name)->raw(), before[i++]) << name;
  }
}

TEST(TrainingStep, GivesTheSameBitsForTheSameThreads) {
  for (const int threads : {1, 2, 3}) {
    Session a = session_of(cnn_step(), {.threads = threads});
    Session b = session_of(cnn_step(), {.threads = threads});
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(a.run(batch()).ok());
      ASSERT_TRUE(b.run(batch()).ok());
    }
    for (const std::string& name : a.variables()->names()) {
      EXPECT_TRUE(identical(*a.variables()->find(name), *b.variables()->find(name)))
          << name << " with " << threads << " threads";
    }
  }
}

// w is read by its own gradient's neighbour, written first: the update still comes last.
TEST(Schedule, UpdatesAVariableAfterItsLastReader) {
  GraphBuilder b("g");
  const Value w = b.variable("w", testing::f32({2}, {1, 2}));
  const Value x = b.input("x", DType::kF32, {2});
  const Value updated = b.op(ops::SgdUpdate{}, {w, x, b.scalar(1.0F)});
  b.update(w, updated);
  const Value late = relu(x) * w;
  b.output("late", late);
  Graph graph = *b.build();
  const std::vector<NodeId> order = runtime::schedule(graph);
  ASSERT_EQ(order.size(), 3u);
  EXPECT_TRUE(graph.node(order.back()).op.is<ops::SgdUpdate>());

  auto session = *Session::create(std::move(graph));
  const auto out = session.run({{"x", testing::f32({2}, {3, 5})}});
  ASSERT_TRUE(out.ok());
  EXPECT_TRUE(all_close((*out)[0], testing::f32({2}, {3, 10})));
  EXPECT_TRUE(all_close(*session.variables()->find("w"), testing::f32({2}, {-2, -3})));
}

// Two variables, each one's new value made from the other's old one: somebody has to be copied.
TEST(Schedule, VariablesMayExchangeTheirValues) {
  GraphBuilder b("g");
  const Value v = b.variable("v", testing::f32({1}, {1}));
  const Value w = b.variable("w", testing::f32({1}, {2}));
  b.update(v, w * 10.0);
  b.update(w, v * 100.0);
  b.output("sum", v + w);
  auto session = *Session::create(*b.build());
  const auto out = session.run(std::vector<Tensor>{});
  ASSERT_TRUE(out.ok());
  EXPECT_TRUE(all_close((*out)[0], testing::f32({1}, {3})));
  EXPECT_TRUE(all_close(*session.variables()->find("v"), testing::f32({1}, {20})));
  EXPECT_TRUE(all_close(*session.variables()->find("w"), testing::f32({1}, {100})));
}

}  // namespace
}  // namespace tern
