// Comparisons, logic on bools and bits, and choices.
#include <cmath>

#include "tern/ops/math.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

constexpr std::int64_t kBig = (1LL << 60) + 1;  // no double holds this

// 1, 2 and 3 against 2; integers that only differ beyond a double's precision; u64 above 2^63; NaN.
std::vector<OpCase> comparison(const Op& op, const std::vector<double>& below_equal_above,
                               bool of_nan) {
  const Tensor expected = boolean({3}, below_equal_above);
  return {{.name = "floats",
           .op = op,
           .inputs = {f32({3}, {1, 2, 3}), f32({}, {2})},
           .expected = {expected}},
          {.name = "integers",
           .op = op,
           .inputs = {i64({3}, {kBig - 1, kBig, kBig + 1}), i64({}, {kBig})},
           .expected = {expected}},
          {.name = "large unsigned integers",
           .op = op,
           .inputs = {ints(DType::kU64, {3}, {1, -2, -1}), ints(DType::kU64, {}, {-2})},
           .expected = {expected}},
          {.name = "NaN",
           .op = op,
           .inputs = {f32({1}, {NAN}), f32({1}, {NAN})},
           .expected = {boolean({1}, {of_nan ? 1.0 : 0.0})}}};
}

std::vector<OpCase> truth_table(const Op& op, const std::vector<double>& expected) {
  return {{.name = "truth table",
           .op = op,
           .inputs = {boolean({2, 1}, {0, 1}), boolean({2}, {0, 1})},
           .expected = {boolean({2, 2}, expected)}}};
}

std::vector<OpCase> bits(const Op& op, std::int64_t expected) {
  return {{.name = "signed",
           .op = op,
           .inputs = {i32({1}, {0b1100}), i32({1}, {0b1010})},
           .expected = {i32({1}, {expected})}},
          {.name = "unsigned",
           .op = op,
           .inputs = {ints(DType::kU8, {1}, {0b1100}), ints(DType::kU8, {1}, {0b1010})},
           .expected = {ints(DType::kU8, {1}, {expected})}}};
}

}  // namespace

TERN_OP_TEST(Equal) {
  std::vector<OpCase> cases = comparison(ops::Equal{}, {0, 1, 0}, false);
  cases.push_back({.name = "bools",
                   .op = ops::Equal{},
                   .inputs = {boolean({2}, {0, 1}), boolean({1}, {1})},
                   .expected = {boolean({2}, {0, 1})}});
  cases.push_back({.name = "strings",
                   .op = ops::Equal{},
                   .inputs = {strings({2, 1}, {"a", "b"}), strings({2}, {"a", ""})},
                   .expected = {boolean({2, 2}, {1, 0, 0, 0})}});
  return cases;
}

TERN_OP_TEST(Greater) { return comparison(ops::Greater{}, {0, 0, 1}, false); }
TERN_OP_TEST(GreaterOrEqual) { return comparison(ops::GreaterOrEqual{}, {0, 1, 1}, false); }
TERN_OP_TEST(Less) { return comparison(ops::Less{}, {1, 0, 0}, false); }
TERN_OP_TEST(LessOrEqual) { return comparison(ops::LessOrEqual{}, {1, 1, 0}, false); }

TERN_OP_TEST(And) { return truth_table(ops::And{}, {0, 0, 0, 1}); }
TERN_OP_TEST(Or) { return truth_table(ops::Or{}, {0, 1, 1, 1}); }
TERN_OP_TEST(Xor) { return truth_table(ops::Xor{}, {0, 1, 1, 0}); }

TERN_OP_TEST(Not) {
  return {{.name = "both",
           .op = ops::Not{},
           .inputs = {boolean({2}, {0, 1})},
           .expected = {boolean({2}, {1, 0})}}};
}

TERN_OP_TEST(BitwiseAnd) { return bits(ops::BitwiseAnd{}, 0b1000); }
TERN_OP_TEST(BitwiseOr) { return bits(ops::BitwiseOr{}, 0b1110); }
TERN_OP_TEST(BitwiseXor) { return bits(ops::BitwiseXor{}, 0b0110); }

TERN_OP_TEST(BitwiseNot) {
  return {{.name = "signed",
           .op = ops::BitwiseNot{},
           .inputs = {i32({2}, {0, 5})},
           .expected = {i32({2}, {-1, -6})}},
          {.name = "unsigned",
           .op = ops::BitwiseNot{},
           .inputs = {ints(DType::kU8, {2}, {0, 5})},
           .expected = {ints(DType::kU8, {2}, {255, 250})}}};
}

TERN_OP_TEST(BitShift) {
  const Tensor x = ints(DType::kU8, {3}, {16, 255, 1});
  const Tensor bits_of_shift = ints(DType::kU8, {3}, {1, 2, 200});
  return {{.name = "left",
           .op = ops::BitShift{.direction = ops::ShiftDirection::kLeft},
           .inputs = {x, bits_of_shift},
           .expected = {ints(DType::kU8, {3}, {32, 252, 0})}},
          {.name = "right",
           .op = ops::BitShift{.direction = ops::ShiftDirection::kRight},
           .inputs = {x, bits_of_shift},
           .expected = {ints(DType::kU8, {3}, {8, 63, 0})}},
          {.name = "64 bits",
           .op = ops::BitShift{.direction = ops::ShiftDirection::kRight},
           .inputs = {ints(DType::kU64, {2}, {-1, -1}), ints(DType::kU64, {2}, {63, 64})},
           .expected = {ints(DType::kU64, {2}, {1, 0})}}};
}

TERN_OP_TEST(IsNaN) {
  return {{.name = "kinds",
           .op = ops::IsNaN{},
           .inputs = {f32({4}, {1, NAN, INFINITY, -INFINITY})},
           .expected = {boolean({4}, {0, 1, 0, 0})}}};
}

TERN_OP_TEST(IsInf) {
  const Tensor x = f32({4}, {1, NAN, INFINITY, -INFINITY});
  return {{.name = "both signs",
           .op = ops::IsInf{},
           .inputs = {x},
           .expected = {boolean({4}, {0, 0, 1, 1})}},
          {.name = "positive",
           .op = ops::IsInf{.detect_negative = false},
           .inputs = {x},
           .expected = {boolean({4}, {0, 0, 1, 0})}},
          {.name = "negative",
           .op = ops::IsInf{.detect_positive = false},
           .inputs = {x},
           .expected = {boolean({4}, {0, 0, 0, 1})}}};
}

TERN_OP_TEST(Where) {
  return {{.name = "all three broadcast",
           .op = ops::Where{},
           .inputs = {boolean({2, 1}, {1, 0}), f32({3}, {1, 2, 3}), f32({}, {9})},
           .expected = {f32({2, 3}, {1, 2, 3, 9, 9, 9})}},
          {.name = "strings",
           .op = ops::Where{},
           .inputs = {boolean({2}, {0, 1}), strings({2}, {"a", "b"}), strings({1}, {"c"})},
           .expected = {strings({2}, {"c", "b"})}},
          {.name = "integers",
           .op = ops::Where{},
           .inputs = {boolean({2}, {0, 1}), i64({1}, {kBig}), i64({1}, {7})},
           .expected = {i64({2}, {7, kBig})}}};
}

}  // namespace tern::testing
