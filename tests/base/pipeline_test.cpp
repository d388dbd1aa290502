#include "tern/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/errors.h"
#include "base/random.h"
#include "tests/support/status_matchers.h"

namespace tern {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

/// Gives 0 .. count-1.
Pipeline<int> numbers(int count) {
  return pipeline<int>("count", [n = 0, count]() mutable -> Result<std::optional<int>> {
    if (n == count) return std::optional<int>();
    return std::optional<int>(n++);
  });
}

template <class T>
std::vector<T> collected(Pipeline<T>& pipeline) {
  std::vector<T> items;
  EXPECT_THAT(pipeline.run([&](T item) -> Status {
    items.push_back(std::move(item));
    return {};
  }),
              IsOk());
  return items;
}

/// A pause that differs from item to item, so that threads overtake each other.
void uneven_pause(int n) {
  std::this_thread::sleep_for(
      microseconds(RandomStream(1, static_cast<std::uint64_t>(n)).below(200)));
}

TEST(Pipeline, AppliesItsStages) {
  auto pipeline = numbers(4)
                      .then("double", [](int n) { return 2 * n; })
                      .then("text", [](int n) -> Result<std::string> { return std::to_string(n); });
  EXPECT_THAT(collected(pipeline), ElementsAre("0", "2", "4", "6"));
}

TEST(Pipeline, ASourceAloneIsAPipeline) {
  auto pipeline = numbers(3);
  EXPECT_THAT(collected(pipeline), ElementsAre(0, 1, 2));
}

TEST(Pipeline, KeepsTheOrderWhateverTheThreadsDo) {
  const auto pause = [](int n) {
    uneven_pause(n);
    return n;
  };
  auto pipeline = numbers(300)
                      .then("first", pause, {.threads = 4})
                      .filter("odd", [](int n) { return n % 2 == 1; }, {.threads = 3})
                      .then("second", pause, {.threads = 3, .queue = 1});
  const std::vector<int> items = collected(pipeline);
  ASSERT_EQ(items.size(), 150u);
  for (int i = 0; i < 150; ++i) EXPECT_EQ(items[static_cast<std::size_t>(i)], 2 * i + 1);
}

TEST(Pipeline, UnorderedLosesNothing) {
  auto pipeline = numbers(300)
                      .then("pause",
                            [](int n) {
                              uneven_pause(n);
                              return n;
                            },
                            {.threads = 4})
                      .unordered();
  std::vector<int> items = collected(pipeline);
  EXPECT_FALSE(std::is_sorted(items.begin(), items.end()));
  std::sort(items.begin(), items.end());
  std::vector<int> expected(300);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(items, expected);
}

TEST(Pipeline, CarriesWhatCanOnlyBeMoved) {
  auto pipeline = numbers(5)
                      .then("box", [](int n) { return std::make_unique<int>(n); })
                      .batch(2)
                      .then("size", [](std::vector<std::unique_ptr<int>> v) { return v.size(); });
  EXPECT_THAT(collected(pipeline), ElementsAre(2u, 2u, 1u));
}

TEST(Pipeline, BatchesKeepOrDropTheRest) {
  auto keeps = numbers(5).batch(2);
  EXPECT_THAT(collected(keeps), ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3), ElementsAre(4)));
  auto drops = numbers(5).batch(2, false);
  EXPECT_THAT(collected(drops), ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3)));
  auto even = numbers(4).batch(2);
  EXPECT_EQ(collected(even).size(), 2u);
  auto none = numbers(0).batch(2);
  EXPECT_TRUE(collected(none).empty());
}

TEST(Pipeline, NextGivesNothingAfterTheEndAgainAndAgain) {
  auto pipeline = numbers(1);
  EXPECT_EQ(**pipeline.next(), 0);
  for (int i = 0; i < 2; ++i) {
    const auto end = pipeline.next();
    ASSERT_THAT(end, IsOk());
    EXPECT_FALSE(end->has_value());
  }
}

TEST(Pipeline, MemoryIsBoundedByTheQueues) {
  std::atomic<int> made{0};
  auto pipeline =
      tern::pipeline<int>(
          "endless", [&]() -> Result<std::optional<int>> { return std::optional<int>(made++); }, 2)
          .then("same", [](int n) { return n; }, {.threads = 1, .queue = 2});
  EXPECT_EQ(**pipeline.next(), 0);
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_LE(made, 1 + 2 + 2 + 2);  // taken, two queues, and one in the hands of each thread
}

TEST(Pipeline, TheFirstFailureStopsEverything) {
  std::atomic<int> produced{0};
  {
    auto pipeline = tern::pipeline<int>("endless",
                                        [&]() -> Result<std::optional<int>> {
                                          return std::optional<int>(produced++);
                                        })
                        .then("decode",
                              [](int n) -> Result<int> {
                                if (n == 50) return data_loss("item {} is torn", n);
                                return n;
                              },
                              {.threads = 3})
                        .then("late", [](int n) { return n; }, {.threads = 2});
    const Status status = pipeline.run([](int) -> Status { return {}; });
    EXPECT_EQ(status.to_string(), "data loss: decode: item 50 is torn");
    EXPECT_EQ(pipeline.next().status().to_string(), status.to_string());
  }
  EXPECT_LT(produced, 100) << "the source went on for longer than its queue explains";
}

TEST(Pipeline, AFailingSourceNamesItself) {
  auto pipeline = tern::pipeline<int>(
      "read", []() -> Result<std::optional<int>> { return not_found("x.csv"); });
  EXPECT_THAT(pipeline.next(), FailsWith(StatusCode::kNotFound, "read: x.csv"));
}

TEST(Pipeline, AFailingConsumerStopsTheStages) {
  auto pipeline = numbers(1'000'000).then("same", [](int n) { return n; }, {.threads = 2});
  int consumed = 0;
  const Status status = pipeline.run([&](int) -> Status {
    if (++consumed == 10) return resource_exhausted("disk full");
    return {};
  });
  EXPECT_EQ(status.to_string(), "resource exhausted: disk full");
  EXPECT_EQ(consumed, 10);
}

TEST(Pipeline, ExceptionsOfAStageBecomeFailures) {
  auto pipeline = numbers(5).then("bad", [](int n) -> int {
    if (n == 3) throw std::runtime_error("boom");
    return n;
  });
  EXPECT_THAT(pipeline.run([](int) -> Status { return {}; }),
              FailsWith(StatusCode::kInternal, "bad: threw an exception: boom"));
}

TEST(Pipeline, AStopRequestEndsIt) {
  std::stop_source source;
  auto pipeline = tern::pipeline<int>(
      "endless", []() -> Result<std::optional<int>> { return std::optional<int>(1); });
  int consumed = 0;
  const Status status = pipeline.run(
      [&](int) -> Status {
        if (++consumed == 100) source.request_stop();
        return {};
      },
      source.get_token());
  EXPECT_EQ(status.code(), StatusCode::kCancelled);
  EXPECT_EQ(consumed, 100);
}

TEST(Pipeline, IsDestroyedAtAnyMoment) {
  for (int round = 0; round < 40; ++round) {
    auto pipeline = numbers(1000)
                        .then("pause",
                              [](int n) {
                                uneven_pause(n);
                                return n;
                              },
                              {.threads = 3})
                        .batch(3);
    if (round % 4 == 0) continue;
    pipeline.start();
    for (int i = 0; i < round % 7; ++i) EXPECT_THAT(pipeline.next(), IsOk());
  }
}

TEST(Pipeline, StatisticsShowWhoWaitsForWhom) {
  auto pipeline = numbers(20).then("quick", [](int n) { return n; }).then("slow", [](int n) {
    std::this_thread::sleep_for(milliseconds(5));
    return n;
  });
  EXPECT_EQ(collected(pipeline).size(), 20u);
  const PipelineStats stats = pipeline.stats();
  ASSERT_EQ(stats.stages.size(), 4u);
  const StageStats& quick = stats.stages[1];
  const StageStats& slow = stats.stages[2];
  const StageStats& caller = stats.stages[3];
  EXPECT_EQ(quick.items, 20u);
  EXPECT_EQ(caller.items, 20u);
  EXPECT_GE(slow.busy, milliseconds(100));
  EXPECT_GE(stats.elapsed, slow.busy);
  EXPECT_GE(quick.output_wait, milliseconds(40)) << "its queue is full most of the time";
  EXPECT_GE(caller.input_wait, milliseconds(40));
  EXPECT_LT(slow.input_wait, slow.busy);
  EXPECT_THAT(stats.to_string(), HasSubstr("limited by slow"));
}

TEST(PipelineStats, PrintsATable) {
  const PipelineStats stats{.stages = {{.name = "read",
                                        .threads = 1,
                                        .items = 100,
                                        .busy = milliseconds(50),
                                        .output_wait = milliseconds(950)},
                                       {.name = "decode",
                                        .threads = 2,
                                        .items = 100,
                                        .busy = milliseconds(1900),
                                        .input_wait = milliseconds(20),
                                        .turn_wait = milliseconds(80)},
                                       {.name = "(caller)",
                                        .threads = 1,
                                        .items = 100,
                                        .busy = milliseconds(300),
                                        .input_wait = milliseconds(700)}},
                            .elapsed = milliseconds(1000)};
  EXPECT_EQ(stats.to_string(),
            "stage     threads       items    busy   waits for: input    turn  output\n"
            "read            1         100     5 %              0 %     0 %    95 %\n"
            "decode          2         100    95 %              1 %     4 %     0 %\n"
            "(caller)        1         100    30 %             70 %     0 %     0 %\n"
            "limited by decode (95 % busy)\n");
}

}  // namespace
}  // namespace tern
