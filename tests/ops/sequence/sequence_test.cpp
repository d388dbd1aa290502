#include <gtest/gtest.h>

#include "ops/reference.h"
#include "tern/ops/sequence.h"
#include "tests/support/tensors.h"

namespace tern::testing {
namespace {

Tensor sequence(std::vector<Tensor> items) {
  return Tensor::container(DType::kSequence, std::move(items));
}

Result<Tensor> run(const Op& op, std::vector<Tensor> inputs) {
  std::vector<const Tensor*> pointers;
  for (const Tensor& input : inputs) pointers.push_back(input.defined() ? &input : nullptr);
  Result<std::vector<Tensor>> results = run_reference(op, pointers, 1);
  if (!results.ok()) return results.status();
  return (*results)[0];
}

const Tensor kOne = Tensor::vector<float>({1});
const Tensor kTwo = Tensor::vector<float>({2, 2});

TEST(Sequence, IsMadeOfTensorsAndTakenApart) {
  const Tensor made = *run(ops::SequenceConstruct{}, {kOne, kTwo});
  EXPECT_TRUE(identical(made, sequence({kOne, kTwo})));
  EXPECT_TRUE(identical(*run(ops::SequenceAt{}, {made, Tensor::scalar<std::int64_t>(-1)}), kTwo));
  EXPECT_EQ(run(ops::SequenceLength{}, {made})->data<std::int64_t>()[0], 2);
}

TEST(Sequence, NamesAPositionThatIsNotThere) {
  const auto at = run(ops::SequenceAt{}, {sequence({kOne}), Tensor::scalar<std::int64_t>(1)});
  ASSERT_FALSE(at.ok());
  EXPECT_EQ(at.status().message(), "position 1 of a sequence of 1 items");
  EXPECT_FALSE(run(ops::SequenceErase{}, {sequence({})}).ok());
}

TEST(Sequence, InsertsAndErases) {
  const Tensor one = sequence({kOne});
  EXPECT_TRUE(identical(*run(ops::SequenceInsert{}, {one, kTwo}), sequence({kOne, kTwo})));
  EXPECT_TRUE(identical(*run(ops::SequenceInsert{}, {one, kTwo, Tensor::scalar<std::int32_t>(0)}),
                        sequence({kTwo, kOne})));
  EXPECT_TRUE(identical(*run(ops::SequenceErase{}, {sequence({kOne, kTwo})}), one));
}

TEST(Sequence, RefusesAnItemOfAnotherType) {
  const auto mixed =
      run(ops::SequenceInsert{}, {sequence({kOne}), Tensor::scalar<std::int64_t>(1)});
  ASSERT_FALSE(mixed.ok());
  EXPECT_EQ(mixed.status().message(), "a tensor of i64 put in a sequence of f32");
}

TEST(Sequence, KeepsItemsWhoseMemoryIsNotTheirOwn) {
  float memory[] = {5};
  const Tensor borrowed = Tensor::view(DType::kF32, {1}, memory);
  const Tensor made = *run(ops::SequenceConstruct{}, {borrowed});
  memory[0] = 6;
  EXPECT_EQ(made.items()[0].data<float>()[0], 5);
}

TEST(Sequence, SplitsInPiecesOfOneOrOfGivenSizes) {
  const Tensor x = *Tensor::from<float>({3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6});
  const Tensor rows = *run(ops::SplitToSequence{.keepdims = false}, {x});
  ASSERT_EQ(rows.items().size(), 3U);
  EXPECT_TRUE(identical(rows.items()[1], Tensor::vector<float>({3, 4})));
  const Tensor pairs = *run(ops::SplitToSequence{}, {x, Tensor::scalar<std::int64_t>(2)});
  ASSERT_EQ(pairs.items().size(), 2U);
  EXPECT_EQ(pairs.items()[0].shape(), (Shape{2, 2}));
  EXPECT_EQ(pairs.items()[1].shape(), (Shape{1, 2}));
  const auto short_of_one = run(ops::SplitToSequence{}, {x, Tensor::vector<std::int64_t>({1, 1})});
  ASSERT_FALSE(short_of_one.ok());
  EXPECT_EQ(short_of_one.status().message(), "pieces add up to 2, the axis has 3");
}

TEST(Sequence, IsJoinedOrStacked) {
  const Tensor pieces = sequence({kTwo, kTwo});
  EXPECT_TRUE(identical(*run(ops::ConcatFromSequence{.axis = 0}, {pieces}),
                        Tensor::vector<float>({2, 2, 2, 2})));
  const Tensor stacked = *run(ops::ConcatFromSequence{.axis = 1, .new_axis = true},
                              {sequence({Tensor::vector<float>({1, 2}), kTwo})});
  EXPECT_TRUE(identical(stacked, *Tensor::from<float>({2, 2}, std::vector<float>{1, 2, 2, 2})));
  EXPECT_FALSE(run(ops::ConcatFromSequence{.axis = 0}, {sequence({})}).ok());
}

TEST(Optional, HoldsAValueOrNothing) {
  const Tensor full = *run(ops::Optional{}, {kTwo});
  EXPECT_TRUE(run(ops::OptionalHasElement{}, {full})->data<bool>()[0]);
  EXPECT_TRUE(identical(*run(ops::OptionalGetElement{}, {full}), kTwo));
  const Tensor empty = *run(ops::Optional{}, {});
  EXPECT_FALSE(run(ops::OptionalHasElement{}, {empty})->data<bool>()[0]);
  EXPECT_FALSE(run(ops::OptionalHasElement{}, {})->data<bool>()[0]);
  EXPECT_FALSE(run(ops::OptionalGetElement{}, {empty}).ok());
}

}  // namespace
}  // namespace tern::testing
