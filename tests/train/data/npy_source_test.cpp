#include "tensor/npy.h"

#include "tern/data_files.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::f32;
using testing::FailsWith;
using testing::i64;
using testing::IsOk;

std::string saved(const testing::TempDir& folder, std::string_view name, const Tensor& tensor) {
  EXPECT_THAT(write_npy(folder.file(name), tensor), IsOk());
  return folder.file(name);
}

TEST(NpySource, WholeNumbersAreClassesAndFloatsNumbers) {
  const testing::TempDir folder;
  const std::string x = saved(folder, "x.npy", testing::of(DType::kU8, {2, 1, 2}, {1, 2, 3, 4}));
  std::vector<Tensor> row(2);
  auto data = open_npy(x, saved(folder, "y.npy", testing::i32({2}, {2, 0})));
  ASSERT_THAT(data, IsOk());
  ASSERT_THAT(data->read(1, row), IsOk());
  EXPECT_TRUE(testing::all_close(row[0], f32({1, 2}, {3, 4})));
  EXPECT_TRUE(testing::all_close(row[1], i64({}, {0})));
  EXPECT_EQ(data->fields()[1].classes.size(), 3u);

  data = open_npy(x, saved(folder, "z.npy", testing::f64({2, 1}, {0.5, -2})));
  ASSERT_THAT(data, IsOk());
  row = {Tensor(), Tensor()};
  ASSERT_THAT(data->read(1, row), IsOk());
  EXPECT_TRUE(testing::all_close(row[1], f32({1}, {-2})));
  EXPECT_TRUE(data->fields()[1].classes.empty());
}

TEST(NpySource, RefusesWhatHasNoRows) {
  const testing::TempDir folder;
  const std::string x = saved(folder, "x.npy", f32({2}, {1, 2}));
  EXPECT_THAT(open_npy(saved(folder, "s.npy", f32({}, {1})), ""),
              FailsWith(StatusCode::kDataLoss, "s.npy: a single number"));
  EXPECT_THAT(open_npy(x, saved(folder, "y.npy", i64({3}, {0, 0, 0}))),
              FailsWith(StatusCode::kDataLoss, "y.npy: labels of shape [3] for 2 inputs"));
  EXPECT_THAT(open_npy(saved(folder, "c.npy", *Tensor::zeros(DType::kComplex64, {2})), ""),
              FailsWith(StatusCode::kDataLoss, "c.npy: elements of c64"));
  EXPECT_THAT(open_npy(folder.write("torn.npy", "\x93NUM"), ""),
              FailsWith(StatusCode::kDataLoss, "torn.npy"));
}

}  // namespace
}  // namespace tern
