#include <gtest/gtest.h>

#include "tern/tensor.h"

namespace tern {
namespace {

Tensor pair_of_scalars() {
  return Tensor::container(DType::kSequence, {Tensor::scalar<float>(1), Tensor::scalar<float>(2)});
}

TEST(Container, HoldsTensorsAsElements) {
  const Tensor sequence = pair_of_scalars();
  EXPECT_EQ(sequence.shape(), (Shape{2}));
  ASSERT_EQ(sequence.items().size(), 2U);
  EXPECT_EQ(sequence.items()[1].data<float>()[0], 2);
  EXPECT_EQ(sequence.to_string(), "sequence[2] {f32[] {1}, f32[] {2}}");
}

TEST(Container, MayBeEmpty) {
  const Tensor nothing = Tensor::container(DType::kOptional, {});
  EXPECT_TRUE(nothing.defined());
  EXPECT_TRUE(nothing.items().empty());
}

TEST(Container, ClonesWhatItHolds) {
  Tensor sequence = pair_of_scalars();
  const Tensor copy = *sequence.clone();
  sequence.mutable_items()[0].mutable_data<float>()[0] = 7;
  EXPECT_EQ(copy.items()[0].data<float>()[0], 1);
  EXPECT_FALSE(identical(sequence, copy));
}

TEST(Container, AgreesItemByItem) {
  EXPECT_TRUE(identical(pair_of_scalars(), pair_of_scalars()));
  EXPECT_FALSE(identical(pair_of_scalars(), Tensor::container(DType::kSequence, {})));
}

TEST(Container, IsNoElementTypeOfFiles) {
  EXPECT_TRUE(is_container(*parse_dtype("sequence")));
  EXPECT_FALSE(parse_dtype("").ok());
}

}  // namespace
}  // namespace tern
