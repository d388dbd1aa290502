#include "serve/batch/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <numeric>
#include <stdexcept>

#include "base/errors.h"
#include "tests/serve/signatures.h"
#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"

namespace tern::serve {
namespace {

using testing::FailsWith;
using testing::FakeClock;
using testing::IsOk;
using namespace std::chrono_literals;
using ::testing::ElementsAre;

using Outputs = Result<std::vector<Tensor>>;

// y = 2 x
Status doubled(std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  TERN_ASSIGN_OR_RETURN(outputs[0], inputs[0].clone());
  for (float& y : outputs[0].mutable_span<float>()) y *= 2;
  return {};
}

// A model that stands still until the test opens it.
class Gate {
 public:
  void open() {
    const MutexLock lock(mu_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    const MutexLock lock(mu_);
    ++inside_;
    changed_.notify_all();
    while (!open_) changed_.wait(mu_);
  }
  // Until that many runs have come.
  void await(int runs) {
    const MutexLock lock(mu_);
    while (inside_ < runs) changed_.wait(mu_);
  }

 private:
  Mutex mu_;
  CondVar changed_;
  bool open_ TERN_GUARDED_BY(mu_) = false;
  int inside_ TERN_GUARDED_BY(mu_) = 0;
};

class SchedulerTest : public ::testing::Test {
 protected:
  ~SchedulerTest() override {
    gate_.open();
    if (scheduler_ != nullptr) scheduler_->close();
  }

  void start(RunModel run, SchedulerOptions options = {}) {
    scheduler_ = Scheduler::start(rows_of_floats(2), std::move(run), options, clock_);
  }

  Result<Slot> reserve(const Shape& shape) { return scheduler_->reserve(std::vector{shape}); }

  // One request with rows of `value`.
  std::future<Outputs> ask(float value, std::int64_t rows = 1, RequestOptions options = {}) {
    auto answer = std::make_shared<std::promise<Outputs>>();
    std::future<Outputs> future = answer->get_future();
    Result<Slot> slot = reserve({rows, 2});
    if (!slot.ok()) {
      answer->set_value(slot.status());
      return future;
    }
    Slot owned = std::move(*slot);
    for (float& x : owned.inputs()[0].mutable_span<float>()) x = value;
    std::move(owned).submit(std::move(options),
                            [answer](Outputs outputs) { answer->set_value(std::move(outputs)); });
    return future;
  }

  static std::vector<float> floats(const Outputs& outputs) {
    if (!outputs.ok()) {
      ADD_FAILURE() << outputs.status().to_string();
      return {};
    }
    const auto span = outputs.value()[0].span<float>();
    return {span.begin(), span.end()};
  }

  FakeClock clock_;
  Gate gate_;
  std::shared_ptr<Scheduler> scheduler_;
};

TEST_F(SchedulerTest, EveryRequestGetsItsOwnRows) {
  start(doubled, {.instances = 2});
  std::vector<std::thread> clients;
  for (int c = 0; c < 4; ++c) {
    clients.emplace_back([&, c] {
      for (int i = 0; i < 200; ++i) {
        const auto value = static_cast<float>(1000 * c + i);
        const auto rows = static_cast<std::size_t>(1 + i % 3);
        const std::vector<float> y = floats(ask(value, static_cast<std::int64_t>(rows)).get());
        ASSERT_EQ(y, std::vector<float>(2 * rows, 2 * value));
      }
    });
  }
  for (std::thread& client : clients) client.join();
}

TEST_F(SchedulerTest, RequestsThatWaitForTheSameRunAreJoined) {
  std::vector<std::int64_t> runs;
  start([&](std::span<const Tensor> inputs, std::span<Tensor> outputs) {
    runs.push_back(inputs[0].dim(0));
    gate_.pass();
    return doubled(inputs, outputs);
  });
  auto first = ask(1);
  gate_.await(1);
  auto second = ask(2, 2);
  auto third = ask(3);
  gate_.open();
  EXPECT_THAT(floats(first.get()), ElementsAre(2, 2));
  EXPECT_THAT(floats(second.get()), ElementsAre(4, 4, 4, 4));
  EXPECT_THAT(floats(third.get()), ElementsAre(6, 6));
  scheduler_->close();
  EXPECT_THAT(runs, ElementsAre(1, 3));
}

TEST_F(SchedulerTest, InstancesRunAtTheSameTime) {
  start(
      [&](std::span<const Tensor> inputs, std::span<Tensor> outputs) {
        gate_.pass();
        return doubled(inputs, outputs);
      },
      {.instances = 2, .batcher = {.join = false}});
  auto a = ask(1);
  auto b = ask(2);
  gate_.await(2);
  gate_.open();
  EXPECT_THAT(floats(a.get()), ElementsAre(2, 2));
  EXPECT_THAT(floats(b.get()), ElementsAre(4, 4));
}

TEST_F(SchedulerTest, AnswersKeepTheOrderOfRequestsWhereAsked) {
  start(
      [&](std::span<const Tensor> inputs, std::span<Tensor> outputs) {
        if (inputs[0].span<float>()[0] == 1) gate_.pass();  // the first request takes longer
        return doubled(inputs, outputs);
      },
      {.instances = 2, .preserve_ordering = true, .batcher = {.join = false}});
  auto first = ask(1);
  gate_.await(1);
  auto second = ask(2);
  auto third = ask(3);
  EXPECT_EQ(third.wait_for(20ms), std::future_status::timeout);
  EXPECT_EQ(second.wait_for(0ms), std::future_status::timeout);
  gate_.open();
  EXPECT_THAT(floats(third.get()), ElementsAre(6, 6));
  EXPECT_EQ(first.wait_for(0ms), std::future_status::ready);
  EXPECT_EQ(second.wait_for(0ms), std::future_status::ready);
}

TEST_F(SchedulerTest, AQueuePolicyEndsAWaitInTime) {
  start(
      [&](std::span<const Tensor> inputs, std::span<Tensor> outputs) {
        gate_.pass();
        return doubled(inputs, outputs);
      },
      {.batcher = {.priorities = {.policy = {.timeout = 5ms}}}});
  auto running = ask(1);
  gate_.await(1);
  auto waiting = ask(2);
  clock_.advance(5ms);
  EXPECT_THAT(waiting.get(), FailsWith(StatusCode::kDeadlineExceeded, "the queue's policy"));
  gate_.open();
  EXPECT_THAT(floats(running.get()), ElementsAre(2, 2)) << "it had stopped waiting";
}

TEST_F(SchedulerTest, WhatFailsTogetherIsTriedAlone) {
  start([&](std::span<const Tensor> inputs, std::span<Tensor> outputs) -> Status {
    gate_.pass();
    for (const float x : inputs[0].span<float>()) {
      if (x < 0) return invalid_argument("{} is negative", x);
    }
    return doubled(inputs, outputs);
  });
  auto first = ask(0);
  gate_.await(1);
  auto good = ask(1);
  auto bad = ask(-1);
  auto fine = ask(2);
  gate_.open();
  EXPECT_THAT(floats(first.get()), ElementsAre(0, 0));
  EXPECT_THAT(floats(good.get()), ElementsAre(2, 2));
  EXPECT_THAT(bad.get(), FailsWith(StatusCode::kInvalidArgument, "-1 is negative"));
  EXPECT_THAT(floats(fine.get()), ElementsAre(4, 4));
}

TEST_F(SchedulerTest, AModelThatDoesNotKeepRowsIsNotJoined) {
  std::atomic<int> most{0};
  start([&](std::span<const Tensor> inputs, std::span<Tensor> outputs) -> Status {
    gate_.pass();
    const std::span<const float> x = inputs[0].span<float>();
    most = std::max(most.load(), static_cast<int>(inputs[0].dim(0)));
    TERN_ASSIGN_OR_RETURN(
        outputs[0],
        Tensor::from<float>({1, 1}, std::vector<float>{std::accumulate(x.begin(), x.end(), 0.0F)}));
    return {};
  });
  auto first = ask(1);
  gate_.await(1);
  auto second = ask(2);
  auto third = ask(3);
  gate_.open();
  EXPECT_THAT(floats(first.get()), ElementsAre(2));
  EXPECT_THAT(floats(second.get()), ElementsAre(4));
  EXPECT_THAT(floats(third.get()), ElementsAre(6));
  EXPECT_EQ(most, 2);
}

TEST_F(SchedulerTest, ARunThatThrowsFailsItsRequestOnly) {
  start([](std::span<const Tensor> inputs, std::span<Tensor> outputs) {
    if (inputs[0].span<float>()[0] < 0) throw std::runtime_error("no more memory");
    return doubled(inputs, outputs);
  });
  EXPECT_THAT(ask(-1).get(), FailsWith(StatusCode::kInternal, "no more memory"));
  EXPECT_THAT(floats(ask(1).get()), ElementsAre(2, 2));
}

TEST_F(SchedulerTest, AnAnswerThatThrowsDoesNotEndTheInstance) {
  start(doubled);
  Result<Slot> slot = reserve({1, 2});
  ASSERT_THAT(slot, IsOk());
  Slot owned = std::move(*slot);
  for (float& x : owned.inputs()[0].mutable_span<float>()) x = 1;
  std::move(owned).submit({}, [](const Outputs&) { throw std::runtime_error("no more memory"); });
  EXPECT_THAT(floats(ask(2).get()), ElementsAre(4, 4));
}

TEST_F(SchedulerTest, ADeadlineIsKeptWhileAnotherRequestRuns) {
  start([&](std::span<const Tensor> inputs, std::span<Tensor> outputs) {
    gate_.pass();
    return doubled(inputs, outputs);
  });
  auto running = ask(1, 1, {.deadline = clock_.now() + 2s});
  gate_.await(1);
  auto waiting = ask(2, 1, {.deadline = clock_.now() + 1s});
  auto patient = ask(3);
  clock_.advance(1s);
  EXPECT_THAT(waiting.get(), FailsWith(StatusCode::kDeadlineExceeded, "waited"));
  clock_.advance(1s);
  EXPECT_THAT(running.get(), FailsWith(StatusCode::kDeadlineExceeded, "run"));
  gate_.open();
  EXPECT_THAT(floats(patient.get()), ElementsAre(6, 6));
}

TEST_F(SchedulerTest, AFullQueueIsSaidAtOnce) {
  start(
      [&](std::span<const Tensor> inputs, std::span<Tensor> outputs) {
        gate_.pass();
        return doubled(inputs, outputs);
      },
      {.batcher = {.max_requests = 2}});
  auto running = ask(1);
  gate_.await(1);
  auto a = ask(2);
  auto b = ask(3);
  EXPECT_THAT(ask(4).get(), FailsWith(StatusCode::kResourceExhausted, "queue is full"));
  EXPECT_EQ(scheduler_->waiting(), 2u);
  gate_.open();
  EXPECT_THAT(floats(a.get()), ElementsAre(4, 4));
  EXPECT_THAT(floats(b.get()), ElementsAre(6, 6));
}

TEST_F(SchedulerTest, ADroppedSlotGivesItsPlaceBack) {
  start(doubled, {.batcher = {.max_requests = 1}});
  {
    const Result<Slot> slot = reserve({1, 2});
    ASSERT_THAT(slot, IsOk());
    EXPECT_EQ(reserve({1, 2}).status().code(), StatusCode::kResourceExhausted);
  }
  EXPECT_THAT(floats(ask(1).get()), ElementsAre(2, 2));
}

TEST_F(SchedulerTest, ClosingAnswersWhatWaits) {
  start([&](std::span<const Tensor> inputs, std::span<Tensor> outputs) {
    gate_.pass();
    return doubled(inputs, outputs);
  });
  std::vector<std::future<Outputs>> answers;
  answers.push_back(ask(0));
  gate_.await(1);
  for (int i = 1; i < 50; ++i) answers.push_back(ask(static_cast<float>(i)));
  auto closed = std::async(std::launch::async, [&] { scheduler_->close(); });
  while (reserve({1, 2}).status().code() != StatusCode::kUnavailable) std::this_thread::yield();
  gate_.open();
  closed.get();
  for (int i = 0; i < 50; ++i) {
    const auto y = static_cast<float>(2 * i);
    EXPECT_THAT(floats(answers[static_cast<std::size_t>(i)].get()), ElementsAre(y, y));
  }
}

TEST_F(SchedulerTest, ClosingWaitsForSlots) {
  start(doubled);
  Result<Slot> reserved = reserve({1, 2});
  ASSERT_THAT(reserved, IsOk());
  Slot slot = std::move(*reserved);
  auto closed = std::async(std::launch::async, [&] { scheduler_->close(); });
  while (reserve({1, 2}).status().code() != StatusCode::kUnavailable) std::this_thread::yield();
  for (float& x : slot.inputs()[0].mutable_span<float>()) x = 1;
  std::promise<Outputs> answer;
  std::move(slot).submit({}, [&](Outputs outputs) { answer.set_value(std::move(outputs)); });
  EXPECT_THAT(floats(answer.get_future().get()), ElementsAre(2, 2));
  closed.get();
}

}  // namespace
}  // namespace tern::serve
