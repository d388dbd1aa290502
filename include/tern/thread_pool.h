// ThreadPool: the persistent threads that kernels, data pipelines and parallel_for share.
//
//   tern::ThreadPool pool(2);                       // the caller and one worker
//   pool.run([&](int thread, int threads) { ... }); // once per thread, returns when all are done
//
// One pool serves one caller at a time: run() from two threads at once is safe, the second caller
// then executes all parts itself instead of waiting. Nothing here is global; pools are passed in.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace tern {

/// A non-owning reference to a callable: two words, never allocates. Valid while the callable
/// lives.
template <class Signature>
class FunctionRef;

template <class R, class... Args>
class FunctionRef<R(Args...)> {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef> &&
           std::is_invocable_r_v<R, F&, Args...>) FunctionRef(F&& f)  // NOLINT: implicit by design
      : object_(const_cast<void*>(static_cast<const void*>(&f))),
        call_([](void* object, Args... args) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<Args>(args)...);
        }) {}

  R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

 private:
  void* object_;
  R (*call_)(void*, Args...);
};

/// A fixed team of threads that spins for a short time between jobs and then parks.
class ThreadPool {
 public:
  /// A team of `threads` (at least 1) of which the caller of run() is one; 0 means one per core.
  explicit ThreadPool(int threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// The size of the team, caller included.
  int size() const;

  /// Calls job(part, size()) once per part in [0, size()): part 0 on the caller, others on workers
  /// or, where these come late, on the caller too. Returns when all calls have returned. Allocates
  /// nothing, takes no lock while workers spin. `job` must not throw nor wait for another part. A
  /// nested call from inside a job runs all its parts on the calling thread.
  void run(FunctionRef<void(int thread, int threads)> job);

  /// Splits [0, count) into one contiguous range per thread, none smaller than `grain` (the last
  /// excepted), and calls body(begin, end) for each. Runs on the caller alone when one range is
  /// enough.
  void parallel_for(std::int64_t count, std::int64_t grain,
                    FunctionRef<void(std::int64_t begin, std::int64_t end)> body);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern
