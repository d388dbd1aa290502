#include "inspect/random_input.h"

#include "tests/support/status_matchers.h"

namespace tern::inspect {
namespace {

using testing::FailsWith;
using testing::IsOk;

IoInfo input(TypeInfo type) { return {.name = "x", .type = std::move(type)}; }

TEST(RandomInput, FillsTheDeclaredShapeWithOpenSizesOne) {
  const Result<Tensor> x = random_input(input({DType::kF32, {Dim(), Dim(3)}}), {}, 1);
  ASSERT_THAT(x, IsOk());
  EXPECT_EQ(x->shape(), (Shape{1, 3}));
  for (const float v : x->span<float>()) {
    EXPECT_GE(v, 0);
    EXPECT_LT(v, 1);
  }
}

TEST(RandomInput, TakesTheShapeThatIsAskedFor) {
  const Result<Tensor> x = random_input(input(TypeInfo::of(DType::kI64)), {{"x", {2, 2}}}, 1);
  ASSERT_THAT(x, IsOk());
  EXPECT_EQ(x->shape(), (Shape{2, 2}));
  EXPECT_THAT(random_input(input(TypeInfo::of(DType::kI64)), {}, 1),
              FailsWith(StatusCode::kInvalidArgument, "--shape x="));
}

TEST(RandomInput, FillsSequencesAndOptionals) {
  const TypeInfo item(DType::kF32, std::vector<Dim>{Dim(2), Dim()});
  const Result<Tensor> list =
      random_input(input(TypeInfo::container(DType::kSequence, item)), {{"x", {3}}}, 1);
  ASSERT_THAT(list, IsOk());
  ASSERT_EQ(list->items().size(), 3u);
  for (const Tensor& t : list->items()) EXPECT_EQ(t.shape(), (Shape{2, 1}));
  const Result<Tensor> perhaps = random_input(
      input(TypeInfo::container(DType::kOptional, TypeInfo::container(DType::kSequence, item))), {},
      1);
  ASSERT_THAT(perhaps, IsOk());
  EXPECT_EQ(perhaps->items()[0].items()[0].dtype(), DType::kF32);
}

TEST(RandomInput, HasNoMapsAndNoItemsOfAnyType) {
  EXPECT_THAT(random_input(input({DType::kMap, std::vector<Dim>{Dim(2)}}), {}, 1),
              FailsWith(StatusCode::kInvalidArgument, "input x: there are no random values"));
  EXPECT_THAT(random_input(input({DType::kSequence, std::vector<Dim>{Dim()}}), {}, 1),
              FailsWith(StatusCode::kInvalidArgument, "whose items are not known"));
}

}  // namespace
}  // namespace tern::inspect
