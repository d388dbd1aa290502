// Results written straight into the Concat that uses them are what copies would have been.
#include "runtime/join.h"

#include <gtest/gtest.h>

#include "ops/op_table.h"
#include "tern/functions.h"

namespace tern {
namespace {

Tensor filled(const Shape& shape, float scale) {
  Tensor t = *Tensor::uninitialized(DType::kF32, shape);
  for (std::int64_t i = 0; i < t.elements(); ++i) {
    t.mutable_data<float>()[i] = scale * static_cast<float>(i * 7 % 23 - 11);
  }
  return t;
}

Value convolve(Value x, std::int64_t channels, std::int64_t kernel, const char* name) {
  GraphBuilder& b = *x.builder();
  const std::int64_t in = x.type().shape[1].value();
  const std::int64_t pad = kernel / 2;
  return conv(x, b.constant(filled({channels, in, kernel, kernel}, 0.01F), name), {},
              {.pads = {pad, pad, pad, pad}});
}

// Branches of different kinds of kernels; one is read by others too, another is what they add to.
Graph branches() {
  GraphBuilder b("branches");
  const Value x = b.input("x", DType::kF32, {"N", 8, 9, 9});
  const Value a = relu(convolve(x, 5, 1, "a"));
  const Value deep = convolve(a, 5, 3, "deep") + a;
  const Value pooled = max_pool(a, {.kernel_shape = {3, 3}, .pads = {1, 1, 1, 1}});
  const Value copied = sigmoid(x) * 2.0;
  const Value joined = concat({a, deep, copied, pooled}, 1);
  b.output("y", convolve(joined, 6, 3, "last"));
  return *b.build();
}

Tensor run(Session& session, const Tensor& x) { return (*session.run({{"x", x}}))[0]; }

TEST(Join, GivesWhatTheReferenceGives) {
  Session plain = *Session::create(branches(), {.optimize = false, .reference_kernels = true});
  for (const int threads : {1, 2}) {
    Session session = *Session::create(branches(), {.threads = threads});
    for (const std::int64_t batch : {1, 3, 1}) {
      const Tensor x = filled({batch, 8, 9, 9}, 0.05F);
      const Tensor got = run(session, x);
      const Tensor want = run(plain, x);
      ASSERT_EQ(got.shape(), want.shape());
      for (std::int64_t i = 0; i < got.elements(); ++i) {
        ASSERT_NEAR(got.data<float>()[i], want.data<float>()[i], 1e-5) << i;
      }
    }
  }
}

TEST(Join, AConcatThatLeavesTheGraphIsCopied) {
  GraphBuilder b("out");
  const Value x = b.input("x", DType::kF32, {1, 4, 5, 5});
  const Value a = convolve(x, 3, 1, "a");
  b.output("y", concat({a, convolve(x, 2, 1, "b")}, 1));
  b.output("a", a);
  Graph graph = *b.build();
  Session plain = *Session::create(graph, {.optimize = false, .reference_kernels = true});
  Session session = *Session::create(graph);
  const Tensor input = filled({1, 4, 5, 5}, 0.1F);
  const std::vector<Tensor> got = *session.run({{"x", input}});
  const std::vector<Tensor> want = *plain.run({{"x", input}});
  for (std::size_t output = 0; output < 2; ++output) {
    for (std::int64_t i = 0; i < got[output].elements(); ++i) {
      ASSERT_NEAR(got[output].data<float>()[i], want[output].data<float>()[i], 1e-5) << i;
    }
  }
}

// Conv to [N, 2 * 3, H, W], cut into boxes of 3, moved to the end: one transpose is left.
TEST(Join, OneTransposeIsLeftAroundACutOfChannels) {
  GraphBuilder b("boxes");
  const Value x = b.input("x", DType::kF32, {1, 8, 4, 5});
  const Value y = reshape(convolve(x, 6, 1, "w"), {-1, 2, 3, 4, 5});
  b.output("y", sigmoid(transpose(y, {0, 1, 3, 4, 2})) * 2.0);
  Graph graph = *b.build();
  Session plain = *Session::create(graph, {.optimize = false, .reference_kernels = true});
  Session session = *Session::create(graph);
  const Tensor input = filled({1, 8, 4, 5}, 0.1F);
  const Tensor got = run(session, input);
  const Tensor want = run(plain, input);
  ASSERT_EQ(got.shape(), want.shape());
  for (std::int64_t i = 0; i < got.elements(); ++i) {
    ASSERT_NEAR(got.data<float>()[i], want.data<float>()[i], 1e-5) << i;
  }
  int transposes = 0;
  const std::vector<Tensor> inputs{input};
  for (const StepProfile& step : *session.plan(inputs)) {
    if (step.op == "Transpose" && step.kernel != "view") ++transposes;
  }
  EXPECT_EQ(transposes, 2) << "one to channels-last, one to the boxes";
}

}  // namespace
}  // namespace tern
