#include "tern/channel.h"

#include <algorithm>

#include "base/mutex.h"

namespace tern::internal {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// One side of the channel: who waits there, and how long they did.
struct Side {
  CondVar ready;
  int waiting = 0;
  std::chrono::nanoseconds waited{0};
};

}  // namespace

// The lock is taken in one method and released in another, which clang's analysis cannot follow;
// hence no TERN_GUARDED_BY here. Between begin and end a slot belongs to the caller.
struct ChannelCore::Impl {
  explicit Impl(std::size_t slots) : capacity(slots) {}

  /// Waits on `side` until `possible` or the channel is closed. False when stop was requested.
  template <class Possible>
  bool await(Side& side, Possible possible, const std::stop_token& stop) TERN_REQUIRES(mu) {
    if (possible() || closed) return true;
    const SteadyClock::time_point before = SteadyClock::now();
    ++side.waiting;
    bool going = true;
    while (going && !possible() && !closed) {
      if (stop.stop_possible()) {
        going = side.ready.wait(mu, stop);
      } else {
        side.ready.wait(mu);
      }
    }
    --side.waiting;
    side.waited += SteadyClock::now() - before;
    return going;
  }

  /// Leaves without having taken anything. If a wake-up brought the caller here it is not lost for
  /// the others: a stop request, the only reason to leave after one, wakes all of them.
  std::nullopt_t give_up() TERN_RELEASE(mu) {
    mu.unlock();
    return std::nullopt;
  }

  /// Releases the lock and wakes one of the other side.
  void finish(Side& other) TERN_RELEASE(mu) {
    const bool waiting = other.waiting > 0;
    mu.unlock();
    if (waiting) other.ready.notify_one();
  }

  const std::size_t capacity;
  Mutex mu;
  Side producers;
  Side consumers;
  std::size_t first = 0;
  std::size_t depth = 0;
  std::size_t max_depth = 0;
  std::uint64_t items = 0;
  bool closed = false;
};

ChannelCore::ChannelCore(std::size_t capacity)
    : impl_(std::make_unique<Impl>(std::max<std::size_t>(capacity, 1))) {}

ChannelCore::~ChannelCore() = default;

std::size_t ChannelCore::capacity() const { return impl_->capacity; }

std::optional<std::size_t> ChannelCore::begin_push(bool wait, const std::stop_token& stop)
    TERN_NO_THREAD_SAFETY_ANALYSIS {
  Impl& c = *impl_;
  c.mu.lock();
  const auto has_room = [&c] { return c.depth < c.capacity; };
  if (stop.stop_requested()) return c.give_up();
  if (wait && !c.await(c.producers, has_room, stop)) return c.give_up();
  if (c.closed || !has_room()) return c.give_up();
  return (c.first + c.depth) % c.capacity;
}

void ChannelCore::end_push() TERN_NO_THREAD_SAFETY_ANALYSIS {
  Impl& c = *impl_;
  ++c.items;
  ++c.depth;
  c.max_depth = std::max(c.max_depth, c.depth);
  c.finish(c.consumers);
}

std::optional<std::size_t> ChannelCore::begin_pop(bool wait, const std::stop_token& stop)
    TERN_NO_THREAD_SAFETY_ANALYSIS {
  Impl& c = *impl_;
  c.mu.lock();
  const auto has_item = [&c] { return c.depth > 0; };
  if (stop.stop_requested()) return c.give_up();
  if (wait && !c.await(c.consumers, has_item, stop)) return c.give_up();
  if (!has_item()) return c.give_up();
  return c.first;
}

void ChannelCore::end_pop() TERN_NO_THREAD_SAFETY_ANALYSIS {
  Impl& c = *impl_;
  c.first = (c.first + 1) % c.capacity;
  --c.depth;
  c.finish(c.producers);
}

void ChannelCore::close() {
  {
    const MutexLock lock(impl_->mu);
    impl_->closed = true;
  }
  impl_->producers.ready.notify_all();
  impl_->consumers.ready.notify_all();
}

bool ChannelCore::closed() const {
  const MutexLock lock(impl_->mu);
  return impl_->closed;
}

ChannelStats ChannelCore::stats() const {
  const MutexLock lock(impl_->mu);
  return {.items = impl_->items,
          .depth = impl_->depth,
          .max_depth = impl_->max_depth,
          .capacity = impl_->capacity,
          .producers_waited = impl_->producers.waited,
          .consumers_waited = impl_->consumers.waited};
}

}  // namespace tern::internal
