#include "serve/batch/scheduler.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/check.h"
#include "base/errors.h"
#include "base/log.h"

namespace tern::serve {
namespace {

// A front end that has no memory left to answer with must not end the instance.
void call(const Done& done, Result<std::vector<Tensor>> outputs) {
  try {
    done(std::move(outputs));
  } catch (const std::exception& e) {
    log_error("an answer was not given: {}", e.what());
  }
}

void answer_all(Batcher::Dropped dropped) {
  for (auto& [done, why] : dropped) call(done, std::move(why));
}

}  // namespace

Slot::~Slot() {
  if (scheduler_ != nullptr) scheduler_->abandon(place_);
}

void Slot::submit(RequestOptions options, Done done) && {
  inputs_.clear();
  const std::shared_ptr<Scheduler> scheduler = std::move(scheduler_);
  scheduler->commit(std::exchange(place_, {}), std::move(options), std::move(done));
}

std::shared_ptr<Scheduler> Scheduler::start(Signature signature, RunModel run,
                                            const SchedulerOptions& options, Clock& clock,
                                            ModelMetrics metrics) {
  std::shared_ptr<Scheduler> scheduler(
      new Scheduler(std::move(signature), std::move(run), options, clock, std::move(metrics)));
  Scheduler* const self = scheduler.get();
  for (int i = 0; i < std::max(1, options.instances); ++i) {
    self->instances_.emplace_back([self] { self->work(); });
  }
  self->deadline_watch_ = std::jthread([self] { self->watch_deadlines(); });
  return scheduler;
}

Scheduler::Scheduler(Signature signature, RunModel run, const SchedulerOptions& options,
                     Clock& clock, ModelMetrics metrics)
    : signature_(std::move(signature)),
      run_(std::move(run)),
      clock_(clock),
      metrics_(std::move(metrics)),
      order_(options.preserve_ordering ? std::make_shared<AnswerOrder>() : nullptr),
      batcher_(signature_, options.batcher) {}

Scheduler::~Scheduler() {
  TERN_CHECK(instances_.empty() && !deadline_watch_.joinable(), "a scheduler was not closed");
}

Result<Slot> Scheduler::reserve(std::span<const Shape> shapes, std::uint64_t priority) {
  const Clock::TimePoint now = clock_.now();
  const MutexLock lock(mu_);
  if (closed_) return unavailable("the model is being unloaded");
  TERN_ASSIGN_OR_RETURN(Batcher::Place place, batcher_.reserve(shapes, now, priority));
  metrics_.waiting(batcher_.waiting());
  const Member& member = place.batch->members[place.member];
  std::vector<Tensor> inputs = place.batch->inputs_of(member.first_row, member.rows);
  return Slot(shared_from_this(), std::move(place), std::move(inputs));
}

void Scheduler::commit(const Batcher::Place& place, RequestOptions options, Done done) {
  const MutexLock lock(mu_);
  if (order_ != nullptr) done = order_->wrap(std::move(done));
  const Clock::TimePoint deadline =
      std::min(options.deadline, place.batch->members[place.member].wait_until);
  if (deadline < next_deadline_) {
    next_deadline_ = deadline;
    deadline_changed_.notify_one();
  }
  batcher_.commit(place, std::move(options), std::move(done));
  work_changed_.notify_one();
}

void Scheduler::abandon(const Batcher::Place& place) {
  const MutexLock lock(mu_);
  batcher_.abandon(place);
  metrics_.waiting(batcher_.waiting());
  work_changed_.notify_one();  // the rest of the batch may have waited for this one
}

std::size_t Scheduler::waiting() const {
  const MutexLock lock(mu_);
  return batcher_.waiting();
}

void Scheduler::close() {
  {
    const MutexLock lock(mu_);
    closed_ = true;
    batcher_.stop_holding();
    work_changed_.notify_all();
  }
  instances_.clear();  // joins
  {
    const MutexLock lock(mu_);
    ended_ = true;
    deadline_changed_.notify_all();
  }
  if (deadline_watch_.joinable()) deadline_watch_.join();
}

// One instance: takes batches until the scheduler is closed and the queue is empty.
void Scheduler::work() {
  while (true) {
    Batcher::Dropped dropped;
    std::shared_ptr<Batch> batch;
    {
      const MutexLock lock(mu_);
      while (batch == nullptr && dropped.empty()) {
        Batcher::Next next = batcher_.take(clock_.now(), dropped);
        batch = std::move(next.batch);
        if (batch != nullptr || !dropped.empty()) break;
        if (closed_ && batcher_.queue_empty()) {
          work_changed_.notify_all();
          return;
        }
        if (next.again == Clock::TimePoint::max()) {
          work_changed_.wait(mu_);
        } else {
          clock_.wait_until(work_changed_, mu_, next.again);
        }
      }
      metrics_.waiting(batcher_.waiting());
    }
    answer_all(std::move(dropped));
    if (batch == nullptr) continue;
    const Clock::TimePoint began = clock_.now();
    run_batch(*batch);
    const Clock::TimePoint ended = clock_.now();
    const MutexLock lock(mu_);
    batcher_.finished(std::move(batch), ended, ended - began);
  }
}

void Scheduler::watch_deadlines() {
  while (true) {
    Batcher::Dropped dropped;
    {
      const MutexLock lock(mu_);
      while (true) {
        next_deadline_ = batcher_.expire(clock_.now(), dropped);
        if (!dropped.empty()) break;
        if (ended_) return;
        if (next_deadline_ == Clock::TimePoint::max()) {
          deadline_changed_.wait(mu_);
        } else {
          clock_.wait_until(deadline_changed_, mu_, next_deadline_);
        }
      }
      metrics_.waiting(batcher_.waiting());
    }
    answer_all(std::move(dropped));
  }
}

void Scheduler::run_batch(Batch& batch) {
  const Clock::TimePoint now = clock_.now();
  for (const Member& member : batch.members) metrics_.left_queue(now - member.arrived);
  batch.close_gaps();
  if (batch.members.size() == 1) {
    run_member(batch, batch.members[0]);
  } else {
    run_joined(batch);
  }
}

// One run for all members. What fails together may still succeed alone: one request's values must
// not spoil the others' answers.
void Scheduler::run_joined(Batch& batch) {
  Result<std::vector<Tensor>> outputs =
      run_rows(batch.inputs_of(0, batch.rows), batch.rows, batch.members.size());
  if (!outputs.ok()) {
    for (Member& member : batch.members) run_member(batch, member);
    return;
  }
  const bool rows_kept = std::ranges::all_of(*outputs, [&](const Tensor& output) {
    return output.rank() > 0 && output.dim(0) == batch.rows;
  });
  if (!rows_kept) {
    log_warning("a run over {} rows gave another number of rows: requests are not joined any more",
                batch.rows);
    {
      const MutexLock lock(mu_);
      batcher_.stop_joining();
    }
    for (Member& member : batch.members) run_member(batch, member);
    return;
  }
  for (Member& member : batch.members) {
    std::vector<Tensor> parts;
    Status status;
    for (const Tensor& output : *outputs) {
      Result<Tensor> part = output.slice(member.first_row, member.first_row + member.rows);
      if (!part.ok()) {  // rows of a packed type that do not begin at a byte
        status = part.status();
        break;
      }
      parts.push_back(std::move(*part));
    }
    if (status.ok()) {
      answer(member, std::move(parts));
    } else {
      run_member(batch, member);
    }
  }
}

void Scheduler::run_member(Batch& batch, Member& member) {
  const std::vector<Tensor> inputs = batch.inputs_of(member.first_row, member.rows);
  const bool has_rows = !inputs.empty() && inputs[0].rank() > 0;
  answer(member, run_rows(inputs, has_rows ? inputs[0].dim(0) : 1, 1));
}

Result<std::vector<Tensor>> Scheduler::run_rows(std::span<const Tensor> inputs, std::int64_t rows,
                                                std::size_t requests) {
  std::vector<Tensor> outputs(signature_.outputs().size());
  const Clock::TimePoint began = clock_.now();
  try {
    TERN_TRY(run_(inputs, outputs));
  } catch (const std::exception& e) {  // of memory, most likely: the other requests go on
    return internal_error("the run failed: {}", e.what());
  }
  metrics_.ran(requests, rows, clock_.now() - began);
  return outputs;
}

// Unless its deadline has answered it meanwhile.
void Scheduler::answer(Member& member, Result<std::vector<Tensor>> outputs) {
  Done done;
  {
    const MutexLock lock(mu_);
    done = std::exchange(member.done, nullptr);
  }
  if (done) call(done, std::move(outputs));
}

}  // namespace tern::serve
