// Batcher: the queue of one model, and which requests run together. It has no thread, no lock and
// no clock of its own: the Scheduler calls it under its mutex and says what time it is.
//
// Requests of equal row shapes are joined, in the order in which they come, up to max_rows. A batch
// may run when it is full, or when nothing is gained by waiting: at once on an idle model, so that
// a single client never waits. Right after a run its clients are about to come back, so the next
// batch is held, for at most a quarter of the time the run took and at most max_hold, until as many
// rows have come together as were in the run and in the queue then, or a preferred number of them.
// Requests of a higher priority run before all of lower ones, and are joined among themselves only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "serve/batch/batch.h"
#include "serve/batch/queue_policy.h"

namespace tern::serve {

struct BatcherOptions {
  /// Join requests at all.
  bool join = true;
  /// Rows of a joined batch. A request with more runs alone.
  std::int64_t max_rows = 32;
  Clock::Duration max_hold = std::chrono::milliseconds(2);
  /// Numbers of rows that are worth no more waiting.
  std::vector<std::int64_t> preferred_rows;
  Priorities priorities;
  /// Requests, and bytes of their inputs, that may wait.
  std::size_t max_requests = 1024;
  std::size_t max_bytes = std::size_t{1} << 30;
  /// Memory of finished batches kept for the next ones.
  std::size_t spare_batches = 2;
};

class Batcher {
 public:
  /// A place in a batch, to be committed or abandoned.
  struct Place {
    std::shared_ptr<Batch> batch;
    std::size_t member = 0;
  };
  /// A request that will not run, and why.
  using Dropped = std::vector<std::pair<Done, Status>>;

  /// `signature` must outlive this.
  Batcher(const Signature& signature, BatcherOptions options)
      : signature_(signature), options_(options) {}

  /// Room for one request of a priority (0: that of requests that name none). kInvalidArgument when
  /// the shapes do not suit the model, kResourceExhausted when too much waits already or memory
  /// cannot be had.
  Result<Place> reserve(std::span<const Shape> shapes, Clock::TimePoint now,
                        std::uint64_t priority = 0);
  /// The rows are written.
  void commit(const Place& place, RequestOptions options, Done done);
  /// They will not be.
  void abandon(const Place& place);

  struct Next {
    std::shared_ptr<Batch> batch;                      // to run; null when there is none now
    Clock::TimePoint again = Clock::TimePoint::max();  // when time alone can change that
  };
  /// The next batch to run, with members that wait and no others. Members that are late or whose
  /// client has left are taken out and added to `dropped`.
  Next take(Clock::TimePoint now, Dropped& dropped);
  /// A batch from take() has run for `took`.
  void finished(std::shared_ptr<Batch> batch, Clock::TimePoint now, Clock::Duration took);

  /// Adds the requests whose deadline has come, waiting or running, to `dropped`. Returns the next
  /// deadline.
  Clock::TimePoint expire(Clock::TimePoint now, Dropped& dropped);

  /// Requests that have a place and do not run yet.
  std::size_t waiting() const { return requests_; }
  bool idle() const { return queue_.empty() && running_.empty(); }
  bool queue_empty() const { return queue_.empty(); }
  /// From now on every request runs alone.
  void stop_joining() { options_.join = false; }
  /// From now on what waits may run at once.
  void stop_holding();

 private:
  bool due(const Batch& batch, Clock::TimePoint now) const;
  std::shared_ptr<Batch> open_batch(std::span<const Shape> shapes, std::int64_t rows,
                                    std::uint64_t priority) const;
  void enqueue(std::shared_ptr<Batch> batch);
  Result<std::shared_ptr<Batch>> new_batch(std::span<const Shape> shapes,
                                           std::optional<std::int64_t> rows, std::size_t bytes);
  void drop_dead(Batch& batch, Clock::TimePoint now, Dropped& dropped);
  void leave(Batch& batch, Member& member);
  void recycle(std::shared_ptr<Batch> batch);

  const Signature& signature_;
  BatcherOptions options_;
  std::deque<std::shared_ptr<Batch>> queue_;  // by priority, oldest first
  std::vector<std::shared_ptr<Batch>> running_;
  std::vector<std::shared_ptr<Batch>> spare_;
  std::size_t requests_ = 0;
  std::size_t bytes_ = 0;
  std::map<std::uint64_t, std::size_t> by_priority_;  // requests_, where there are priorities
  std::int64_t waiting_rows_ = 0;
  std::int64_t expected_rows_ = 0;
  Clock::TimePoint hold_until_ = Clock::TimePoint::min();
};

}  // namespace tern::serve
