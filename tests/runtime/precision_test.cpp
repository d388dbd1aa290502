// Sessions of lower precision: what they compute, keep and say. Run once more with the processor
// capped below every unit for bf16.
#include <gtest/gtest.h>

#include <cmath>

#include "backend/cpu/bf16_unit.h"
#include "tern/functions.h"
#include "tern/session.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::random_values;
using testing::values_of;

bool has_unit() { return cpu::active_bf16_unit() != cpu::Bf16Unit::kNone; }

constexpr std::int64_t kChannels = 24;
constexpr std::int64_t kHidden = 256;

// A convolution, the mean of its channels and two layers.
Graph network() {
  GraphBuilder b("network");
  const Value x = b.input("x", DType::kF32, {"N", 3, 12, 12});
  const auto weight = [&](const Shape& shape, double size, std::uint64_t seed) {
    return b.constant(random_values(DType::kF32, shape, -size, size, seed));
  };
  Value y = relu(conv(x, weight({kChannels, 3, 3, 3}, 0.3, 1), weight({kChannels}, 1, 5), {}));
  y = reshape(global_average_pool(y), b.constant(Tensor::vector<std::int64_t>({-1, kChannels})));
  y = relu(matmul(y, weight({kChannels, kHidden}, 0.3, 2)));
  b.output("y", matmul(y, weight({kHidden, kHidden}, 0.1, 3)));
  return *b.build();
}

Session session_of(Precision precision) {
  return *Session::create(network(), {.threads = 1, .precision = precision});
}

Tensor output_of(Session& session) {
  const Tensor x = random_values(DType::kF32, {5, 3, 12, 12}, -1, 1, 4);
  return (*session.run({{"x", x}}))[0];
}

TEST(Precision, NamesAreReadBack) {
  EXPECT_EQ(parse_precision("f32"), Precision::kF32);
  EXPECT_EQ(parse_precision("bf16"), Precision::kBF16);
  EXPECT_EQ(parse_precision("BF16"), std::nullopt);
  EXPECT_EQ(to_string(Precision::kBF16), "bf16");
}

TEST(Precision, Bf16IsNearF32) {
  if (!has_unit()) GTEST_SKIP() << "this processor has no unit for bf16";
  Session exact = session_of(Precision::kF32);
  Session rounded = session_of(Precision::kBF16);
  EXPECT_EQ(rounded.precision(), Precision::kBF16);
  const std::vector<double> a = values_of(output_of(exact));
  const std::vector<double> b = values_of(output_of(rounded));
  double dot = 0, aa = 0, bb = 0, difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
    difference += std::abs(a[i] - b[i]);
  }
  EXPECT_GT(dot / std::sqrt(aa * bb), 0.9995);  // three layers of relative errors of 2^-7 or less
  EXPECT_GT(difference, 0) << "nothing was computed in bf16";
}

TEST(Precision, WithoutAUnitResultsAreThoseOfF32) {
  if (has_unit()) GTEST_SKIP() << "this processor has a unit for bf16";
  Session exact = session_of(Precision::kF32);
  Session asked = session_of(Precision::kBF16);
  EXPECT_EQ(asked.precision(), Precision::kF32);
  EXPECT_EQ(values_of(output_of(exact)), values_of(output_of(asked)));
}

TEST(Precision, PackedWeightsTakeHalfAndTheOriginalsAreReleased) {
  if (!has_unit()) GTEST_SKIP() << "this processor has no unit for bf16";
  Session session = session_of(Precision::kBF16);
  // K is padded to whole steps of 32, columns to whole half panels of 16.
  const std::size_t elements = 32 * 32 + 32 * kHidden + kHidden * kHidden;
  EXPECT_EQ(session.memory().packed, 2 * elements);
  // The bias of the convolution and some sizes and axes; the smallest weight has 2592 bytes.
  EXPECT_LT(session.memory().constants, 256u);
}

TEST(Precision, ReferenceKernelsStayExact) {
  SessionOptions options{.threads = 1, .reference_kernels = true};
  Session exact = *Session::create(network(), options);
  options.precision = Precision::kBF16;
  Session asked = *Session::create(network(), options);
  EXPECT_EQ(values_of(output_of(exact)), values_of(output_of(asked)));
}

}  // namespace
}  // namespace tern
