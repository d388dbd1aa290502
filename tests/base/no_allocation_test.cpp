// What runs in a steady state must not allocate.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "base/caching_allocator.h"
#include "tern/parallel.h"
#include "tests/support/allocation_counter.h"

namespace tern {
namespace {

using testing::AllocationCounter;

TEST(AllocationCounter, SeesAllocations) {
  const AllocationCounter allocations;
  const auto plain = std::make_unique<std::atomic<int>>(1);
  struct alignas(128) Wide {
    int value = 2;
  };
  const auto aligned = std::make_unique<Wide>();
  EXPECT_EQ(allocations.count(), 2) << plain.get() << aligned.get();
}

TEST(NoAllocation, InThreadPoolRuns) {
  ThreadPool pool(3);
  std::atomic<std::int64_t> sum{0};
  const AllocationCounter allocations;
  for (int i = 0; i < 100; ++i) {
    pool.run([&](int thread, int) { sum += thread; });
    parallel_for(pool, 1000, [&](std::int64_t begin, std::int64_t end) { sum += end - begin; },
                 {.grain = 10, .schedule = i % 2 == 0 ? Schedule::kStatic : Schedule::kDynamic});
  }
  EXPECT_EQ(allocations.count(), 0);
  EXPECT_EQ(sum, 100 * 3 + 100 * 1000);
}

TEST(NoAllocation, WhenTheCachingAllocatorReusesBlocks) {
  HostMemory host;
  CachingAllocator allocator(host);
  const auto use_two = [&] {
    Result<void*> a = allocator.allocate(1000);
    Result<void*> b = allocator.allocate(1000);
    allocator.deallocate(*a, 1000);
    allocator.deallocate(*b, 1000);
  };
  use_two();
  const AllocationCounter allocations;
  for (int i = 0; i < 10; ++i) use_two();
  EXPECT_EQ(allocations.count(), 0);
}

TEST(NoAllocation, InChannels) {
  Channel<int> channel(4);
  const AllocationCounter allocations;
  for (int i = 0; i < 10; ++i) {
    channel.push(i);
    channel.pop();
  }
  EXPECT_EQ(allocations.count(), 0);
}

}  // namespace
}  // namespace tern
