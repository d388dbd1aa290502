#include "base/caching_allocator.h"

#include <array>
#include <atomic>
#include <bit>
#include <new>
#include <vector>

#include "base/check.h"
#include "base/errors.h"
#include "base/mutex.h"

namespace tern {
namespace {

// Sizes are counted in units of kAlignment. The first kLinear classes are 1 to 16 units; above,
// every doubling (16, 32], (32, 64] ... has kSteps classes of equal distance.
constexpr std::size_t kSteps = 8;
constexpr std::size_t kLinear = 2 * kSteps;
constexpr std::size_t kMaxBytes = std::size_t{1} << 60;  // beyond any machine, far from overflow

constexpr std::size_t class_bytes(std::size_t index) {
  if (index < kLinear) return (index + 1) * CachingAllocator::kAlignment;
  const std::size_t doubling = (index - kLinear) / kSteps;
  const std::size_t step = (index - kLinear) % kSteps + 1;
  return ((kLinear + 2 * step) << doubling) * CachingAllocator::kAlignment;
}

struct SizeClass {
  std::size_t index;
  std::size_t bytes;
};

/// The smallest class that holds `bytes`, which must be in [1, kMaxBytes].
constexpr SizeClass class_of(std::size_t bytes) {
  const std::size_t last_unit = (bytes - 1) / CachingAllocator::kAlignment;
  std::size_t index = last_unit;
  if (last_unit >= kLinear) {
    const auto doubling = static_cast<std::size_t>(std::bit_width(last_unit / kLinear)) - 1;
    index = kLinear + doubling * kSteps + ((last_unit >> doubling) - kLinear) / 2;
  }
  return {index, class_bytes(index)};
}

constexpr std::size_t kClasses = class_of(kMaxBytes).index + 1;

}  // namespace

void* HostMemory::allocate(std::size_t bytes, std::size_t alignment) noexcept {
  return ::operator new(bytes, std::align_val_t(alignment), std::nothrow);
}

void HostMemory::free(void* block, std::size_t, std::size_t alignment) noexcept {
  ::operator delete(block, std::align_val_t(alignment));
}

struct CachingAllocator::Impl {
  struct Pool {
    Mutex mu;
    std::vector<void*> idle TERN_GUARDED_BY(mu);
    std::size_t blocks TERN_GUARDED_BY(mu) = 0;  // idle and handed out; idle has room for all
  };

  MemorySource& source;
  const std::size_t limit;
  std::array<Pool, kClasses> pools;
  std::atomic<std::size_t> taken{0};  // from the source: in use and cached
  std::atomic<std::size_t> in_use{0};
  std::atomic<std::size_t> peak{0};
  std::atomic<std::uint64_t> hits{0};
  std::atomic<std::uint64_t> misses{0};

  Impl(MemorySource& from, std::size_t limit_bytes) : source(from), limit(limit_bytes) {}

  void* reuse(const SizeClass& size);
  void* take(const SizeClass& size);
  bool reserve(std::size_t bytes);
  void note_in_use(std::size_t bytes);
  Status exhausted(std::size_t bytes) const;
};

void* CachingAllocator::Impl::reuse(const SizeClass& size) {
  Pool& pool = pools[size.index];
  const MutexLock lock(pool.mu);
  if (pool.idle.empty()) return nullptr;
  void* const block = pool.idle.back();
  pool.idle.pop_back();
  return block;
}

/// Counts `bytes` as taken unless that passes the limit.
bool CachingAllocator::Impl::reserve(std::size_t bytes) {
  std::size_t before = taken.load(std::memory_order_relaxed);
  do {
    if (limit != 0 && (bytes > limit || before > limit - bytes)) return false;
  } while (!taken.compare_exchange_weak(before, before + bytes, std::memory_order_relaxed));
  return true;
}

/// A new block from the source, or null.
void* CachingAllocator::Impl::take(const SizeClass& size) {
  if (!reserve(size.bytes)) return nullptr;
  void* const block = source.allocate(size.bytes, kAlignment);
  if (block == nullptr) {
    taken.fetch_sub(size.bytes, std::memory_order_relaxed);
    return nullptr;
  }
  Pool& pool = pools[size.index];
  const MutexLock lock(pool.mu);
  ++pool.blocks;
  // Room for every block of the class, grown by doubling, so that deallocate() never allocates.
  if (pool.idle.capacity() < pool.blocks) pool.idle.reserve(std::bit_ceil(pool.blocks));
  return block;
}

void CachingAllocator::Impl::note_in_use(std::size_t bytes) {
  const std::size_t now = in_use.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  std::size_t highest = peak.load(std::memory_order_relaxed);
  while (now > highest && !peak.compare_exchange_weak(highest, now, std::memory_order_relaxed)) {
  }
}

Status CachingAllocator::Impl::exhausted(std::size_t bytes) const {
  const std::size_t used = in_use.load(std::memory_order_relaxed);
  if (limit != 0 && (bytes > limit || used > limit - bytes)) {
    return resource_exhausted("{} bytes wanted, {} in use, the limit is {}", bytes, used, limit);
  }
  return resource_exhausted("{} bytes wanted, {} in use, the device has no more", bytes, used);
}

CachingAllocator::CachingAllocator(MemorySource& source) : CachingAllocator(source, Options()) {}

CachingAllocator::CachingAllocator(MemorySource& source, Options options)
    : impl_(std::make_unique<Impl>(source, options.limit_bytes)) {}

CachingAllocator::~CachingAllocator() {
  release_cached();
  TERN_CHECK(impl_->in_use == 0, "{} bytes were never given back", impl_->in_use.load());
}

Result<void*> CachingAllocator::allocate(std::size_t bytes) {
  if (bytes == 0) return static_cast<void*>(nullptr);
  if (bytes > kMaxBytes) return impl_->exhausted(bytes);
  const SizeClass size = class_of(bytes);
  void* block = impl_->reuse(size);
  if (block != nullptr) {
    impl_->hits.fetch_add(1, std::memory_order_relaxed);
  } else {
    impl_->misses.fetch_add(1, std::memory_order_relaxed);
    block = impl_->take(size);
    if (block == nullptr) {
      release_cached();
      block = impl_->take(size);
    }
    if (block == nullptr) return impl_->exhausted(size.bytes);
  }
  impl_->note_in_use(size.bytes);
  return block;
}

void CachingAllocator::deallocate(void* block, std::size_t bytes) noexcept {
  if (block == nullptr) return;
  const SizeClass size = class_of(bytes);
  impl_->in_use.fetch_sub(size.bytes, std::memory_order_relaxed);
  Impl::Pool& pool = impl_->pools[size.index];
  const MutexLock lock(pool.mu);
  TERN_DCHECK(pool.idle.size() < pool.blocks, "more blocks of {} bytes given back than taken",
              bytes);
  pool.idle.push_back(block);
}

void CachingAllocator::release_cached() noexcept {
  for (std::size_t i = 0; i < kClasses; ++i) {
    Impl::Pool& pool = impl_->pools[i];
    const MutexLock lock(pool.mu);
    for (void* const block : pool.idle) {
      impl_->source.free(block, class_bytes(i), kAlignment);
      impl_->taken.fetch_sub(class_bytes(i), std::memory_order_relaxed);
    }
    pool.blocks -= pool.idle.size();
    pool.idle.clear();
  }
}

CachingAllocator::Statistics CachingAllocator::statistics() const {
  const std::size_t in_use = impl_->in_use.load(std::memory_order_relaxed);
  const std::size_t taken = impl_->taken.load(std::memory_order_relaxed);
  return {.in_use_bytes = in_use,
          .cached_bytes = taken > in_use ? taken - in_use : 0,
          .peak_bytes = impl_->peak.load(std::memory_order_relaxed),
          .hits = impl_->hits.load(std::memory_order_relaxed),
          .misses = impl_->misses.load(std::memory_order_relaxed)};
}

std::size_t CachingAllocator::rounded_size(std::size_t bytes) {
  return bytes == 0 ? 0 : class_of(bytes).bytes;
}

}  // namespace tern
