#include <atomic>
#include <numeric>

#include "base/errors.h"
#include "tern/dataset.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::FailsWith;
using testing::IsOk;
using Rows = std::vector<std::int64_t>;

// Row r holds the number r.
Dataset numbered(std::int64_t rows) {
  return *Dataset::from_tensors({{"x", testing::filled(DType::kF32, {rows, 3}, [](std::int64_t i) {
                                    return static_cast<double>(i / 3);
                                  })}});
}

struct Epoch {
  std::vector<Rows> rows;             // per batch, as the batch says
  std::vector<std::vector<float>> x;  // per batch, the first number of each row
};

Epoch run_epoch(DataLoader& loader, std::int64_t epoch, std::int64_t first_batch = 0) {
  Epoch seen;
  EXPECT_THAT(loader.start_epoch(epoch, first_batch), IsOk());
  while (true) {
    auto batch = loader.next();
    EXPECT_THAT(batch, IsOk());
    if (!batch.ok() || !batch->has_value()) break;
    seen.rows.push_back((*batch)->rows);
    const Tensor& x = (*batch)->tensors.at(0);
    EXPECT_EQ(x.shape(), Shape({static_cast<std::int64_t>((*batch)->rows.size()), 3}));
    seen.x.emplace_back();
    for (std::int64_t i = 0; i < x.dim(0); ++i) seen.x.back().push_back(x.data<float>()[i * 3]);
  }
  return seen;
}

DataLoader loader_of(Dataset data, DataLoaderOptions options) {
  auto loader = DataLoader::create(std::move(data), std::move(options));
  EXPECT_THAT(loader, IsOk());
  return *std::move(loader);
}

TEST(DataLoader, GivesBatchesInOrder) {
  DataLoader loader = loader_of(numbered(7), {.batch = 3});
  EXPECT_EQ(loader.batches(), 3);
  const Epoch epoch = run_epoch(loader, 0);
  EXPECT_EQ(epoch.rows, (std::vector<Rows>{{0, 1, 2}, {3, 4, 5}, {6}}));
  EXPECT_EQ(epoch.x, (std::vector<std::vector<float>>{{0, 1, 2}, {3, 4, 5}, {6}}));
}

TEST(DataLoader, DropsTheSmallRest) {
  DataLoader loader = loader_of(numbered(7), {.batch = 3, .drop_last = true});
  EXPECT_EQ(loader.batches(), 2);
  EXPECT_EQ(run_epoch(loader, 0).rows.size(), 2u);
  DataLoader even = loader_of(numbered(6), {.batch = 3});
  EXPECT_EQ(even.batches(), 2);
}

TEST(DataLoader, ShuffledEpochsHoldEveryRowOnceAndDiffer) {
  DataLoader loader = loader_of(numbered(50), {.batch = 8, .shuffle = true, .seed = 3});
  Rows orders[2];
  for (int epoch = 0; epoch < 2; ++epoch) {
    for (const Rows& rows : run_epoch(loader, epoch).rows) {
      orders[epoch].insert(orders[epoch].end(), rows.begin(), rows.end());
    }
    Rows sorted = orders[epoch], all(50);
    std::ranges::sort(sorted);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(sorted, all);
  }
  EXPECT_NE(orders[0], orders[1]);
}

TEST(DataLoader, OrderAndContentAreTheSameWhateverTheThreads) {
  const RowTransform transform = [](const RowKey& key, std::span<Tensor> row) -> Status {
    for (float& x : row[0].mutable_span<float>()) {
      x = x * 1000 + static_cast<float>(key.row + 7 * key.epoch);
    }
    return {};
  };
  DataLoader one =
      loader_of(numbered(101),
                {.batch = 4, .shuffle = true, .threads = 1, .queue = 1, .transform = transform});
  DataLoader many =
      loader_of(numbered(101),
                {.batch = 4, .shuffle = true, .threads = 5, .queue = 9, .transform = transform});
  for (const std::int64_t epoch : {0, 1, 5}) {
    const Epoch a = run_epoch(one, epoch), b = run_epoch(many, epoch);
    EXPECT_EQ(a.rows, b.rows);
    EXPECT_EQ(a.x, b.x);
    const std::int64_t row = a.rows[0][0];
    EXPECT_EQ(a.x[0][0], static_cast<float>(row * 1000 + row + 7 * epoch));
  }
}

TEST(DataLoader, ResumesInTheMiddleOfAnEpoch) {
  DataLoader loader = loader_of(numbered(40), {.batch = 6, .shuffle = true, .seed = 11});
  const Epoch whole = run_epoch(loader, 2), end = run_epoch(loader, 2, 4);
  EXPECT_EQ(end.rows, std::vector<Rows>(whole.rows.begin() + 4, whole.rows.end()));
  EXPECT_TRUE(run_epoch(loader, 2, 7).rows.empty());
  EXPECT_THAT(loader.start_epoch(2, 8), FailsWith(StatusCode::kOutOfRange, "batch 8 of 7"));
}

TEST(DataLoader, AnEpochMayBeLeftAtAnyTime) {
  DataLoader loader = loader_of(numbered(1000), {.batch = 1, .threads = 3, .queue = 2});
  for (int epoch = 0; epoch < 20; ++epoch) {
    ASSERT_THAT(loader.start_epoch(epoch), IsOk());
    const auto batch = loader.next();
    ASSERT_THAT(batch, IsOk());
    EXPECT_EQ((*batch)->rows, Rows{0});
  }
}

TEST(DataLoader, AfterTheLastBatchThereIsNothing) {
  DataLoader loader = loader_of(numbered(2), {.batch = 2});
  EXPECT_THAT(loader.next(), FailsWith(StatusCode::kFailedPrecondition, "start_epoch"));
  run_epoch(loader, 0);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(loader.next()->has_value());
  DataLoader empty = loader_of(*numbered(2).subset({}), {});
  EXPECT_TRUE(run_epoch(empty, 0).rows.empty());
}

TEST(DataLoader, AFailureNamesTheRowAndStays) {
  const RowTransform transform = [](const RowKey& key, std::span<Tensor>) -> Status {
    return key.row == 5 ? data_loss("torn") : Status();
  };
  DataLoader loader = loader_of(numbered(10), {.batch = 2, .transform = transform});
  ASSERT_THAT(loader.start_epoch(0), IsOk());
  auto batch = loader.next();
  while (batch.ok() && batch->has_value()) batch = loader.next();
  EXPECT_THAT(batch, FailsWith(StatusCode::kDataLoss, "row 5: torn"));
  EXPECT_THAT(loader.next(), FailsWith(StatusCode::kDataLoss, "row 5: torn"));
}

TEST(DataLoader, ReadsOnlyAsFarAheadAsTheQueueAllows) {
  class Counting final : public DatasetSource {
   public:
    std::span<const DataField> fields() const override { return fields_; }
    std::int64_t size() const override { return 1000; }
    Status read(std::int64_t, std::span<Tensor>) const override {
      ++reads;
      return {};
    }
    mutable std::atomic<int> reads = 0;

   private:
    std::vector<DataField> fields_{{.name = "x", .dtype = DType::kF32, .shape = {}}};
  };
  auto source = std::make_shared<Counting>();
  DataLoader loader = loader_of(Dataset(source), {.batch = 1, .threads = 2, .queue = 3});
  ASSERT_THAT(loader.start_epoch(0), IsOk());
  ASSERT_THAT(loader.next(), IsOk());
  // One was taken, three wait, and each thread may hold one more.
  EXPECT_LE(source->reads, 6);
  for (int i = 0; i < 999; ++i) ASSERT_THAT(loader.next(), IsOk());
  EXPECT_EQ(source->reads, 1000);
}

TEST(DataLoader, TellsWhoWaits) {
  DataLoader loader =
      loader_of(numbered(10), {.batch = 2, .transform = [](auto&&...) -> Status { return {}; }});
  EXPECT_TRUE(loader.stats().stages.empty());
  run_epoch(loader, 0);
  std::vector<std::string> names;
  for (const StageStats& stage : loader.stats().stages) {
    names.push_back(stage.name);
    EXPECT_EQ(stage.items, 5u) << stage.name;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"order", "read", "transform", "(caller)"}));
}

TEST(DataLoader, RefusesOptionsOutOfRange) {
  const Dataset data = numbered(4);
  EXPECT_THAT(DataLoader::create(data, {.batch = 0}),
              FailsWith(StatusCode::kInvalidArgument, "batch 0"));
  EXPECT_THAT(DataLoader::create(data, {.threads = 0}),
              FailsWith(StatusCode::kInvalidArgument, "0 threads"));
  EXPECT_THAT(DataLoader::create(data, {.queue = 0}),
              FailsWith(StatusCode::kInvalidArgument, "queue 0"));
  EXPECT_THAT(DataLoader::create(Dataset(), {}), FailsWith(StatusCode::kInvalidArgument, "fields"));
  EXPECT_FALSE(DataLoader::create(data, {.batch = std::int64_t{1} << 62}).ok());
  DataLoader loader = loader_of(data, {});
  EXPECT_THAT(loader.start_epoch(-1), FailsWith(StatusCode::kInvalidArgument, "epoch -1"));
}

}  // namespace
}  // namespace tern
