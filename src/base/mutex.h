// Mutex, MutexLock and CondVar: std's, with annotations that let clang check at compile time that a
// member marked TERN_GUARDED_BY(mu_) is touched only under its lock.
//
//   void Queue::wait_for_item() {
//     const MutexLock lock(mu_);
//     while (items_.empty()) changed_.wait(mu_);   // a loop, not a predicate: clang sees into it
//   }
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

#if defined(__clang__)
#define TERN_THREAD_ANNOTATION_(x) __attribute__((x))
#else
#define TERN_THREAD_ANNOTATION_(x)
#endif
/// The member may be read or written only while `mu` is held.
#define TERN_GUARDED_BY(mu) TERN_THREAD_ANNOTATION_(guarded_by(mu))
/// What the pointer points to may be touched only while `mu` is held.
#define TERN_PT_GUARDED_BY(mu) TERN_THREAD_ANNOTATION_(pt_guarded_by(mu))
/// The function must be called with the mutex held.
#define TERN_REQUIRES(...) TERN_THREAD_ANNOTATION_(requires_capability(__VA_ARGS__))
/// The function locks or unlocks the mutex itself and must be called without it.
#define TERN_EXCLUDES(...) TERN_THREAD_ANNOTATION_(locks_excluded(__VA_ARGS__))
#define TERN_ACQUIRE(...) TERN_THREAD_ANNOTATION_(acquire_capability(__VA_ARGS__))
#define TERN_RELEASE(...) TERN_THREAD_ANNOTATION_(release_capability(__VA_ARGS__))
#define TERN_TRY_ACQUIRE(...) TERN_THREAD_ANNOTATION_(try_acquire_capability(__VA_ARGS__))
/// The body is not checked: for the primitives themselves.
#define TERN_NO_THREAD_SAFETY_ANALYSIS TERN_THREAD_ANNOTATION_(no_thread_safety_analysis)

namespace tern {

/// A std::mutex that clang knows about. Not recursive. Lock it with MutexLock.
class TERN_THREAD_ANNOTATION_(capability("mutex")) Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock() TERN_ACQUIRE() { mu_.lock(); }
  void unlock() TERN_RELEASE() { mu_.unlock(); }
  bool try_lock() TERN_TRY_ACQUIRE(true) { return mu_.try_lock(); }

 private:
  std::mutex mu_;
};

/// Holds a Mutex from construction to the end of the scope.
class TERN_THREAD_ANNOTATION_(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mu) TERN_ACQUIRE(mu) : mu_(mu) { mu_.lock(); }
  ~MutexLock() TERN_RELEASE() { mu_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mu_;
};

/// A condition variable for Mutex. Every wait may return early: call it in a loop that tests the
/// condition. Notifying is safe with and without the mutex held.
class CondVar {
 public:
  void notify_one() { cv_.notify_one(); }
  void notify_all() { cv_.notify_all(); }

  /// Releases `mu`, sleeps until notified, and holds `mu` again.
  void wait(Mutex& mu) TERN_REQUIRES(mu) TERN_NO_THREAD_SAFETY_ANALYSIS { cv_.wait(mu); }

  /// The same, but a stop request wakes the sleeper too. Returns false when stop was requested.
  bool wait(Mutex& mu, std::stop_token stop) TERN_REQUIRES(mu) TERN_NO_THREAD_SAFETY_ANALYSIS {
    cv_.wait(mu, stop, [woken = false]() mutable { return std::exchange(woken, true); });
    return !stop.stop_requested();
  }

  /// The same, but no longer than until `deadline`. Returns false when the deadline has passed.
  bool wait_until(Mutex& mu, std::chrono::steady_clock::time_point deadline)
      TERN_REQUIRES(mu) TERN_NO_THREAD_SAFETY_ANALYSIS {
    return cv_.wait_until(mu, deadline) == std::cv_status::no_timeout;
  }

  /// Until notified, stopped or `deadline`. Returns false when stopped or the deadline has passed.
  bool wait_until(Mutex& mu, std::chrono::steady_clock::time_point deadline, std::stop_token stop)
      TERN_REQUIRES(mu) TERN_NO_THREAD_SAFETY_ANALYSIS {
    const bool notified = cv_.wait_until(
        mu, stop, deadline, [woken = false]() mutable { return std::exchange(woken, true); });
    return notified && !stop.stop_requested() && std::chrono::steady_clock::now() < deadline;
  }

 private:
  std::condition_variable_any cv_;
};

}  // namespace tern
