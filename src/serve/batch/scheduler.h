// Scheduler: runs the requests of one model. Front ends reserve a slot, read the request's inputs
// into it and submit it; instances, a thread each, take batches from the queue and run them.
//
//   TERN_ASSIGN_OR_RETURN(Slot slot, scheduler->reserve(shapes));
//   read_into(slot.inputs());
//   std::move(slot).submit({.deadline = deadline},
//                          [](Result<std::vector<Tensor>> outputs) { ... });
//
// Every submitted request is answered exactly once, whatever happens. All methods may be called
// from any thread, close() not from a Done.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "serve/batch/answer_order.h"
#include "serve/batch/batcher.h"
#include "serve/metrics/model_metrics.h"

namespace tern::serve {

struct SchedulerOptions {
  /// Batches that run at the same time.
  int instances = 1;
  /// Answers come in the order in which requests were submitted.
  bool preserve_ordering = false;
  BatcherOptions batcher = {};
};

/// Runs the model, as Session::run(inputs, outputs); from several threads at once when there are
/// several instances.
using RunModel = std::function<Status(std::span<const Tensor> inputs, std::span<Tensor> outputs)>;

class Scheduler;

/// A place in the queue with memory for a request's inputs. Gives it back unless submitted.
class Slot {
 public:
  Slot(Slot&&) noexcept = default;
  Slot& operator=(Slot&&) = delete;
  ~Slot();

  /// One tensor per input of the model, in its order, of the shapes asked for, with indeterminate
  /// elements (strings: some text). All of them must be written before submit().
  std::span<Tensor> inputs() { return inputs_; }

  /// `done` may be called before this returns.
  void submit(RequestOptions options, Done done) &&;

 private:
  friend class Scheduler;
  Slot(std::shared_ptr<Scheduler> scheduler, Batcher::Place place, std::vector<Tensor> inputs)
      : scheduler_(std::move(scheduler)), place_(std::move(place)), inputs_(std::move(inputs)) {}

  std::shared_ptr<Scheduler> scheduler_;  // null once submitted or moved from
  Batcher::Place place_;
  std::vector<Tensor> inputs_;
};

class Scheduler : public std::enable_shared_from_this<Scheduler> {
 public:
  /// `clock` must outlive the scheduler.
  static std::shared_ptr<Scheduler> start(Signature signature, RunModel run,
                                          const SchedulerOptions& options, Clock& clock,
                                          ModelMetrics metrics = {});
  /// close() must have returned before the last owner lets go.
  ~Scheduler();

  /// A slot for inputs of these shapes, one per input of the model, for a request of a priority.
  /// kInvalidArgument: they do not suit the model. kResourceExhausted: the queue is full.
  /// kUnavailable: closed.
  Result<Slot> reserve(std::span<const Shape> shapes, std::uint64_t priority = 0);

  /// Takes no more requests, waits until those in slots and in the queue are answered, and ends the
  /// threads.
  void close();

  /// Requests that wait and do not run yet.
  std::size_t waiting() const;

 private:
  friend class Slot;
  Scheduler(Signature signature, RunModel run, const SchedulerOptions& options, Clock& clock,
            ModelMetrics metrics);

  void commit(const Batcher::Place& place, RequestOptions options, Done done);
  void abandon(const Batcher::Place& place);

  void work();
  void watch_deadlines();
  void run_batch(Batch& batch);
  void run_joined(Batch& batch);
  void run_member(Batch& batch, Member& member);
  Result<std::vector<Tensor>> run_rows(std::span<const Tensor> inputs, std::int64_t rows,
                                       std::size_t requests);
  void answer(Member& member, Result<std::vector<Tensor>> outputs);

  const Signature signature_;
  const RunModel run_;
  Clock& clock_;
  const ModelMetrics metrics_;
  const std::shared_ptr<AnswerOrder> order_;  // null: as runs end

  mutable Mutex mu_;
  CondVar work_changed_;
  CondVar deadline_changed_;
  Batcher batcher_ TERN_GUARDED_BY(mu_);
  Clock::TimePoint next_deadline_ TERN_GUARDED_BY(mu_) = Clock::TimePoint::max();
  bool closed_ TERN_GUARDED_BY(mu_) = false;
  bool ended_ TERN_GUARDED_BY(mu_) = false;  // no request is left
  std::vector<std::jthread> instances_;
  std::jthread deadline_watch_;
};

}  // namespace tern::serve
