#include "tern/dataset.h"

#include <set>

#include "tests/support/status_matchers.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::f32;
using testing::FailsWith;
using testing::i64;
using testing::IsOk;
using testing::strings;

// Row r is {10 r, 10 r + 1} with label r.
Dataset numbered(std::int64_t rows) {
  const Tensor x = testing::filled(DType::kF32, {rows, 2}, [](std::int64_t i) {
    return static_cast<double>(i / 2 * 10 + i % 2);
  });
  const Tensor y =
      testing::filled(DType::kI64, {rows}, [](std::int64_t i) { return static_cast<double>(i); });
  return *Dataset::from_tensors({{"x", x}, {"label", y}});
}

std::int64_t label_of(const Dataset& data, std::int64_t row) {
  std::vector<Tensor> out(2);
  const Status status = data.read(row, out);
  EXPECT_TRUE(status.ok()) << status.to_string();
  return *out[1].data<std::int64_t>();
}

std::vector<std::int64_t> labels_of(const Dataset& data) {
  std::vector<std::int64_t> labels;
  for (std::int64_t row = 0; row < data.size(); ++row) labels.push_back(label_of(data, row));
  return labels;
}

TEST(Dataset, DescribesTheRowsOfItsTensors) {
  const Dataset data = *Dataset::from_tensors(
      {{"image", f32({3, 1, 2, 2}, std::vector<double>(12))}, {"label", i64({3}, {0, 1, 2})}});
  EXPECT_EQ(data.size(), 3);
  ASSERT_EQ(data.fields().size(), 2u);
  EXPECT_EQ(data.fields()[0].name, "image");
  EXPECT_EQ(data.fields()[0].dtype, DType::kF32);
  EXPECT_EQ(data.fields()[0].shape, Shape({1, 2, 2}));
  EXPECT_EQ(data.fields()[1].shape, Shape());
  EXPECT_EQ(*data.field_index("label"), 1u);
  EXPECT_THAT(data.field_index("lable"), FailsWith(StatusCode::kNotFound, "image, label"));
}

TEST(Dataset, ReadsIntoDefinedTensorsAndAllocatesOthers) {
  const Dataset data = numbered(4);
  std::vector<Tensor> out{f32({1, 2}, {0, 0}), Tensor()};
  const void* storage = out[0].raw();
  ASSERT_THAT(data.read(3, out), IsOk());
  EXPECT_EQ(out[0].raw(), storage);
  EXPECT_TRUE(testing::all_close(out[0], f32({1, 2}, {30, 31})));
  EXPECT_TRUE(testing::all_close(out[1], i64({}, {3})));
}

TEST(Dataset, ReadsStrings) {
  const Dataset data = *Dataset::from_tensors({{"text", strings({2, 1}, {"first", "second"})}});
  std::vector<Tensor> out(1);
  ASSERT_THAT(data.read(1, out), IsOk());
  EXPECT_EQ(out[0].data<std::string>()[0], "second");
}

TEST(Dataset, ReadRefusesWhatDoesNotFit) {
  const Dataset data = numbered(4);
  std::vector<Tensor> out(2), one(1);
  EXPECT_THAT(data.read(4, out), FailsWith(StatusCode::kOutOfRange, "row 4 of 4"));
  EXPECT_THAT(data.read(-1, out), FailsWith(StatusCode::kOutOfRange, "row -1"));
  EXPECT_THAT(data.read(0, one), FailsWith(StatusCode::kInvalidArgument, "1 tensors for 2"));
  std::vector<Tensor> wrong_type{i64({2}, {0, 0}), Tensor()};
  EXPECT_THAT(data.read(0, wrong_type),
              FailsWith(StatusCode::kInvalidArgument, "x is f32[2], the tensor to read it into"));
  std::vector<Tensor> wrong_size{f32({3}, {0, 0, 0}), Tensor()};
  EXPECT_THAT(data.read(0, wrong_size), FailsWith(StatusCode::kInvalidArgument, "f32[3]"));
  EXPECT_THAT(Dataset().read(0, {}), FailsWith(StatusCode::kOutOfRange, "0 rows"));
}

TEST(Dataset, FromTensorsRefusesTensorsThatDoNotFit) {
  const Tensor two = f32({2, 1}, {1, 2}), three = f32({3}, {1, 2, 3});
  EXPECT_THAT(Dataset::from_tensors({{"a", two}, {"b", three}}),
              FailsWith(StatusCode::kInvalidArgument, "b has 3 rows, field a has 2"));
  EXPECT_THAT(Dataset::from_tensors({{"a", two}, {"a", two}}),
              FailsWith(StatusCode::kInvalidArgument, "two fields are named a"));
  EXPECT_THAT(Dataset::from_tensors({{"a", f32({}, {1})}}),
              FailsWith(StatusCode::kInvalidArgument, "scalar"));
  EXPECT_THAT(Dataset::from_tensors({{"a", Tensor()}}),
              FailsWith(StatusCode::kInvalidArgument, "no tensor"));
  EXPECT_THAT(Dataset::from_tensors({}), FailsWith(StatusCode::kInvalidArgument, "field"));
  EXPECT_THAT(Dataset::from_tensors({{"a", *Tensor::zeros(DType::kI4, {2, 3})}}),
              FailsWith(StatusCode::kUnimplemented, "3 i4"));
}

TEST(Dataset, SubsetListsRowsInAnyOrder) {
  const Dataset data = *numbered(5).subset({4, 0, 4});
  EXPECT_EQ(labels_of(data), (std::vector<std::int64_t>{4, 0, 4}));
  EXPECT_EQ(labels_of(*data.subset({1})), (std::vector<std::int64_t>{0}));
  EXPECT_THAT(data.subset({3}), FailsWith(StatusCode::kOutOfRange, "row 3 of 3"));
}

TEST(Dataset, SplitDividesTheRowsAndRepeats) {
  const Dataset data = numbered(103);
  const DatasetSplit split = *data.split(0.2, 7);
  EXPECT_EQ(split.part.size(), 21);  // 20.6 rounded
  EXPECT_EQ(split.rest.size(), 82);
  const auto part = labels_of(split.part), rest = labels_of(split.rest);
  EXPECT_TRUE(std::ranges::is_sorted(part));
  EXPECT_TRUE(std::ranges::is_sorted(rest));
  std::set<std::int64_t> all(part.begin(), part.end());
  all.insert(rest.begin(), rest.end());
  EXPECT_EQ(all.size(), 103u);
  EXPECT_EQ(labels_of(data.split(0.2, 7)->part), part);
  EXPECT_NE(labels_of(data.split(0.2, 8)->part), part);
}

TEST(Dataset, SplitTakesEveryFractionFromNoneToAll) {
  const Dataset data = numbered(3);
  EXPECT_EQ(data.split(0, 1)->part.size(), 0);
  EXPECT_EQ(data.split(1, 1)->rest.size(), 0);
  EXPECT_EQ(Dataset().split(0.5, 1)->part.size(), 0);
  EXPECT_THAT(data.split(1.1, 1), FailsWith(StatusCode::kInvalidArgument, "1.1"));
  EXPECT_THAT(data.split(-0.1, 1), FailsWith(StatusCode::kInvalidArgument, "-0.1"));
  EXPECT_FALSE(data.split(std::nan(""), 1).ok());
}

}  // namespace
}  // namespace tern
