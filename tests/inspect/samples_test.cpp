#include "inspect/samples.h"

#include "inspect/case_folder.h"
#include "inspect/model_difference.h"
#include "tensor/npy.h"
#include "tern/functions.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tensors.h"

namespace tern::inspect {
namespace {

using tern::testing::f32;
using tern::testing::FailsWith;
using tern::testing::IsOk;

Session session_for(std::int64_t inputs, DimSpec rows, double factor = 1.0) {
  GraphBuilder b("m");
  Value sum = b.input("x0", DType::kF32, {rows, 2});
  for (std::int64_t i = 1; i < inputs; ++i) {
    sum = sum + b.input("x" + std::to_string(i), DType::kF32, {rows, 2});
  }
  b.output("y", sum * factor);
  return std::move(*Session::create(*b.build()));
}

class Samples : public ::testing::Test {
 protected:
  Result<std::vector<Sample>> read(const Session& session, std::int64_t limit = 0) {
    const std::string paths[] = {folder_.path()};
    return read_samples(paths, session, {.limit = limit, .rows = {}});
  }
  Result<std::vector<Sample>> read_file(const Session& session, const std::string& path,
                                        std::int64_t limit = 0) {
    const std::string paths[] = {path};
    return read_samples(paths, session, {.limit = limit, .rows = {}});
  }
  tern::testing::TempDir folder_;
};

TEST_F(Samples, FoldersOfDataSets) {
  for (int i = 0; i < 3; ++i) {
    const DataSet set{.path = folder_.file("test_data_set_" + std::to_string(i)),
                      .inputs = {f32({1, 2}, {1.0 * i, 2}), f32({1, 2}, {3, 4})},
                      .outputs = {}};
    ASSERT_THAT(write_data_set(set), IsOk());
  }
  const Session session = session_for(2, "N");
  const auto samples = read(session);
  ASSERT_THAT(samples, IsOk());
  ASSERT_EQ(samples->size(), 3U);
  EXPECT_TRUE(identical((*samples)[2][0], f32({1, 2}, {2, 2})));
  EXPECT_TRUE(identical((*samples)[2][1], f32({1, 2}, {3, 4})));
  EXPECT_EQ(read(session, 2)->size(), 2U);
}

TEST_F(Samples, RowsOfAFileAreRuns) {
  const std::string path = folder_.file("x.npy");
  ASSERT_THAT(write_npy(path, f32({5, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})), IsOk());
  const auto rows = read_file(session_for(1, "N"), path);
  ASSERT_THAT(rows, IsOk());
  ASSERT_EQ(rows->size(), 5U);
  EXPECT_TRUE(identical((*rows)[1][0], f32({1, 2}, {2, 3})));
  // A model of two rows a run leaves out the odd last row.
  const auto pairs = read_file(session_for(1, 2), path);
  ASSERT_THAT(pairs, IsOk());
  ASSERT_EQ(pairs->size(), 2U);
  EXPECT_TRUE(identical((*pairs)[1][0], f32({2, 2}, {4, 5, 6, 7})));
}

TEST_F(Samples, SaysWhatItCannotRead) {
  const std::string path = folder_.file("x.npy");
  ASSERT_THAT(write_npy(path, f32({1, 2}, {0, 1})), IsOk());
  EXPECT_THAT(read_file(session_for(2, "N"), path),
              FailsWith(StatusCode::kInvalidArgument, "2 inputs"));
  EXPECT_THAT(read_file(session_for(1, 4), path),
              FailsWith(StatusCode::kInvalidArgument, "no sample"));
  EXPECT_THAT(read_file(session_for(1, "N"), folder_.file("missing.npy")),
              FailsWith(StatusCode::kNotFound, "missing.npy"));
}

TEST(CompareModels, TellsTheLargestDifference) {
  Session exact = session_for(1, "N");
  Session other = session_for(1, "N", 1.5);
  const std::vector<Sample> samples{{f32({1, 2}, {1, -4})}, {f32({2, 2}, {0, 1, 2, 3})}};
  const auto differences = compare_models(exact, other, samples);
  ASSERT_THAT(differences, IsOk());
  ASSERT_EQ(differences->size(), 1U);
  EXPECT_EQ((*differences)[0].name, "y");
  EXPECT_DOUBLE_EQ((*differences)[0].max_abs, 2);
  EXPECT_NEAR((*differences)[0].cosine, 1, 1e-9);
  EXPECT_DOUBLE_EQ((*differences)[0].same_largest, 1);
}

}  // namespace
}  // namespace tern::inspect
