#include "base/caching_allocator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/random.h"
#include "tests/support/status_matchers.h"

namespace tern {
namespace {

using testing::FailsWith;
using testing::IsOk;

constexpr std::size_t kMiB = std::size_t{1} << 20;

/// Host memory of a small device, which checks that every block comes back as it was given.
class SmallDevice final : public MemorySource {
 public:
  explicit SmallDevice(std::size_t capacity) : capacity_(capacity) {}
  ~SmallDevice() override { EXPECT_TRUE(blocks_.empty()) << "blocks were not given back"; }

  void* allocate(std::size_t bytes, std::size_t alignment) noexcept override {
    const std::lock_guard lock(mu_);
    if (bytes > capacity_ - used_) return nullptr;
    used_ += bytes;
    void* const block = host_.allocate(bytes, alignment);
    blocks_[block] = bytes;
    return block;
  }
  void free(void* block, std::size_t bytes, std::size_t alignment) noexcept override {
    const std::lock_guard lock(mu_);
    EXPECT_EQ(blocks_.at(block), bytes);
    blocks_.erase(block);
    used_ -= bytes;
    host_.free(block, bytes, alignment);
  }
  std::size_t used() const { return used_; }

 private:
  std::mutex mu_;
  std::map<void*, std::size_t> blocks_;
  std::size_t capacity_;
  std::size_t used_ = 0;
  HostMemory host_;
};

void* must_allocate(CachingAllocator& allocator, std::size_t bytes) {
  const Result<void*> block = allocator.allocate(bytes);
  EXPECT_THAT(block, IsOk());
  return block.ok() ? *block : nullptr;
}

TEST(CachingAllocator, RoundsUpByAtMostAnEighth) {
  std::size_t previous = 0;
  for (std::size_t bytes = 1; bytes < 3 * kMiB; bytes += 1 + bytes / 50) {
    const std::size_t rounded = CachingAllocator::rounded_size(bytes);
    EXPECT_GE(rounded, bytes);
    EXPECT_LT(rounded - bytes, std::max<std::size_t>(64, bytes / 8 + 1)) << bytes;
    EXPECT_EQ(rounded % CachingAllocator::kAlignment, 0u);
    EXPECT_EQ(CachingAllocator::rounded_size(rounded), rounded);
    EXPECT_GE(rounded, previous);
    previous = rounded;
  }
  EXPECT_EQ(CachingAllocator::rounded_size(0), 0u);
  EXPECT_EQ(CachingAllocator::rounded_size(std::size_t{1} << 60), std::size_t{1} << 60);
}

TEST(CachingAllocator, BlocksAreAlignedAndWritable) {
  HostMemory host;
  CachingAllocator allocator(host);
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{100}, 5 * kMiB}) {
    void* const block = must_allocate(allocator, bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 64, 0u);
    std::memset(block, 0xab, bytes);
    allocator.deallocate(block, bytes);
  }
}

TEST(CachingAllocator, ReusesABlockOfTheSameClass) {
  SmallDevice device(kMiB);
  CachingAllocator allocator(device);
  void* const first = must_allocate(allocator, 1000);
  allocator.deallocate(first, 1000);
  EXPECT_EQ(must_allocate(allocator, 1010), first);
  allocator.deallocate(first, 1010);
  const auto s = allocator.statistics();
  EXPECT_EQ(s.hits, 1u);
  EXPECT_EQ(s.misses, 1u);
}

TEST(CachingAllocator, StatisticsFollowTheBlocks) {
  SmallDevice device(kMiB);
  CachingAllocator allocator(device);
  void* const a = must_allocate(allocator, 128);
  void* const b = must_allocate(allocator, 64);
  allocator.deallocate(a, 128);
  auto s = allocator.statistics();
  EXPECT_EQ(s.in_use_bytes, 64u);
  EXPECT_EQ(s.cached_bytes, 128u);
  EXPECT_EQ(s.peak_bytes, 192u);
  allocator.release_cached();
  EXPECT_EQ(allocator.statistics().cached_bytes, 0u);
  EXPECT_EQ(device.used(), 64u);
  allocator.deallocate(b, 64);
}

TEST(CachingAllocator, NothingIsANullBlock) {
  HostMemory host;
  CachingAllocator allocator(host);
  EXPECT_EQ(must_allocate(allocator, 0), nullptr);
  allocator.deallocate(nullptr, 0);
  EXPECT_EQ(allocator.statistics().misses, 0u);
}

TEST(CachingAllocator, KeepsToItsLimit) {
  SmallDevice device(kMiB);
  CachingAllocator allocator(device, {.limit_bytes = 1024});
  void* const a = must_allocate(allocator, 640);
  EXPECT_THAT(
      allocator.allocate(448),
      FailsWith(StatusCode::kResourceExhausted, "448 bytes wanted, 640 in use, the limit is 1024"));
  void* const b = must_allocate(allocator, 384);
  allocator.deallocate(a, 640);
  allocator.deallocate(b, 384);
}

TEST(CachingAllocator, MakesRoomFromTheCacheBeforeItFails) {
  SmallDevice device(kMiB);
  CachingAllocator allocator(device, {.limit_bytes = 1024});
  allocator.deallocate(must_allocate(allocator, 640), 640);
  void* const b = must_allocate(allocator, 1024);
  EXPECT_EQ(device.used(), 1024u);
  allocator.deallocate(b, 1024);
}

TEST(CachingAllocator, ReportsAnEmptyDevice) {
  SmallDevice device(1000);
  CachingAllocator allocator(device);
  EXPECT_THAT(allocator.allocate(5000), FailsWith(StatusCode::kResourceExhausted, "no more"));
  EXPECT_THAT(allocator.allocate(~std::size_t{0}), FailsWith(StatusCode::kResourceExhausted, ""));
  EXPECT_EQ(allocator.statistics().in_use_bytes, 0u);
}

TEST(CachingAllocator, ABlockThatIsNeverGivenBackIsABug) {
  HostMemory host;
  EXPECT_DEATH(
      {
        CachingAllocator allocator(host);
        (void)allocator.allocate(64);
      },
      "never given back");
}

TEST(CachingAllocator, ThreadsNeverShareABlock) {
  SmallDevice device(64 * kMiB);
  CachingAllocator allocator(device, {.limit_bytes = 8 * kMiB});
  std::atomic<int> overwritten{0};
  std::vector<std::jthread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      RandomStream rng(1, t);
      for (int i = 0; i < 2000; ++i) {
        const std::size_t bytes = 1 + rng.below(20'000);
        const Result<void*> block = allocator.allocate(bytes);
        if (!block.ok()) continue;
        std::memset(*block, static_cast<int>(t), bytes);
        if (i % 100 == 0) allocator.release_cached();
        if (static_cast<unsigned char*>(*block)[bytes - 1] != t) overwritten++;
        allocator.deallocate(*block, bytes);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(overwritten, 0);
  const auto s = allocator.statistics();
  EXPECT_EQ(s.in_use_bytes, 0u);
  EXPECT_GT(s.hits, s.misses);
  EXPECT_LE(s.peak_bytes, 8 * kMiB);
}

}  // namespace
}  // namespace tern
