#include <cmath>
#include <limits>

#include "tern/ops/tensor.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::numeric_limits<double>::quiet_NaN();

// Storage of a one-byte type from its bits.
Tensor bits(DType dtype, const std::vector<std::uint8_t>& values) {
  Tensor t = *Tensor::zeros(dtype, {static_cast<std::int64_t>(values.size())});
  std::copy(values.begin(), values.end(), static_cast<std::uint8_t*>(t.mutable_raw()));
  return t;
}
ops::Cast to(DType dtype) { return {.to = dtype}; }
ops::Cast unsaturated(DType dtype) { return {.saturate = false, .to = dtype}; }
ops::Cast rounded(ops::CastRounding mode) { return {.round_mode = mode, .to = DType::kF8E8M0}; }

}  // namespace

TERN_OP_TEST(Cast) {
  const Tensor scales = f32({6}, {1, 1.25, 1.5, 1.75, 2, 0});
  return {
      {.name = "f32 to f64",
       .op = to(DType::kF64),
       .inputs = {f32({3}, {1.5, -2, 0})},
       .expected = {f64({3}, {1.5, -2, 0})},
       .other_dtypes = false},
      {.name = "f64 to f16 overflows to infinity",
       .op = to(DType::kF16),
       .inputs = {f64({3}, {65504, 65520, -1e9})},
       .expected = {of(DType::kF16, {3}, {65504, kInf, -kInf})},
       .gradient = false,
       .other_dtypes = false},
      {.name = "floats are truncated",
       .op = to(DType::kI32),
       .inputs = {f32({4}, {1.9, -1.9, 0.5, 100})},
       .expected = {i32({4}, {1, -1, 0, 100})},
       .gradient = false},
      {.name = "integers wrap around",
       .op = to(DType::kU8),
       .inputs = {i64({3}, {-1, 256, 300})},
       .expected = {ints(DType::kU8, {3}, {255, 0, 44})}},
      {.name = "to packed integers",
       .op = to(DType::kI4),
       .inputs = {f32({4}, {-8, 7, -1.5, 0})},
       .expected = {ints(DType::kI4, {4}, {-8, 7, -1, 0})},
       .gradient = false},
      {.name = "from packed integers",
       .op = to(DType::kF32),
       .inputs = {ints(DType::kI2, {3}, {-2, 1, -1})},
       .expected = {f32({3}, {-2, 1, -1})}},
      {.name = "what is not zero is true",
       .op = to(DType::kBool),
       .inputs = {f32({4}, {0, 0.25, -3, kNan})},
       .expected = {boolean({4}, {0, 1, 1, 1})},
       .gradient = false},
      {.name = "bool to float",
       .op = to(DType::kF32),
       .inputs = {boolean({2}, {0, 1})},
       .expected = {f32({2}, {0, 1})}},
      {.name = "large u64",
       .op = to(DType::kF64),
       .inputs = {ints(DType::kU64, {2}, {-1, 5})},
       .expected = {f64({2}, {0x1p64, 5})}},
      {.name = "i64 is rounded once",
       .op = to(DType::kF32),
       // Through f64 this would become the tie 2^24 + 1, and then 2^24.
       .inputs = {i64({1}, {((std::int64_t{1} << 24) + 1) * (std::int64_t{1} << 38) + 1})},
       .expected = {f32({1}, {std::ldexp((1 << 24) + 2, 38)})}},
      {.name = "strings to floats",
       .op = to(DType::kF32),
       .inputs = {strings({6}, {"3.5", "-1e-2", "+INF", "-inf", "NaN", "7"})},
       .expected = {f32({6}, {3.5, -0.01, kInf, -kInf, kNan, 7})}},
      {.name = "strings to integers",
       .op = to(DType::kI64),
       .inputs = {strings({2}, {"9223372036854775807", "-5"})},
       .expected = {i64({2}, {std::numeric_limits<std::int64_t>::max(), -5})}},
      {.name = "strings to u64",
       .op = to(DType::kU64),
       .inputs = {strings({1}, {"18446744073709551615"})},
       .expected = {ints(DType::kU64, {1}, {-1})}},
      {.name = "floats to strings",
       .op = to(DType::kString),
       .inputs = {f32({3}, {0.1, -2.5, 1e20})},
       .expected = {strings({3}, {"0.1", "-2.5", "1e+20"})},
       .gradient = false,
       .other_dtypes = false},
      {.name = "integers to strings",
       .op = to(DType::kString),
       .inputs = {i64({2}, {-12, 0})},
       .expected = {strings({2}, {"-12", "0"})}},
      // The formats: onnx.ai/onnx/technical/float8.html.
      {.name = "f8e4m3fn saturates",
       .op = to(DType::kF8E4M3FN),
       .inputs = {f32({5}, {1, 448, 1000, -kInf, 0.0625})},
       .expected = {bits(DType::kF8E4M3FN, {0x38, 0x7e, 0x7e, 0xfe, 0x18})},
       .gradient = false,
       .other_dtypes = false},
      {.name = "f8e4m3fn without saturation",
       .op = unsaturated(DType::kF8E4M3FN),
       .inputs = {f32({3}, {448, 1000, -kInf})},
       .expected = {bits(DType::kF8E4M3FN, {0x7e, 0x7f, 0xff})},
       .gradient = false,
       .other_dtypes = false},
      {.name = "f8e5m2 without saturation",
       .op = unsaturated(DType::kF8E5M2),
       .inputs = {f32({3}, {1.75, 1e6, -kInf})},
       .expected = {bits(DType::kF8E5M2, {0x3f, 0x7c, 0xfc})},
       .gradient = false,
       .other_dtypes = false},
      {.name = "f8e8m0 rounds up",
       .op = rounded(ops::CastRounding::kUp),
       .inputs = {scales},
       .expected = {bits(DType::kF8E8M0, {127, 128, 128, 128, 128, 0})},
       .gradient = false,
       .other_dtypes = false},
      {.name = "f8e8m0 rounds down",
       .op = rounded(ops::CastRounding::kDown),
       .inputs = {scales},
       .expected = {bits(DType::kF8E8M0, {127, 127, 127, 127, 128, 0})},
       .gradient = false,
       .other_dtypes = false},
      {.name = "f8e8m0 rounds to nearest, ties up",
       .op = rounded(ops::CastRounding::kNearest),
       .inputs = {scales},
       .expected = {bits(DType::kF8E8M0, {127, 127, 128, 128, 128, 0})},
       .gradient = false,
       .other_dtypes = false},
  };
}

TEST(Cast, RefusesStringsThatAreNoNumbers) {
  expect_refused(to(DType::kI32), {strings({2}, {"1", "1.5"})}, "element 1, \"1.5\", is no i32");
  expect_refused(to(DType::kF32), {strings({1}, {"12a"})}, "is no f32");
  expect_refused(to(DType::kU64), {strings({1}, {"-1"})}, "is no u64");
  expect_refused(to(DType::kUndefined), {f32({1}, {1})}, "attribute 'to' is undefined");
  expect_refused(to(DType::kComplex64), {f32({1}, {1})}, "attribute 'to' is c64");
}

TERN_OP_TEST(CastLike) {
  return {
      {.name = "the type of the other tensor",
       .op = ops::CastLike{},
       .inputs = {f32({2}, {1.75, -1.75}), i32({0}, {})},
       .expected = {i32({2}, {1, -1})},
       .gradient = false},
      {.name = "between floats",
       .op = ops::CastLike{},
       .inputs = {f32({2}, {1.5, -2}), f64({}, {0})},
       .expected = {f64({2}, {1.5, -2})},
       .constant_inputs = {1},
       .other_dtypes = false},
      {.name = "without saturation",
       .op = ops::CastLike{.saturate = false},
       .inputs = {f32({2}, {448, 1000}), bits(DType::kF8E4M3FN, {0})},
       .expected = {bits(DType::kF8E4M3FN, {0x7e, 0x7f})},
       .gradient = false,
       .other_dtypes = false},
      {.name = "strings",
       .op = ops::CastLike{},
       .inputs = {i64({2}, {-3, 40}), strings({1}, {"x"})},
       .expected = {strings({2}, {"-3", "40"})}},
  };
}

}  // namespace tern::testing
