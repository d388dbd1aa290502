#include "tern/ops/linalg.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

ops::Einsum sum(std::string equation) { return {.equation = std::move(equation)}; }

}  // namespace

TERN_OP_TEST(Einsum) {
  const Tensor a = f32({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor b = f32({3, 2}, {1, 2, 3, 4, 5, 6});
  const Tensor square = f32({2, 2}, {1, 2, 3, 4});
  return {
      {.name = "a matrix product",
       .op = sum("ij,jk->ik"),
       .inputs = {a, b},
       .expected = {f32({2, 2}, {22, 28, 49, 64})}},
      {.name = "without an output: letters that occur once, sorted",
       .op = sum("kj, ji"),
       .inputs = {a, b},
       // The output is ik.
       .expected = {f32({2, 2}, {22, 49, 28, 64})}},
      {.name = "a transpose",
       .op = sum("ij->ji"),
       .inputs = {a},
       .expected = {f32({3, 2}, {1, 4, 2, 5, 3, 6})}},
      {.name = "sums of rows", .op = sum("ij->i"), .inputs = {a}, .expected = {f32({2}, {6, 15})}},
      {.name = "a diagonal",
       .op = sum("ii->i"),
       .inputs = {square},
       .expected = {f32({2}, {1, 4})}},
      {.name = "a trace", .op = sum("ii"), .inputs = {square}, .expected = {f32({}, {5})}},
      {.name = "diagonals of a stack",
       .op = sum("...ii->...i"),
       .inputs = {f32({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8})},
       .expected = {f32({2, 2}, {1, 4, 5, 8})}},
      {.name = "a stack times one matrix",
       .op = sum("...ij,...jk->...ik"),
       .inputs = {f32({2, 1, 2}, {1, 2, 3, 4}), square},
       .expected = {f32({2, 1, 2}, {7, 10, 15, 22})}},
      {.name = "an ellipsis between letters, implicit",
       .op = sum("i...j,j"),
       .inputs = {f32({2, 1, 2}, {1, 2, 3, 4}), f32({2}, {1, 10})},
       .expected = {f32({1, 2}, {21, 43})}},
      {.name = "an outer product",
       .op = sum("i,j->ij"),
       .inputs = {f32({2}, {1, 2}), f32({2}, {3, 4})},
       .expected = {f32({2, 2}, {3, 4, 6, 8})}},
      {.name = "three operands",
       .op = sum("i,ij,j->"),
       .inputs = {f32({2}, {1, 2}), square, f32({2}, {3, 4})},
       .expected = {f32({}, {61})}},
      {.name = "axes of size one broadcast",
       .op = sum("ij,ij->ij"),
       .inputs = {a, f32({1, 3}, {1, 10, 100})},
       .expected = {f32({2, 3}, {1, 20, 300, 4, 50, 600})}},
      {.name = "axes that only one operand has",
       .op = sum("ij,k->k"),
       .inputs = {a, f32({2}, {1, 2})},
       .expected = {f32({2}, {21, 42})}},
      {.name = "integers",
       .op = sum("i,i"),
       .inputs = {i64({2}, {3, 4}), i64({2}, {5, -6})},
       .expected = {i64({}, {-9})}},
      {.name = "a sum over nothing",
       .op = sum("ij,jk->ik"),
       .inputs = {f32({1, 0}, {}), f32({0, 2}, {})},
       .expected = {f32({1, 2}, {0, 0})}},
  };
}

TEST(Einsum, RefusesEquationsThatDoNotFit) {
  const Tensor a = f32({2, 3}, {1, 2, 3, 4, 5, 6});
  expect_refused(sum("ij,jk->ik"), {a}, "has 2 operands, there are 1 inputs");
  expect_refused(sum("i->i"), {a}, "names 1 axes, the input has 2");
  expect_refused(sum("ijk->i"), {a}, "names 3 axes, the input has 2");
  expect_refused(sum("i1->i"), {a}, "'i1' has a '1' that is no letter");
  expect_refused(sum("......->i"), {a}, "two ellipses");
  expect_refused(sum("ij->k"), {a}, "an axis that no operand has");
  expect_refused(sum("ij->ii"), {a}, "an axis twice");
  expect_refused(sum("ij,ij->ij"), {a, f32({2, 2}, {1, 2, 3, 4})}, "sizes 3 and 2");
}

TERN_OP_TEST(EinsumGrad) {
  const Tensor a = f32({1, 2}, {1, 2});
  const Tensor b = f32({2, 1}, {3, 4});
  return {
      {.name = "of a matrix product, the left",
       .op = ops::EinsumGrad{.equation = "ij,jk->ik"},
       .inputs = {f32({1, 1}, {10}), a, b},
       .expected = {f32({1, 2}, {30, 40})}},
      {.name = "of a matrix product, the right",
       .op = ops::EinsumGrad{.equation = "ij,jk->ik", .operand = 1},
       .inputs = {f32({1, 1}, {10}), a, b},
       .expected = {f32({2, 1}, {10, 20})}},
      {.name = "of a trace",
       .op = ops::EinsumGrad{.equation = "ii"},
       .inputs = {f32({}, {3}), f32({2, 2}, {1, 2, 3, 4})},
       .expected = {f32({2, 2}, {3, 0, 0, 3})}},
  };
}

TERN_OP_TEST(Det) {
  return {
      {.name = "a matrix",
       .op = ops::Det{},
       .inputs = {f32({2, 2}, {0, 1, 2, 3})},
       .expected = {f32({}, {-2})}},
      {.name = "a stack",
       .op = ops::Det{},
       .inputs = {f32({3, 2, 2}, {1, 2, 3, 4, 1, 2, 2, 1, 1, 3, 3, 1})},
       .expected = {f32({3}, {-2, -3, -8})}},
      {.name = "a singular matrix",
       .op = ops::Det{},
       .inputs = {f32({3, 3}, {1, 2, 3, 4, 5, 6, 5, 7, 9})},
       .expected = {f32({}, {0})},
       .other_dtypes = false},
      {.name = "no row", .op = ops::Det{}, .inputs = {f32({0, 0}, {})}, .expected = {f32({}, {1})}},
  };
}

TEST(Det, RefusesWhatIsNotSquare) {
  expect_refused(ops::Det{}, {f32({1, 2}, {1, 2})}, "sizes 1 and 2 differ");
  expect_refused(ops::Det{}, {f32({1}, {1})}, "X has rank 1, below 2");
}

TERN_OP_TEST(DetGrad) {
  return {
      {.name = "signed minors",
       .op = ops::DetGrad{},
       .inputs = {f32({}, {2}), f32({2, 2}, {1, 2, 3, 4})},
       .expected = {f32({2, 2}, {8, -6, -4, 2})}},
  };
}

}  // namespace tern::testing
