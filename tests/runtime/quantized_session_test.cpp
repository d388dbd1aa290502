// Quantised networks in sessions: what they run on, and that it gives what the plain graph says.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tern/functions.h"
#include "tern/ops/quant.h"
#include "tern/session.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::f32;
using testing::filled;
using testing::ints;
using testing::random_values;

// Writes QDQ graphs as quantizers do.
class QdqBuilder {
 public:
  explicit QdqBuilder(GraphBuilder& b) : b_(b) {}

  Value quantize(Value x, double scale, std::int64_t zero) {
    return b_.op(ops::QuantizeLinear{}, {x, b_.constant(f32({}, {scale})), zero_point(zero)});
  }
  Value dequantize(Value q, double scale, std::int64_t zero) {
    return b_.op(ops::DequantizeLinear{}, {q, b_.constant(f32({}, {scale})), zero_point(zero)});
  }
  Value both(Value x, double scale, std::int64_t zero) {
    return dequantize(quantize(x, scale, zero), scale, zero);
  }
  // Weights of bytes with a scale per index of axis 0.
  Value weight(const Shape& shape, std::uint64_t seed) {
    const Tensor scales = filled(DType::kF32, {shape[0]}, [](std::int64_t i) {
      return 0.004 + 0.0007 * static_cast<double>(i % 5);
    });
    return b_.op(
        ops::DequantizeLinear{.axis = 0},
        {b_.constant(random_values(DType::kI8, shape, -127, 128, seed)), b_.constant(scales),
         b_.constant(ints(DType::kI8, {shape[0]},
                          std::vector<std::int64_t>(static_cast<std::size_t>(shape[0]))))});
  }

 private:
  Value zero_point(std::int64_t zero) { return b_.constant(ints(DType::kU8, {}, {zero})); }
  GraphBuilder& b_;
};

// Convolution, pooling, a separable block with a shortcut, global pooling, classifier. Output 0 is
// bytes, output 1 f32.
Graph network() {
  GraphBuilder b("qdq");
  QdqBuilder q(b);
  const Value image = q.both(b.input("x", DType::kF32, {"N", 3, 12, 12}), 1.0 / 64, 128);
  const Value bias = b.constant(random_values(DType::kF32, {8}, -0.5, 0.5, 7));
  const Value first =
      relu(b.op(ops::Conv{.pads = {1, 1, 1, 1}}, {image, q.weight({8, 3, 3, 3}, 1), bias}));
  const Value pooled =
      b.op(ops::MaxPool{.kernel_shape = {2, 2}, .strides = {2, 2}}, {q.both(first, 0.02, 0)});
  const Value trunk = q.both(pooled, 0.02, 0);
  const Value deep =
      b.op(ops::Conv{.group = 8, .pads = {1, 1, 1, 1}}, {trunk, q.weight({8, 1, 3, 3}, 2)});
  const Value clipped =
      b.op(ops::Clip{}, {deep, b.constant(f32({}, {0})), b.constant(f32({}, {6}))});
  const Value point = b.op(ops::Conv{}, {q.both(clipped, 0.01, 3), q.weight({8, 8, 1, 1}, 3)});
  const Value sum = q.quantize(q.both(point, 0.02, 110) + trunk, 0.03, 90);
  const Value mean = b.op(ops::GlobalAveragePool{}, {q.dequantize(sum, 0.03, 90)});
  const Value flat = b.op(ops::Flatten{}, {q.both(mean, 0.01, 100)});
  const Value y = b.op(ops::Gemm{.transB = true}, {q.both(flat, 0.01, 100), q.weight({5, 8}, 4),
                                                   b.constant(f32({5}, {1, 2, 3, 4, 5}))});
  b.output("bytes", sum);
  b.output("y", y);
  return *b.build();
}

std::vector<Tensor> image_inputs() {
  return {random_values(DType::kF32, {2, 3, 12, 12}, -2, 2, 9)};
}

std::vector<Tensor> run(SessionOptions options) {
  auto session = Session::create(network(), std::move(options));
  EXPECT_TRUE(session.ok()) << session.status().to_string();
  std::vector<Tensor> outputs(2);
  const Status status = session->run(image_inputs(), outputs);
  EXPECT_TRUE(status.ok()) << status.to_string();
  return outputs;
}

std::int64_t kernels_named(const SessionOptions& options, std::string_view name) {
  auto session = Session::create(network(), options);
  EXPECT_TRUE(session.ok()) << session.status().to_string();
  const auto steps = session->plan(image_inputs());
  EXPECT_TRUE(steps.ok()) << steps.status().to_string();
  return std::ranges::count(*steps, name, &StepProfile::kernel);
}

TEST(QuantizedSession, RunsOnBytes) {
  EXPECT_EQ(kernels_named({}, "qlinear_conv"), 3);
  EXPECT_EQ(kernels_named({}, "max_pool_bytes"), 1);
  EXPECT_EQ(kernels_named({}, "q_add"), 1);
  EXPECT_EQ(kernels_named({}, "integer_linear_packed"), 1);
  EXPECT_EQ(kernels_named({}, "reference"), 0);
}

TEST(QuantizedSession, TheRewriteCanBeSwitchedOff) {
  const SessionOptions off{.disabled_passes = {"fuse_quantized"}};
  EXPECT_EQ(kernels_named(off, "qlinear_conv"), 0);
  EXPECT_EQ(kernels_named(off, "conv_f32"), 3);
}

TEST(QuantizedSession, ResultsAreWithinOneStepOfThePlainGraphs) {
  const std::vector<Tensor> plain = run({.optimize = false});
  for (const int threads : {1, 3}) {
    const std::vector<Tensor> fused = run({.threads = threads});
    const std::vector<double> expected = testing::values_of(plain[0]);
    const std::vector<double> found = testing::values_of(fused[0]);
    ASSERT_EQ(found.size(), expected.size());
    std::int64_t different = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_LE(std::abs(found[i] - expected[i]), 1) << "element " << i;
      different += found[i] != expected[i] ? 1 : 0;
    }
    EXPECT_LE(different, static_cast<std::int64_t>(found.size() / 50));
    // A step of the mean is 0.01, a weight at most 127 * 0.0068.
    EXPECT_TRUE(testing::all_close(fused[1], plain[1], {0, 0.01 * 0.9}));
  }
}

}  // namespace
}  // namespace tern
