// Public data sets from the folder that TERN_TEST_DATA names (docs/testing.md); counts as their
// sources publish them.
#include <cstdlib>

#include "base/file.h"
#include "tern/data_files.h"
#include "tests/support/status_matchers.h"

namespace tern {
namespace {

using testing::IsOk;

class PublishedFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* const root = std::getenv("TERN_TEST_DATA");
    if (root == nullptr || !is_directory(join_path(root, "datasets"))) {
      GTEST_SKIP() << "TERN_TEST_DATA names no folder with datasets/";
    }
    folder_ = join_path(root, "datasets");
  }
  std::string file(std::string_view name) const { return join_path(folder_, name); }

  std::string folder_;
};

std::vector<std::int64_t> rows_per_class(const Dataset& data) {
  const std::size_t label = *data.field_index(kLabelField);
  std::vector<std::int64_t> count(data.fields()[label].classes.size());
  std::vector<Tensor> row(data.fields().size());
  for (std::int64_t i = 0; i < data.size(); ++i) {
    EXPECT_THAT(data.read(i, row), IsOk());
    ++count[static_cast<std::size_t>(*row[label].data<std::int64_t>())];
  }
  return count;
}

TEST_F(PublishedFiles, MnistDigits) {
  std::vector<std::int64_t> total(10);
  for (const std::string part : {"train", "test"}) {
    const auto data = open_idx(file("mnist-10k/" + part + "-images-idx3-ubyte.gz"),
                               file("mnist-10k/" + part + "-labels-idx1-ubyte.gz"));
    ASSERT_THAT(data, IsOk());
    EXPECT_EQ(data->size(), part == "train" ? 8000 : 2000);
    EXPECT_EQ(data->fields()[0].shape, Shape({1, 28, 28}));
    const auto count = rows_per_class(*data);
    ASSERT_EQ(count.size(), 10u);
    for (std::size_t c = 0; c < 10; ++c) total[c] += count[c];
  }
  EXPECT_EQ(total,
            (std::vector<std::int64_t>{1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978}));
}

TEST_F(PublishedFiles, PalmerPenguins) {
  CsvOptions options{.label = "species", .text = TextColumns::kOneHot};
  EXPECT_EQ(open_csv(file("penguins/penguins.csv"), options).status().message(),
            file("penguins/penguins.csv") + ":5: column 3 (bill_length_mm): the value is missing");
  options.missing = MissingValues::kMean;
  auto csv = open_csv(file("penguins/penguins.csv"), options);
  ASSERT_THAT(csv, IsOk());
  EXPECT_EQ(csv->data.fields()[1].classes,
            (std::vector<std::string>{"Adelie", "Chinstrap", "Gentoo"}));
  EXPECT_EQ(rows_per_class(csv->data), (std::vector<std::int64_t>{152, 68, 124}));
  // Three islands, four measures, two sexes, the year.
  EXPECT_EQ(csv->data.fields()[0].shape, Shape({10}));
  options.missing = MissingValues::kDropRow;
  csv = open_csv(file("penguins/penguins.csv"), options);
  ASSERT_THAT(csv, IsOk());
  EXPECT_EQ(csv->data.size(), 333);  // complete rows
}

TEST_F(PublishedFiles, IrisAndAbalone) {
  const auto iris = open_csv(file("iris/iris_headers.csv"), {.label = "Species"});
  ASSERT_THAT(iris, IsOk());
  EXPECT_EQ(rows_per_class(iris->data), (std::vector<std::int64_t>{50, 50, 50}));
  const auto abalone =
      open_csv(file("abalone/abalone.csv"),
               {.label = "rings", .label_kind = LabelKind::kNumber, .text = TextColumns::kOneHot});
  ASSERT_THAT(abalone, IsOk());
  EXPECT_EQ(abalone->data.size(), 4176);  // the copy lacks one of 4177
  EXPECT_EQ(abalone->data.fields()[0].shape, Shape({10}));
}

}  // namespace
}  // namespace tern
