#include "tern/channel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace tern {
namespace {

using std::chrono::milliseconds;

TEST(Channel, KeepsTheOrder) {
  Channel<int> channel(3);
  for (int round = 0; round < 4; ++round) {
    EXPECT_TRUE(channel.push(1));
    EXPECT_TRUE(channel.push(2));
    EXPECT_EQ(channel.pop(), 1);
    EXPECT_EQ(channel.pop(), 2);
  }
}

TEST(Channel, CarriesWhatCanOnlyBeMoved) {
  Channel<std::unique_ptr<int>> channel(1);
  EXPECT_TRUE(channel.push(std::make_unique<int>(5)));
  EXPECT_EQ(**channel.pop(), 5);
}

TEST(Channel, TryVariantsNeverWait) {
  Channel<std::unique_ptr<int>> channel(1);
  EXPECT_FALSE(channel.try_pop().has_value());
  auto first = std::make_unique<int>(1);
  auto second = std::make_unique<int>(2);
  EXPECT_TRUE(channel.try_push(first));
  EXPECT_FALSE(channel.try_push(second));
  ASSERT_NE(second, nullptr) << "a refused item stays with the caller";
  EXPECT_EQ(**channel.try_pop(), 1);
}

TEST(Channel, HoldsAtLeastOneItem) {
  Channel<int> channel(0);
  EXPECT_TRUE(channel.push(1));
  EXPECT_EQ(channel.stats().capacity, 1u);
}

TEST(Channel, CloseLetsConsumersDrainAndRefusesProducers) {
  Channel<int> channel(4);
  channel.push(1);
  channel.close();
  channel.close();
  EXPECT_TRUE(channel.closed());
  EXPECT_FALSE(channel.push(2));
  int item = 3;
  EXPECT_FALSE(channel.try_push(item));
  EXPECT_EQ(channel.pop(), 1);
  EXPECT_EQ(channel.pop(), std::nullopt);
}

TEST(Channel, CloseWakesEveryoneWhoWaits) {
  Channel<int> full(1);
  Channel<int> empty(1);
  full.push(0);
  std::atomic<int> left{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] { left += full.push(1) ? 0 : 1; });
    threads.emplace_back([&] { left += empty.pop() ? 0 : 1; });
  }
  std::this_thread::sleep_for(milliseconds(2));
  full.close();
  empty.close();
  threads.clear();
  EXPECT_EQ(left, 4);
}

TEST(Channel, AStopRequestEndsTheWaitButNotTheChannel) {
  Channel<int> channel(1);
  std::stop_source source;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(milliseconds(2));
    source.request_stop();
  });
  EXPECT_EQ(channel.pop(source.get_token()), std::nullopt);
  EXPECT_FALSE(channel.push(1, source.get_token()));
  EXPECT_TRUE(channel.push(2));
  EXPECT_EQ(channel.pop(source.get_token()), std::nullopt) << "a stopped consumer takes nothing";
  EXPECT_EQ(channel.pop(), 2);
}

// The item wakes one of two consumers; if that is the one that was stopped, it must wake the other.
TEST(Channel, AStoppedConsumerDoesNotSwallowTheWakeUp) {
  for (int round = 0; round < 300; ++round) {
    Channel<int> channel(1);
    std::stop_source source;
    std::atomic<int> received{0};
    std::jthread stays([&] { received = channel.pop().value_or(0); });
    std::jthread stopped([&] {
      if (auto item = channel.pop(source.get_token())) channel.push(*item);
    });
    std::jthread stopper([&] { source.request_stop(); });
    channel.push(7);
    stays.join();
    EXPECT_EQ(received, 7);
  }
}

TEST(Channel, EveryItemArrivesOnceBetweenManyThreads) {
  constexpr int kThreads = 3;
  constexpr int kItems = 5000;
  Channel<int> channel(4);
  std::vector<std::atomic<int>> seen(kThreads * kItems);
  std::vector<std::jthread> producers;
  std::vector<std::jthread> consumers;
  for (int t = 0; t < kThreads; ++t) {
    producers.emplace_back([&, t] {
      for (int i = 0; i < kItems; ++i) channel.push(t * kItems + i);
    });
    consumers.emplace_back([&] {
      while (const auto item = channel.pop()) seen[static_cast<std::size_t>(*item)]++;
    });
  }
  producers.clear();
  channel.close();
  consumers.clear();
  for (const auto& count : seen) ASSERT_EQ(count, 1);
  const ChannelStats stats = channel.stats();
  EXPECT_EQ(stats.items, seen.size());
  EXPECT_EQ(stats.depth, 0u);
  EXPECT_LE(stats.max_depth, 4u);
}

// The pauses are far longer than what is asked of them, for machines that are busy elsewhere.
TEST(Channel, StatisticsTellThatProducersWaited) {
  Channel<int> channel(1);
  channel.push(1);
  std::jthread consumer([&] {
    std::this_thread::sleep_for(milliseconds(60));
    channel.pop();
  });
  channel.push(2);
  EXPECT_GE(channel.stats().producers_waited, milliseconds(10));
  EXPECT_EQ(channel.stats().consumers_waited.count(), 0);
}

TEST(Channel, StatisticsTellThatConsumersWaited) {
  Channel<int> channel(1);
  std::jthread producer([&] {
    std::this_thread::sleep_for(milliseconds(60));
    channel.push(1);
  });
  channel.pop();
  EXPECT_GE(channel.stats().consumers_waited, milliseconds(10));
  EXPECT_EQ(channel.stats().producers_waited.count(), 0);
}

}  // namespace
}  // namespace tern
