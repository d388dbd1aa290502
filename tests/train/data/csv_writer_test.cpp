#include "base/file.h"
#include "tern/data_files.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::FailsWith;
using testing::IsOk;

TEST(SaveCsv, WritesWhatOpenCsvReadsBack) {
  const testing::TempDir folder;
  const std::string path = folder.file("rows.csv");
  const auto csv = parse_csv("1,2.5,\"a, b\"\n-3,0.1,c\n", "x.csv", {.label = "last"});
  ASSERT_THAT(csv, IsOk());
  ASSERT_THAT(save_csv(csv->data, path), IsOk());
  EXPECT_EQ(*read_file(path), "1,2.5,\"a, b\"\n-3,0.1,c\n");
  const auto again = open_csv(path, {.label = "last"});
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->schema.classes, csv->schema.classes);
}

TEST(SaveCsv, RefusesFieldsThatAreNoNumbers) {
  const testing::TempDir folder;
  const auto data = Dataset::from_tensors({{"name", testing::strings({1}, {"x"})}});
  ASSERT_THAT(data, IsOk());
  EXPECT_THAT(save_csv(*data, folder.file("rows.csv")),
              FailsWith(StatusCode::kInvalidArgument, "field name of string"));
}

}  // namespace
}  // namespace tern
