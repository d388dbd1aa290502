#include "tern/ops/arithmetic.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(BitCast) {
  return {
      {.name = "f32 as i32",
       .op = ops::BitCast{.to = DType::kI32},
       .inputs = {f32({2}, {1, -2})},
       .expected = {i32({2}, {0x3f800000, -0x40000000})},
       .other_dtypes = false},
      {.name = "i64 as f64",
       .op = ops::BitCast{.to = DType::kF64},
       .inputs = {i64({}, {0x3ff0000000000000})},
       .expected = {f64({}, {1})}},
      {.name = "bf16 as f16",
       .op = ops::BitCast{.to = DType::kF16},
       .inputs = {of(DType::kBF16, {1}, {1})},  // 0x3f80: 1.875 in binary16
       .expected = {of(DType::kF16, {1}, {1.875})},
       .other_dtypes = false},
      {.name = "packed",
       .op = ops::BitCast{.to = DType::kU4},
       .inputs = {ints(DType::kI4, {3}, {-1, 2, -8})},
       .expected = {ints(DType::kU4, {3}, {15, 2, 8})}},
      {.name = "bool as u8",
       .op = ops::BitCast{.to = DType::kU8},
       .inputs = {boolean({2}, {1, 0})},
       .expected = {ints(DType::kU8, {2}, {1, 0})}},
      {.name = "u8 as bool",
       .op = ops::BitCast{.to = DType::kBool},
       .inputs = {ints(DType::kU8, {3}, {1, 0, 200})},
       .expected = {boolean({3}, {1, 0, 1})}},
  };
}

TEST(BitCast, RefusesTypesOfAnotherWidth) {
  expect_refused(ops::BitCast{.to = DType::kF64}, {f32({1}, {1})}, "f32 has 32 bits, f64 has 64");
  expect_refused(ops::BitCast{.to = DType::kString}, {f32({1}, {1})}, "attribute 'to' is string");
}

}  // namespace tern::testing
