#include "inspect/input_rows.h"

#include "base/file.h"
#include "tensor/npy.h"
#include "tests/support/bitmap.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tensors.h"

namespace tern::inspect {
namespace {

using tern::testing::bitmap;
using tern::testing::f32;
using tern::testing::FailsWith;
using tern::testing::i64;
using tern::testing::IsOk;

IoInfo input(DType dtype, std::vector<Dim> dims) {
  return {.name = "x", .type = TypeInfo(dtype, std::move(dims)), .text = "f32[?]"};
}

TEST(ToInput, ShapesAndConvertsRows) {
  const Tensor rows = f32({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(to_input(rows, input(DType::kF32, {Dim(), 1, 2, 2}))->shape(), Shape({2, 1, 2, 2}));
  EXPECT_EQ(to_input(rows, input(DType::kF32, {Dim(), 2, Dim()}))->shape(), Shape({2, 2, 2}));
  EXPECT_EQ(to_input(rows, input(DType::kF32, {Dim(), Dim()}))->shape(), Shape({2, 4}));
  IoInfo open = input(DType::kF32, {});
  open.type.has_rank = false;
  EXPECT_EQ(to_input(rows, open)->shape(), Shape({2, 4}));
  EXPECT_TRUE(tern::testing::all_close(*to_input(rows, input(DType::kI64, {Dim(), 4})),
                                       i64({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8})));
  // Beyond what f64 holds.
  const Tensor large = i64({1, 1}, {9007199254740993});
  EXPECT_EQ(to_input(large, input(DType::kU64, {Dim(), 1}))->span<std::uint64_t>()[0],
            9007199254740993u);
}

TEST(ToInput, RefusesRowsOfAnotherSize) {
  const Tensor rows = f32({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
  for (const std::vector<Dim>& dims :
       {std::vector<Dim>{Dim(), 5}, std::vector<Dim>{Dim(), 3, Dim()},
        std::vector<Dim>{Dim(), Dim(), Dim()}, std::vector<Dim>{Dim()}, std::vector<Dim>{},
        std::vector<Dim>{Dim(), 0, Dim()}}) {
    EXPECT_THAT(to_input(rows, input(DType::kF32, dims)),
                FailsWith(StatusCode::kInvalidArgument, "which rows of [4] do not fit"));
  }
  EXPECT_FALSE(to_input(rows, input(DType::kString, {Dim(), 4})).ok());
  EXPECT_FALSE(to_input(f32({}, {1}), input(DType::kF32, {Dim(), 1})).ok());
}

class InputRowsTest : public ::testing::Test {
 protected:
  tern::testing::TempDir folder_;
};

TEST_F(InputRowsTest, NpyFilesWithAndWithoutTheAxisOfRows) {
  const IoInfo x = input(DType::kF32, {Dim(), 2});
  ASSERT_THAT(write_npy(folder_.file("one.npy"), f32({2}, {1, 2})), IsOk());
  ASSERT_THAT(write_npy(folder_.file("two.npy"), f32({2, 2}, {1, 2, 3, 4})), IsOk());
  EXPECT_EQ(read_input(folder_.file("one.npy"), x, {}, {})->shape(), Shape({1, 2}));
  EXPECT_EQ(read_input(folder_.file("two.npy"), x, {}, {})->shape(), Shape({2, 2}));
  const auto rows = open_input_rows(folder_.file("two.npy"), x, {}, {});
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(rows->name_of(1), folder_.file("two.npy") + "[1]");
}

TEST_F(InputRowsTest, CsvLabelsAreClassesWhereTheirNamesAreKnown) {
  const std::string path = folder_.write("x.csv", "1,2,b\n3,4,a\n");
  const IoInfo x = input(DType::kF32, {Dim(), 2});
  const auto rows = open_input_rows(path, x, {}, {.label = "last", .classes = {"a", "b"}});
  ASSERT_THAT(rows, IsOk());
  std::vector<Tensor> row(2);
  ASSERT_THAT(rows->data.read(0, row), IsOk());
  EXPECT_TRUE(tern::testing::all_close(row[1], i64({}, {1})));
  const std::string numbers = folder_.write("y.csv", "1,2,7\n3,4,5\n");
  const auto plain = open_input_rows(numbers, x, {}, {.label = "last"});
  ASSERT_THAT(plain, IsOk());
  ASSERT_THAT(plain->data.read(1, row = {Tensor(), Tensor()}), IsOk());
  EXPECT_TRUE(tern::testing::all_close(row[1], f32({1}, {5})));
}

TEST_F(InputRowsTest, CsvFilesFollowTheSchemaOfTheModel) {
  const auto training = parse_csv("size,sex,kind\n1,M,b\n3,F,a\n", "t.csv",
                                  {.label = "kind", .text = TextColumns::kOneHot});
  ASSERT_THAT(training, IsOk());
  const std::string path = folder_.write("x.csv", "sex,size\nF,7\nM,\n");
  const auto tensor = read_input(path, input(DType::kF32, {Dim(), 3}),
                                 {{"csv_schema", to_json(training->schema)}}, {});
  ASSERT_THAT(tensor, IsOk());
  EXPECT_TRUE(tern::testing::all_close(*tensor, f32({2, 3}, {7, 1, 0, 2, 0, 1})));
}

TEST_F(InputRowsTest, ImagesAreFittedToTheInput) {
  const IoInfo x = input(DType::kF32, {Dim(), 3, 1, 2});
  const std::string path = folder_.write("red.bmp", bitmap(8, 4, 255, 0, 51));
  const auto tensor = read_input(path, x, {}, {});
  ASSERT_THAT(tensor, IsOk());
  EXPECT_TRUE(tern::testing::all_close(*tensor, f32({1, 3, 1, 2}, {1, 1, 0, 0, 0.2, 0.2})));
  RowChoices raw;
  raw.image.scale = 1;
  EXPECT_EQ(read_input(path, x, {}, raw)->span<float>()[0], 255);
}

TEST_F(InputRowsTest, FoldersGiveLabelsWhenTheirNamesAreClasses) {
  for (const std::string name : {"cat", "dog"}) {
    ASSERT_THAT(make_directories(folder_.file(name)), IsOk());
    folder_.write(name + "/1.bmp", bitmap(2, 2, 1, 2, 3));
  }
  const IoInfo x = input(DType::kF32, {Dim(), 3, 2, 2});
  const auto known = open_input_rows(folder_.path(), x, {}, {.classes = {"dog", "fox", "cat"}});
  ASSERT_THAT(known, IsOk());
  EXPECT_EQ(known->name_of(0), folder_.file("cat/1.bmp"));
  std::vector<Tensor> row(2);
  ASSERT_THAT(known->data.read(0, row), IsOk());
  EXPECT_TRUE(tern::testing::all_close(row[1], i64({}, {2})));
  const auto other = open_input_rows(folder_.path(), x, {}, {.classes = {"dog", "fox"}});
  ASSERT_THAT(other, IsOk());
  EXPECT_EQ(other->data.fields().size(), 1u);
}

TEST_F(InputRowsTest, NamesFilesThatCannotBeRows) {
  const IoInfo x = input(DType::kF32, {Dim(), 2});
  EXPECT_THAT(open_input_rows(folder_.file("none.csv"), x, {}, {}),
              FailsWith(StatusCode::kNotFound, "none.csv"));
  EXPECT_THAT(open_input_rows(folder_.file("none"), x, {}, {}),
              FailsWith(StatusCode::kNotFound, "none"));
  EXPECT_THAT(open_input_rows(folder_.write("x.txt", "1"), x, {}, {}),
              FailsWith(StatusCode::kInvalidArgument, "x.txt: inputs are .npy"));
  EXPECT_THAT(
      read_input(folder_.write("x.csv", "1,2,3\n"), x, {}, {}),
      FailsWith(StatusCode::kInvalidArgument, "x.csv: input x is f32[?], which rows of [3]"));
}

}  // namespace
}  // namespace tern::inspect
