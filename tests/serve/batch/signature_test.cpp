#include "serve/batch/signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/serve/signatures.h"
#include "tests/support/status_matchers.h"

namespace tern::serve {
namespace {

using testing::FailsWith;
using testing::IsOk;

TEST(Signature, EqualSymbolsAreEqualSizes) {
  const Signature s =
      signature({io("a", DType::kF32, {'N', 'S'}), io("b", DType::kF32, {'N', 'S'})}, {});
  EXPECT_THAT(s.check(std::vector<Shape>{{2, 3}, {2, 3}}), IsOk());
  EXPECT_THAT(s.check(std::vector<Shape>{{2, 3}, {2, 4}}),
              FailsWith(StatusCode::kInvalidArgument,
                        "input b has shape [2,4], whose size 4 should be 3 as in input a"));
}

TEST(Signature, AnInputWithoutRankTakesAnyShape) {
  IoInfo any;
  any.name = "x";
  any.type = TypeInfo::of(DType::kF32);
  const Signature s = signature({any}, {});
  EXPECT_THAT(s.check(std::vector<Shape>{{2, 3, 4}}), IsOk());
  EXPECT_FALSE(s.rows_are_open());
}

TEST(Signature, RowsAreOpenWhenEveryFirstSizeIs) {
  const IoInfo open = io("x", DType::kF32, {'N', 4});
  const IoInfo fixed = io("x", DType::kF32, {1, 4});
  EXPECT_TRUE(signature({open}, {open}).rows_are_open());
  EXPECT_FALSE(signature({fixed}, {open}).rows_are_open());
  EXPECT_FALSE(signature({open}, {fixed}).rows_are_open());
  EXPECT_FALSE(signature({open, fixed}, {open}).rows_are_open());
  EXPECT_FALSE(signature({open}, {io("y", DType::kF32, {})}).rows_are_open());
  EXPECT_FALSE(signature({}, {open}).rows_are_open());
}

TEST(Signature, RowsAreNotOpenWhenTheirNumberIsASizeOfARow) {
  const IoInfo x = io("x", DType::kF32, {'N', 4});
  EXPECT_FALSE(signature({x}, {io("y", DType::kF32, {'N', 'N'})}).rows_are_open());
  EXPECT_TRUE(signature({x}, {io("y", DType::kF32, {'N', 'M'})}).rows_are_open());
}

TEST(RowShape, LeavesTheFirstAxisOut) {
  EXPECT_EQ(row_shape({5, 2, 3}), (Shape{2, 3}));
  EXPECT_EQ(row_shape({5}), Shape());
  EXPECT_EQ(row_shape({}), Shape());
}

}  // namespace
}  // namespace tern::serve
