// Channel<T>: a bounded queue between threads. Producers wait while it is full, consumers while it
// is empty, so that the faster side adapts to the slower one and memory stays bounded.
//
//   tern::Channel<Image> images(8);
//   producer: for (...) images.push(load(path)); images.close();
//   consumer: while (std::optional<Image> image = images.pop()) use(*image);
//
// Every method may be called from any number of threads at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>
#include <vector>

namespace tern {

struct ChannelStats {
  std::uint64_t items = 0;    // pushed since the beginning
  std::size_t depth = 0;      // in the channel now
  std::size_t max_depth = 0;  // the most there ever were
  std::size_t capacity = 0;
  std::chrono::nanoseconds producers_waited{0};  // because it was full, all producers together
  std::chrono::nanoseconds consumers_waited{0};  // because it was empty, all consumers together
};

namespace internal {

/// The part of a Channel that does not depend on T: counts, waiting, closing.
class ChannelCore {
 public:
  explicit ChannelCore(std::size_t capacity);
  ~ChannelCore();
  ChannelCore(const ChannelCore&) = delete;
  ChannelCore& operator=(const ChannelCore&) = delete;

  std::size_t capacity() const;
  /// The index of a slot to fill or empty, with the channel locked until the matching end_ call;
  /// nullopt (and unlocked) when closed, stopped, or, without `wait`, when there is no slot.
  std::optional<std::size_t> begin_push(bool wait, const std::stop_token& stop);
  void end_push();
  std::optional<std::size_t> begin_pop(bool wait, const std::stop_token& stop);
  void end_pop();
  void close();
  bool closed() const;
  ChannelStats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace internal

template <class T>
class Channel {
  static_assert(std::is_nothrow_move_constructible_v<T>,
                "an item moves while the channel is locked");

 public:
  /// Holds up to `capacity` items (at least one).
  explicit Channel(std::size_t capacity) : core_(capacity), slots_(core_.capacity()) {}

  /// Waits for room. Returns false, and drops the item, when the channel is closed or `stop` was
  /// requested.
  bool push(T item, const std::stop_token& stop = {}) {
    return finish_push(core_.begin_push(true, stop), item);
  }
  /// Returns false and leaves `item` alone when the channel is full or closed.
  bool try_push(T& item) { return finish_push(core_.begin_push(false, {}), item); }

  /// Waits for an item. Nothing when the channel is closed and empty, or when `stop` was requested.
  std::optional<T> pop(const std::stop_token& stop = {}) {
    return finish_pop(core_.begin_pop(true, stop));
  }
  /// Nothing when the channel is empty now.
  std::optional<T> try_pop() { return finish_pop(core_.begin_pop(false, {})); }

  /// No more pushes; what is inside can still be popped. Wakes everyone who waits. Idempotent.
  void close() { core_.close(); }
  bool closed() const { return core_.closed(); }
  ChannelStats stats() const { return core_.stats(); }

 private:
  bool finish_push(std::optional<std::size_t> slot, T& item) {
    if (!slot) return false;
    slots_[*slot].emplace(std::move(item));
    core_.end_push();
    return true;
  }
  std::optional<T> finish_pop(std::optional<std::size_t> slot) {
    if (!slot) return std::nullopt;
    std::optional<T> item = std::move(slots_[*slot]);
    slots_[*slot].reset();
    core_.end_pop();
    return item;
  }

  internal::ChannelCore core_;
  std::vector<std::optional<T>> slots_;  // a ring; core_ knows which are filled
};

}  // namespace tern
