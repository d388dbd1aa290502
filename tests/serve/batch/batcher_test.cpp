#include "serve/batch/batcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/serve/signatures.h"
#include "tests/support/status_matchers.h"

namespace tern::serve {
namespace {

using testing::FailsWith;
using testing::IsOk;
using namespace std::chrono_literals;
using ::testing::ElementsAre;

// A batcher whose time the test tells.
class BatcherTest : public ::testing::Test {
 protected:
  BatcherTest() { set({}); }

  void set(const BatcherOptions& options) { batcher_.emplace(signature_, options); }

  Batcher::Place reserve(const Shape& shape, std::uint64_t priority = 0) {
    Result<Batcher::Place> place = batcher_->reserve(std::vector<Shape>{shape}, now_, priority);
    EXPECT_THAT(place, IsOk());
    return place.ok() ? *place : Batcher::Place{};
  }
  void commit(const Batcher::Place& place, RequestOptions options = {}) {
    batcher_->commit(place, std::move(options),
                     [this](const Result<std::vector<Tensor>>&) { ++answered_; });
  }
  Batcher::Place add(const Shape& shape, RequestOptions options = {}) {
    const Batcher::Place place = reserve(shape);
    commit(place, std::move(options));
    return place;
  }
  Batcher::Place add_urgent(const Shape& shape, std::uint64_t priority) {
    const Batcher::Place place = reserve(shape, priority);
    commit(place);
    return place;
  }
  std::shared_ptr<Batch> take() {
    next_ = batcher_->take(now_, dropped_);
    return next_.batch;
  }
  // The first rows and numbers of rows of the members.
  static std::vector<std::pair<std::int64_t, std::int64_t>> rows(const Batch& batch) {
    std::vector<std::pair<std::int64_t, std::int64_t>> all;
    for (const Member& member : batch.members) all.emplace_back(member.first_row, member.rows);
    return all;
  }
  static void fill(const Batcher::Place& place, float value) {
    const Member& member = place.batch->members[place.member];
    for (Tensor& input : place.batch->inputs_of(member.first_row, member.rows)) {
      std::ranges::fill(input.mutable_span<float>(), value);
    }
  }

  Signature signature_ = rows_of_floats(2);
  std::optional<Batcher> batcher_;
  Clock::TimePoint now_{std::chrono::hours(1)};
  Batcher::Dropped dropped_;
  Batcher::Next next_;
  int answered_ = 0;
};

TEST_F(BatcherTest, ARequestToAnIdleModelRunsAtOnce) {
  EXPECT_EQ(take(), nullptr);
  EXPECT_EQ(next_.again, Clock::TimePoint::max());
  add({3, 2});
  const auto batch = take();
  ASSERT_NE(batch, nullptr);
  EXPECT_THAT(rows(*batch), ElementsAre(std::pair(0, 3)));
  EXPECT_EQ(batcher_->waiting(), 0u);
  EXPECT_FALSE(batcher_->idle());
  batcher_->finished(batch, now_, 0ms);
  EXPECT_TRUE(batcher_->idle());
}

TEST_F(BatcherTest, RequestsThatComeDuringARunRunTogether) {
  add({1, 2});
  const auto first = take();
  add({1, 2});
  add({2, 2});
  add({1, 2});
  batcher_->finished(first, now_, 0ms);
  const auto second = take();
  ASSERT_NE(second, nullptr);
  EXPECT_THAT(rows(*second), ElementsAre(std::pair(0, 1), std::pair(1, 2), std::pair(3, 1)));
  EXPECT_EQ(second->inputs_of(0, second->rows)[0].shape(), (Shape{4, 2}));
}

TEST_F(BatcherTest, OtherRowShapesAreBatchesOfTheirOwn) {
  signature_ = signature({io("x", DType::kF32, {'N', 'S'})}, {io("y", DType::kF32, {'N', 'S'})});
  set({});
  add({1, 2});
  add({1, 3});
  add({1, 2});
  const auto twos = take();
  const auto threes = take();
  EXPECT_EQ(twos->rows, 2);
  EXPECT_EQ(threes->rows, 1);
  EXPECT_EQ(take(), nullptr);
}

TEST_F(BatcherTest, BatchesEndAtTheLimitInTheOrderOfArrival) {
  set({.max_rows = 4});
  for (int i = 0; i < 3; ++i) add({2, 2});
  EXPECT_EQ(take()->rows, 4);
  EXPECT_EQ(take()->rows, 2);
}

TEST_F(BatcherTest, ARequestOverTheLimitRunsAlone) {
  set({.max_rows = 4});
  add({1, 2});
  add({5, 2});
  add({1, 2});
  EXPECT_EQ(take()->members.size(), 2u);
  const auto large = take();
  EXPECT_EQ(large->members.size(), 1u);
  EXPECT_EQ(large->inputs[0].shape(), (Shape{5, 2}));
}

TEST_F(BatcherTest, ARequestWithoutRowsRunsAlone) {
  add({0, 2});
  add({1, 2});
  EXPECT_EQ(take()->inputs[0].shape(), (Shape{0, 2}));
  EXPECT_EQ(take()->rows, 1);
}

TEST_F(BatcherTest, WithoutJoiningEachRunsAlone) {
  set({.join = false});
  add({1, 2});
  add({1, 2});
  EXPECT_EQ(take()->members.size(), 1u);
  EXPECT_EQ(take()->members.size(), 1u);
  EXPECT_EQ(take(), nullptr);
}

TEST_F(BatcherTest, InputsWithDifferentNumbersOfRowsAreNotJoined) {
  signature_ = signature({io("a", DType::kF32, {'N'}), io("b", DType::kF32, {'M'})},
                         {io("y", DType::kF32, {'N'})});
  set({});
  for (int i = 0; i < 2; ++i) {
    const auto place = batcher_->reserve(std::vector<Shape>{{2}, {3}}, now_);
    ASSERT_THAT(place, IsOk());
    commit(*place);
  }
  EXPECT_EQ(take()->members.size(), 1u);
  EXPECT_EQ(take()->members.size(), 1u);
}

TEST_F(BatcherTest, PackedRowsThatDoNotEndAtAByteAreNotJoined) {
  signature_ = signature({io("x", DType::kI4, {'N', 'K'})}, {io("y", DType::kI4, {'N', 'K'})});
  set({});
  add({1, 3});
  add({1, 3});
  EXPECT_EQ(take()->members.size(), 1u);
  EXPECT_EQ(take()->members.size(), 1u);
  add({1, 4});
  add({1, 4});
  EXPECT_EQ(take()->members.size(), 2u);
}

TEST_F(BatcherTest, ShapesThatDoNotSuitTheModelAreRefused) {
  EXPECT_THAT(
      batcher_->reserve(std::vector<Shape>{{1, 3}}, now_),
      FailsWith(StatusCode::kInvalidArgument, "input x has shape [1,3], the model wants f32[N,2]"));
  EXPECT_THAT(batcher_->reserve(std::vector<Shape>{{2}}, now_),
              FailsWith(StatusCode::kInvalidArgument, "input x has shape [2]"));
}

TEST_F(BatcherTest, TheQueueIsBoundedInRequests) {
  set({.max_requests = 2});
  const std::vector<Shape> shapes{{1, 2}};
  const auto place = reserve({1, 2});
  add({1, 2});
  EXPECT_THAT(batcher_->reserve(shapes, now_),
              FailsWith(StatusCode::kResourceExhausted, "the queue is full: 2 requests wait"));
  batcher_->abandon(place);
  add({1, 2});
  EXPECT_EQ(batcher_->waiting(), 2u);
  EXPECT_NE(take(), nullptr);
  EXPECT_THAT(batcher_->reserve(shapes, now_), IsOk());
}

TEST_F(BatcherTest, TheQueueIsBoundedInBytes) {
  set({.max_bytes = 40});  // a row has 8
  add({3, 2});
  EXPECT_THAT(
      batcher_->reserve(std::vector<Shape>{{3, 2}}, now_),
      FailsWith(StatusCode::kResourceExhausted, "24 bytes wait, 24 more are over the limit of 40"));
  add({2, 2});
  EXPECT_NE(take(), nullptr);
  add({5, 2});
}

TEST_F(BatcherTest, RowsOfAnAbandonedPlaceAreClosedUp) {
  const auto a = reserve({1, 2});
  const auto b = reserve({2, 2});
  const auto c = reserve({2, 2});
  fill(a, 1);
  fill(c, 3);
  commit(a);
  commit(c);
  EXPECT_EQ(take(), nullptr) << "b is still being written";
  batcher_->abandon(b);
  const auto batch = take();
  ASSERT_NE(batch, nullptr);
  batch->close_gaps();
  EXPECT_THAT(rows(*batch), ElementsAre(std::pair(0, 1), std::pair(1, 2)));
  const Tensor x = batch->inputs_of(0, batch->rows)[0];
  EXPECT_THAT(x.span<float>(), ElementsAre(1, 1, 3, 3, 3, 3));
}

TEST_F(BatcherTest, StringsAreClosedUpToo) {
  signature_ = signature({io("x", DType::kString, {'N'})}, {io("y", DType::kString, {'N'})});
  set({});
  const auto a = reserve({1});
  const auto b = reserve({1});
  const std::string text = "long enough to be on the heap, as most texts are";
  b.batch->inputs_of(1, 1)[0].mutable_span<std::string>()[0] = text;
  commit(b);
  batcher_->abandon(a);
  const auto batch = take();
  batch->close_gaps();
  EXPECT_EQ(batch->inputs_of(0, 1)[0].span<std::string>()[0], text);
}

TEST_F(BatcherTest, TheLastPlaceIsGivenBackWhenAbandoned) {
  set({.max_rows = 3});
  add({1, 2});
  batcher_->abandon(reserve({2, 2}));
  add({2, 2});
  EXPECT_THAT(rows(*take()), ElementsAre(std::pair(0, 1), std::pair(1, 2)));
}

TEST_F(BatcherTest, ABatchOfAbandonedPlacesGoesAway) {
  batcher_->abandon(reserve({1, 2}));
  EXPECT_TRUE(batcher_->queue_empty());
  const auto a = reserve({1, 2});
  const auto b = reserve({1, 2});
  batcher_->abandon(a);
  batcher_->abandon(b);
  EXPECT_TRUE(batcher_->queue_empty());
  EXPECT_EQ(batcher_->waiting(), 0u);
}

TEST_F(BatcherTest, AWriterHoldsUpItsOwnBatchOnly) {
  signature_ = signature({io("x", DType::kF32, {'N', 'S'})}, {io("y", DType::kF32, {'N', 'S'})});
  set({});
  const auto slow = reserve({1, 2});
  add({1, 3});
  const auto other = take();
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(other->row_shapes[0], (Shape{3}));
  add({1, 2});  // the slow one's batch is sealed: it waits for one writer and no more
  commit(slow);
  EXPECT_EQ(take()->members.size(), 1u);
  EXPECT_EQ(take()->members.size(), 1u);
}

TEST_F(BatcherTest, AfterARunItWaitsForAsManyRowsAsWereThere) {
  add({1, 2});
  auto batch = take();
  add({1, 2});
  add({1, 2});
  now_ += 40ms;
  batcher_->finished(batch, now_, 40ms);  // 1 ran, 2 wait: 3 are expected
  EXPECT_EQ(take(), nullptr);
  EXPECT_EQ(next_.again, now_ + 2ms) << "max_hold is shorter than a quarter of the run";
  now_ += 1ms;
  add({1, 2});
  batch = take();
  ASSERT_NE(batch, nullptr);
  EXPECT_EQ(batch->rows, 3);
}

TEST_F(BatcherTest, TheWaitEndsAfterAQuarterOfTheRun) {
  add({1, 2});
  const auto batch = take();
  add({1, 2});
  now_ += 4ms;
  batcher_->finished(batch, now_, 4ms);
  EXPECT_EQ(take(), nullptr);
  EXPECT_EQ(next_.again, now_ + 1ms);
  now_ += 1ms;
  EXPECT_EQ(take()->rows, 1);
}

TEST_F(BatcherTest, ASingleClientNeverWaits) {
  for (int i = 0; i < 3; ++i) {
    add({1, 2});
    const auto batch = take();
    ASSERT_NE(batch, nullptr) << i;
    now_ += 1s;
    batcher_->finished(batch, now_, 1s);
  }
}

TEST_F(BatcherTest, AnIdleModelNeverWaits) {
  add({4, 2});
  const auto batch = take();
  now_ += 1s;
  batcher_->finished(batch, now_, 1s);
  now_ += 1s;
  add({1, 2});
  EXPECT_NE(take(), nullptr);
}

TEST_F(BatcherTest, NobodyIsHeldOnceThatIsStopped) {
  add({2, 2});
  const auto batch = take();
  batcher_->finished(batch, now_, 1s);
  add({1, 2});
  EXPECT_EQ(take(), nullptr);
  batcher_->stop_holding();
  EXPECT_NE(take(), nullptr);
}

TEST_F(BatcherTest, LateRequestsDoNotRun) {
  add({1, 2}, {.deadline = now_ + 5ms});
  add({1, 2});
  now_ += 5ms;
  const auto batch = take();
  ASSERT_NE(batch, nullptr);
  batch->close_gaps();
  EXPECT_THAT(rows(*batch), ElementsAre(std::pair(0, 1)));
  ASSERT_EQ(dropped_.size(), 1u);
  EXPECT_THAT(dropped_[0].second, FailsWith(StatusCode::kDeadlineExceeded, "deadline"));
}

TEST_F(BatcherTest, RequestsOfClientsThatLeftDoNotRun) {
  std::stop_source client;
  add({1, 2}, {.client_left = client.get_token()});
  client.request_stop();
  EXPECT_EQ(take(), nullptr);
  ASSERT_EQ(dropped_.size(), 1u);
  EXPECT_EQ(dropped_[0].second.code(), StatusCode::kCancelled);
  EXPECT_TRUE(batcher_->idle());
}

TEST_F(BatcherTest, DeadlinesComeWhileWaitingAndWhileRunning) {
  add({1, 2}, {.deadline = now_ + 10ms});
  const auto running = take();
  add({1, 2}, {.deadline = now_ + 20ms});
  add({1, 2}, {.deadline = now_ + 30ms});
  EXPECT_EQ(batcher_->expire(now_, dropped_), now_ + 10ms);
  EXPECT_TRUE(dropped_.empty());
  now_ += 10ms;
  EXPECT_EQ(batcher_->expire(now_, dropped_), now_ + 10ms);
  ASSERT_EQ(dropped_.size(), 1u);
  EXPECT_THAT(dropped_[0].second, FailsWith(StatusCode::kDeadlineExceeded, "did not end before"));
  EXPECT_FALSE(running->members[0].done) << "it must not be answered again";
  now_ += 10ms;
  EXPECT_EQ(batcher_->expire(now_, dropped_), now_ + 10ms);
  EXPECT_EQ(dropped_.size(), 2u);
  EXPECT_EQ(batcher_->waiting(), 1u);
  now_ += 10ms;
  EXPECT_EQ(batcher_->expire(now_, dropped_), Clock::TimePoint::max());
  EXPECT_EQ(dropped_.size(), 3u);
  EXPECT_EQ(take(), nullptr);
}

TEST_F(BatcherTest, MemoryOfFinishedBatchesIsUsedAgain) {
  add({1, 2});
  auto batch = take();
  const void* memory = batch->inputs[0].raw();
  batcher_->finished(std::move(batch), now_, 0ms);
  add({2, 2});
  EXPECT_EQ(take()->inputs[0].raw(), memory);
}

TEST_F(BatcherTest, LargeRowsMakeSmallBatches) {
  signature_ = rows_of_floats(4 << 20);  // 16 MiB a row, 64 MiB a batch
  set({});
  for (int i = 0; i < 5; ++i) add({1, 4 << 20});
  EXPECT_EQ(take()->rows, 4);
  EXPECT_EQ(take()->rows, 1);
}

TEST_F(BatcherTest, HigherPrioritiesRunFirstAndAmongThemselves) {
  set({.priorities = {.levels = 3, .by_default = 2}});
  add_urgent({1, 2}, 3);
  add_urgent({2, 2}, 2);
  add_urgent({3, 2}, 1);
  add_urgent({4, 2}, 0);   // as 2
  add_urgent({5, 2}, 99);  // there is no such level: as 2
  add_urgent({6, 2}, 1);
  EXPECT_EQ(take()->rows, 3 + 6);
  EXPECT_EQ(take()->rows, 2 + 4 + 5);
  EXPECT_EQ(take()->rows, 1);
}

TEST_F(BatcherTest, PrioritiesMeanNothingUnlessTheModelHasLevels) {
  add_urgent({1, 2}, 3);
  add_urgent({2, 2}, 1);
  EXPECT_EQ(take()->rows, 3);
}

TEST_F(BatcherTest, APreferredNumberOfRowsWaitsForNoMore) {
  set({.max_rows = 16, .max_hold = 8ms, .preferred_rows = {3}});
  for (int i = 0; i < 4; ++i) add({1, 2});
  const auto first = take();
  add({1, 2});
  add({1, 2});
  batcher_->finished(first, now_, 100ms);
  EXPECT_EQ(take(), nullptr) << "four and two rows are expected";
  add({1, 2});
  EXPECT_EQ(take()->rows, 3);
}

TEST_F(BatcherTest, APolicyLimitsTheWaitOfItsPriority) {
  set({.priorities = {
           .levels = 2,
           .by_default = 2,
           .policies = {{1, {.timeout = 10ms}}, {2, {.timeout = 5ms, .reject = false}}}}});
  const Batcher::Place slow = reserve({1, 2}, 2);  // its batch cannot run
  const Batcher::Place fast = reserve({1, 2}, 1);
  add_urgent({1, 2}, 1);
  add_urgent({1, 2}, 2);
  EXPECT_EQ(batcher_->expire(now_, dropped_), now_ + 10ms);
  now_ += 10ms;
  EXPECT_EQ(batcher_->expire(now_, dropped_), Clock::TimePoint::max());
  ASSERT_EQ(dropped_.size(), 1u);
  EXPECT_THAT(dropped_[0].second, FailsWith(StatusCode::kDeadlineExceeded, "the queue's policy"));
  batcher_->abandon(slow);
  batcher_->abandon(fast);
  EXPECT_EQ(take()->rows, 2) << "the other one goes on waiting";
}

TEST_F(BatcherTest, APolicyLimitsHowManyOfItsPriorityWait) {
  set({.priorities = {.levels = 2, .by_default = 1, .policies = {{2, {.max_requests = 1}}}}});
  add_urgent({1, 2}, 2);
  EXPECT_THAT(batcher_->reserve(std::vector<Shape>{{1, 2}}, now_, 2),
              FailsWith(StatusCode::kResourceExhausted, "1 requests of priority 2 wait"));
  add_urgent({1, 2}, 1);
  EXPECT_EQ(take()->rows, 1);
  EXPECT_EQ(take()->rows, 1);
  EXPECT_THAT(batcher_->reserve(std::vector<Shape>{{1, 2}}, now_, 2), IsOk());
}

}  // namespace
}  // namespace tern::serve
