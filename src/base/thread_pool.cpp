#include "tern/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <span>
#include <system_error>
#include <thread>
#include <vector>

namespace tern {
namespace {

using SpinClock = std::chrono::steady_clock;

// The next job of a running plan is a few microseconds away, so a waiting thread spins. Beyond this
// time it parks: an idle pool costs nothing, and on a busy machine the core goes to someone who
// works.
constexpr auto kParkAfter = std::chrono::microseconds(100);
constexpr int kPausesPerRound = 32;
constexpr std::size_t kCacheLine = 64;

constexpr auto kNoJob = [](int, int) {};

void pause_cpu() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield" ::: "memory");
#endif
}

/// Waits until ready() for at most kParkAfter and returns what it said last. A crowded team (more
/// threads than cores) hardly waits: spinning would keep the thread it waits for off the core.
template <class Ready>
bool spin_until(Ready ready, bool crowded) {
  const SpinClock::time_point start = SpinClock::now();
  while (true) {
    for (int i = 0; i < kPausesPerRound; ++i) {
      if (ready()) return true;
      pause_cpu();
    }
    if (crowded || SpinClock::now() - start > kParkAfter) return ready();
  }
}

/// Moves the calling thread off `core`, if it may run anywhere else. On a busy machine the
/// scheduler sees two threads that hand work to each other as one load and likes to keep them on
/// one core, where each waits for the other's spinning to end: 63 us a fork-join were measured
/// instead of 0.1.
void leave_core(int core) {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  cpu_set_t others = allowed;
  CPU_CLR(static_cast<unsigned>(core), &others);
  if (CPU_COUNT(&others) == 0) return;
  if (::sched_setaffinity(0, sizeof others, &others) != 0) return;  // moves the thread at once
  ::sched_setaffinity(0, sizeof allowed, &allowed);
}

int cores() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

}  // namespace

// One job at a time: `busy` is held by the caller whose job runs. The caller writes `job`, offers
// every worker its part and bumps `epoch` to wake them. Whoever takes an offer runs that part and
// counts `pending` down; run() returns only at pending == 0, so nobody reads `job` while it
// changes. A caller that is done with its own part takes the offers that are still open: a worker
// that the machine has no core for at the moment, or that is just waking up, costs nothing then but
// its help. Which thread runs a part makes no difference to its result. A worker that comes late
// may take an offer of a later job than the one it woke up for; it reads `job` only afterwards.
//
// Parking is the usual two-flag protocol: the sleeper announces itself and then looks at the value
// again (inside wait()), the waker changes the value and then looks for sleepers. Both sides are
// sequentially consistent, so at least one of them sees the other.
struct ThreadPool::Impl {
  explicit Impl(int threads);
  ~Impl();

  void run(FunctionRef<void(int, int)> new_job);
  void work(int thread);
  bool take_offer(int thread);
  void await_epoch_after(std::uint32_t seen);
  void await_workers();

  struct alignas(kCacheLine) Offer {
    std::atomic<bool> open{false};
  };

  int size = 1;
  bool crowded = false;
  std::vector<std::thread> workers;
  std::vector<Offer> offers;  // by thread; that of the caller is never open

  alignas(kCacheLine) std::atomic<std::uint32_t> epoch{0};
  FunctionRef<void(int, int)> job{kNoJob};
  std::atomic<bool> stop{false};
  std::atomic<int> caller_core{-1};  // where the caller ran when it published the job

  alignas(kCacheLine) std::atomic<int> pending{0};
  std::atomic<bool> caller_parked{false};

  alignas(kCacheLine) std::atomic<bool> busy{false};
  std::atomic<int> parked_workers{0};
};

ThreadPool::Impl::Impl(int threads) {
  size = threads > 0 ? threads : cores();
  crowded = size > cores();
  offers = std::vector<Offer>(static_cast<std::size_t>(size));
  // A worker reads `size` only after the first epoch, so a shorter team can still be settled here.
  workers.reserve(static_cast<std::size_t>(size - 1));
  try {
    for (int t = 1; t < size; ++t) workers.emplace_back([this, t] { work(t); });
  } catch (const std::system_error&) {
    size = static_cast<int>(workers.size()) + 1;
  }
}

ThreadPool::Impl::~Impl() {
  stop = true;
  epoch.fetch_add(1);
  epoch.notify_all();
  for (std::thread& worker : workers) worker.join();
}

void ThreadPool::Impl::run(FunctionRef<void(int, int)> new_job) {
  if (size == 1 || busy.exchange(true, std::memory_order_acquire)) {
    for (int t = 0; t < size; ++t) new_job(t, size);
    return;
  }
  job = new_job;
  caller_core.store(::sched_getcpu(), std::memory_order_relaxed);
  pending.store(size - 1, std::memory_order_relaxed);
  for (Offer& offer : std::span(offers).subspan(1)) {
    offer.open.store(true, std::memory_order_release);
  }
  epoch.fetch_add(1);
  if (parked_workers.load() > 0) epoch.notify_all();
  new_job(0, size);
  for (int t = size - 1; t > 0; --t) {
    if (!take_offer(t)) continue;
    new_job(t, size);
    pending.fetch_sub(1, std::memory_order_relaxed);
  }
  await_workers();
  busy.store(false, std::memory_order_release);
}

bool ThreadPool::Impl::take_offer(int thread) {
  std::atomic<bool>& open = offers[static_cast<std::size_t>(thread)].open;
  return open.load(std::memory_order_relaxed) && open.exchange(false, std::memory_order_acquire);
}

void ThreadPool::Impl::await_workers() {
  const auto done = [this] { return pending.load(std::memory_order_acquire) == 0; };
  if (done() || spin_until(done, crowded)) return;
  caller_parked.store(true);
  for (int left = pending.load(); left != 0; left = pending.load()) pending.wait(left);
  caller_parked.store(false, std::memory_order_relaxed);
}

void ThreadPool::Impl::await_epoch_after(std::uint32_t seen) {
  const auto changed = [&] { return epoch.load(std::memory_order_acquire) != seen; };
  if (spin_until(changed, crowded)) return;
  parked_workers.fetch_add(1);
  epoch.wait(seen);
  parked_workers.fetch_sub(1);
}

void ThreadPool::Impl::work(int thread) {
  for (std::uint32_t seen = 0;;) {
    await_epoch_after(seen);
    seen = epoch.load(std::memory_order_acquire);
    if (stop) return;
    const int core = ::sched_getcpu();
    if (core == caller_core.load(std::memory_order_relaxed) && !crowded) leave_core(core);
    if (!take_offer(thread)) continue;
    job(thread, size);
    if (pending.fetch_sub(1) == 1 && caller_parked.load()) pending.notify_all();
  }
}

ThreadPool::ThreadPool(int threads) : impl_(std::make_unique<Impl>(threads)) {}

ThreadPool::~ThreadPool() = default;

int ThreadPool::size() const { return impl_->size; }

void ThreadPool::run(FunctionRef<void(int, int)> job) { impl_->run(job); }

void ThreadPool::parallel_for(std::int64_t count, std::int64_t grain,
                              FunctionRef<void(std::int64_t, std::int64_t)> body) {
  if (count <= 0) return;
  const std::int64_t fitting = count / std::max<std::int64_t>(grain, 1);
  const std::int64_t parts = std::clamp<std::int64_t>(fitting, 1, impl_->size);
  if (parts == 1) return body(0, count);
  const std::int64_t share = count / parts;
  const std::int64_t longer = count % parts;  // the first `longer` ranges take one more
  impl_->run([&](int thread, int) {
    if (thread >= parts) return;
    const std::int64_t begin = thread * share + std::min<std::int64_t>(thread, longer);
    body(begin, begin + share + (thread < longer ? 1 : 0));
  });
}

}  // namespace tern
