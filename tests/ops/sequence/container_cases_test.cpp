// Sequences and optionals through the harness of operators; sequence_test.cpp has what is refused.
#include "tern/ops/sequence.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

Tensor sequence(std::vector<Tensor> items) {
  return Tensor::container(DType::kSequence, std::move(items));
}
Tensor one() { return i64({1}, {1}); }
Tensor two() { return i64({2}, {2, 3}); }
Tensor at(std::int64_t position) { return i64({}, {position}); }

OpCase container_case(std::string name, Op op, std::vector<Tensor> inputs, Tensor y) {
  return {.name = std::move(name),
          .op = std::move(op),
          .inputs = std::move(inputs),
          .expected = {std::move(y)},
          .gradient = false};
}

}  // namespace

TERN_OP_TEST(SequenceConstruct) {
  return {
      container_case("two", ops::SequenceConstruct{}, {one(), two()}, sequence({one(), two()})),
      container_case("strings", ops::SequenceConstruct{}, {strings({1}, {"a"})},
                     sequence({strings({1}, {"a"})})),
  };
}

TERN_OP_TEST(SequenceEmpty) {
  return {container_case("integers", ops::SequenceEmpty{.dtype = DType::kI64}, {}, sequence({}))};
}

TERN_OP_TEST(SequenceAt) {
  const Tensor both = sequence({one(), two()});
  return {
      container_case("first", ops::SequenceAt{}, {both, at(0)}, one()),
      container_case("from the end", ops::SequenceAt{}, {both, at(-1)}, two()),
      container_case("position of 32 bits", ops::SequenceAt{}, {both, i32({}, {1})}, two()),
  };
}

TERN_OP_TEST(SequenceErase) {
  const Tensor both = sequence({one(), two()});
  return {
      container_case("last", ops::SequenceErase{}, {both}, sequence({one()})),
      container_case("first", ops::SequenceErase{}, {both, at(0)}, sequence({two()})),
      container_case("from the end", ops::SequenceErase{}, {both, at(-2)}, sequence({two()})),
  };
}

TERN_OP_TEST(SequenceInsert) {
  return {
      container_case("at the end", ops::SequenceInsert{}, {sequence({one()}), two()},
                     sequence({one(), two()})),
      container_case("in front", ops::SequenceInsert{}, {sequence({one()}), two(), at(0)},
                     sequence({two(), one()})),
  };
}

TERN_OP_TEST(SequenceLength) {
  return {
      container_case("two", ops::SequenceLength{}, {sequence({one(), two()})}, at(2)),
      container_case("none", ops::SequenceLength{}, {sequence({})}, at(0)),
  };
}

TERN_OP_TEST(SplitToSequence) {
  const Tensor x = i64({3, 2}, {1, 2, 3, 4, 5, 6});
  return {
      container_case("rows that lose their axis", ops::SplitToSequence{.keepdims = false}, {x},
                     sequence({i64({2}, {1, 2}), i64({2}, {3, 4}), i64({2}, {5, 6})})),
      container_case("pieces of two, the last smaller", ops::SplitToSequence{}, {x, at(2)},
                     sequence({i64({2, 2}, {1, 2, 3, 4}), i64({1, 2}, {5, 6})})),
      container_case("given sizes of columns", ops::SplitToSequence{.axis = -1},
                     {x, i64({2}, {1, 1})},
                     sequence({i64({3, 1}, {1, 3, 5}), i64({3, 1}, {2, 4, 6})})),
  };
}

TERN_OP_TEST(ConcatFromSequence) {
  const Tensor pair = sequence({i64({2}, {1, 2}), i64({2}, {3, 4})});
  return {
      container_case("joined", ops::ConcatFromSequence{.axis = 0}, {sequence({one(), two()})},
                     i64({3}, {1, 2, 3})),
      container_case("stacked", ops::ConcatFromSequence{.axis = 0, .new_axis = true}, {pair},
                     i64({2, 2}, {1, 2, 3, 4})),
      container_case("stacked in the last axis",
                     ops::ConcatFromSequence{.axis = -1, .new_axis = true}, {pair},
                     i64({2, 2}, {1, 3, 2, 4})),
  };
}

TERN_OP_TEST(Optional) {
  return {container_case("of a tensor", ops::Optional{}, {two()},
                         Tensor::container(DType::kOptional, {two()}))};
}

TERN_OP_TEST(OptionalHasElement) {
  const Tensor full = Tensor::container(DType::kOptional, {two()});
  const Tensor empty = Tensor::container(DType::kOptional, {});
  return {
      container_case("full", ops::OptionalHasElement{}, {full}, boolean({}, {1})),
      container_case("empty", ops::OptionalHasElement{}, {empty}, boolean({}, {0})),
      container_case("a tensor", ops::OptionalHasElement{}, {two()}, boolean({}, {1})),
  };
}

TERN_OP_TEST(OptionalGetElement) {
  return {
      container_case("of an optional", ops::OptionalGetElement{},
                     {Tensor::container(DType::kOptional, {two()})}, two()),
      container_case("of a tensor", ops::OptionalGetElement{}, {two()}, two()),
  };
}

}  // namespace tern::testing
