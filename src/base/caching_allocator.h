// CachingAllocator: keeps freed blocks and hands them out again, for memory whose size a plan
// cannot know (dynamic shapes, training activations, server buffers). A device is a MemorySource.
//
//   HostMemory host;
//   CachingAllocator allocator(host, {.limit_bytes = std::size_t{4} << 30});
//   TERN_ASSIGN_OR_RETURN(void* block, allocator.allocate(bytes));
//   allocator.deallocate(block, bytes);
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "tern/status.h"

namespace tern {

/// Where blocks come from: a device's own slow allocation. Called from many threads at once.
struct MemorySource {
  virtual ~MemorySource() = default;
  /// `bytes` (not 0) at a multiple of `alignment` (a power of two), or null when there is none.
  virtual void* allocate(std::size_t bytes, std::size_t alignment) noexcept = 0;
  /// Takes back what allocate() gave for the same numbers.
  virtual void free(void* block, std::size_t bytes, std::size_t alignment) noexcept = 0;
};

/// The machine's main memory.
struct HostMemory final : MemorySource {
  void* allocate(std::size_t bytes, std::size_t alignment) noexcept override;
  void free(void* block, std::size_t bytes, std::size_t alignment) noexcept override;
};

/// Sizes are rounded up to classes, eight per doubling, so a block wastes at most an eighth (or 64
/// bytes). Every method may be called from many threads at once.
class CachingAllocator {
 public:
  static constexpr std::size_t kAlignment = 64;

  struct Options {
    /// Most bytes taken from the source, in use and cached together; 0 means no limit.
    std::size_t limit_bytes = 0;
  };

  struct Statistics {
    std::size_t in_use_bytes = 0;  // handed out, rounded up to classes
    std::size_t cached_bytes = 0;  // kept for the next request
    std::size_t peak_bytes = 0;    // the most that was in use at once
    std::uint64_t hits = 0;        // requests served from the cache
    std::uint64_t misses = 0;      // requests that went to the source
  };

  /// `source` must outlive the allocator.
  explicit CachingAllocator(MemorySource& source);
  CachingAllocator(MemorySource& source, Options options);
  /// Every block must have been given back.
  ~CachingAllocator();
  CachingAllocator(const CachingAllocator&) = delete;
  CachingAllocator& operator=(const CachingAllocator&) = delete;

  /// At least `bytes`, aligned to kAlignment; null for 0 bytes. Before it fails with
  /// kResourceExhausted (limit reached, source empty) the cache is released and the request
  /// retried.
  Result<void*> allocate(std::size_t bytes);
  /// Takes back a block of allocate() with the same `bytes`. Null is ignored.
  void deallocate(void* block, std::size_t bytes) noexcept;

  /// Gives every cached block back to the source.
  void release_cached() noexcept;
  /// A snapshot; numbers of a busy allocator may be a moment apart.
  Statistics statistics() const;

  /// The bytes that a block for `bytes` really has.
  static std::size_t rounded_size(std::size_t bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern
