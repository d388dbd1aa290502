#include "serve/batch/batcher.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/checked_math.h"
#include "base/errors.h"

namespace tern::serve {
namespace {

// A joined batch gets memory for all the rows it may take; of large rows it takes fewer.
constexpr std::size_t kMaxBatchBytes = std::size_t{64} << 20;

// Rows can be joined when each of them begins at a byte.
bool rows_at_bytes(const Signature& signature, std::span<const Shape> shapes) {
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const DType dtype = signature.inputs()[i].type.dtype;
    if (is_sub_byte(dtype) && row_shape(shapes[i]).elements() * bit_width(dtype) % 8 != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

Result<Batcher::Place> Batcher::reserve(std::span<const Shape> shapes, Clock::TimePoint now,
                                        std::uint64_t priority) {
  TERN_TRY(signature_.check(shapes));
  const std::optional<std::size_t> bytes = bytes_of(signature_, shapes);
  if (!bytes) return invalid_argument("the inputs are larger than memory can be");
  if (requests_ >= options_.max_requests) {
    return resource_exhausted("the queue is full: {} requests wait", requests_);
  }
  if (*bytes > options_.max_bytes - std::min(options_.max_bytes, bytes_)) {
    return resource_exhausted("the queue is full: {} bytes wait, {} more are over the limit of {}",
                              bytes_, *bytes, options_.max_bytes);
  }
  const std::uint64_t level = options_.priorities.level_of(priority);
  const QueuePolicy& policy = options_.priorities.policy_of(level);
  std::size_t& at_level = by_priority_[level];
  if (policy.max_requests > 0 && at_level >= policy.max_requests) {
    return resource_exhausted("the queue is full: {} requests of priority {} wait", at_level,
                              level);
  }
  std::optional<std::int64_t> rows = common_rows(shapes);
  if (!options_.join || (rows && (*rows < 1 || *rows > options_.max_rows)) ||
      !rows_at_bytes(signature_, shapes)) {
    rows.reset();
  }
  Place place;
  if (rows) place.batch = open_batch(shapes, *rows, level);
  if (place.batch == nullptr) {
    TERN_ASSIGN_OR_RETURN(place.batch, new_batch(shapes, rows, *bytes));
    place.batch->priority = level;
    enqueue(place.batch);
  }
  Batch& batch = *place.batch;
  place.member = batch.members.size();
  batch.members.push_back({.first_row = batch.rows, .rows = rows.value_or(1), .arrived = now});
  if (policy.timeout.count() > 0 && policy.reject) {
    batch.members.back().wait_until = now + policy.timeout;
  }
  batch.rows += rows.value_or(1);
  ++batch.filling;
  ++requests_;
  ++at_level;
  bytes_ += *bytes;
  return place;
}

// The youngest batches of a priority are at its end, and few are open at a time: those before them
// are sealed or full.
std::shared_ptr<Batch> Batcher::open_batch(std::span<const Shape> shapes, std::int64_t rows,
                                           std::uint64_t priority) const {
  constexpr int kLook = 8;
  int looked = 0;
  for (auto it = queue_.rbegin(); it != queue_.rend() && looked < kLook; ++it) {
    if ((*it)->priority > priority) continue;
    if ((*it)->priority < priority) break;
    if ((*it)->takes(shapes, rows)) return *it;
    ++looked;
  }
  return nullptr;
}

// Behind all that are as urgent or more.
void Batcher::enqueue(std::shared_ptr<Batch> batch) {
  auto place = queue_.end();
  while (place != queue_.begin() && (*std::prev(place))->priority > batch->priority) --place;
  queue_.insert(place, std::move(batch));
}

Result<std::shared_ptr<Batch>> Batcher::new_batch(std::span<const Shape> shapes,
                                                  std::optional<std::int64_t> rows,
                                                  std::size_t bytes) {
  if (!rows) {
    TERN_ASSIGN_OR_RETURN(auto batch, Batch::make(signature_, shapes, std::nullopt));
    batch->row_bytes = bytes;
    return batch;
  }
  const auto spare =
      std::ranges::find_if(spare_, [&](const auto& batch) { return batch->takes(shapes, *rows); });
  if (spare != spare_.end()) {
    std::shared_ptr<Batch> batch = std::move(*spare);
    spare_.erase(spare);
    return batch;
  }
  const std::size_t row_bytes = bytes / static_cast<std::size_t>(*rows);
  const auto affordable =
      static_cast<std::int64_t>(kMaxBatchBytes / std::max<std::size_t>(1, row_bytes));
  const std::int64_t capacity = std::max(*rows, std::min(options_.max_rows, affordable));
  TERN_ASSIGN_OR_RETURN(auto batch, Batch::make(signature_, shapes, capacity));
  batch->row_bytes = row_bytes;
  return batch;
}

void Batcher::commit(const Place& place, RequestOptions options, Done done) {
  Member& member = place.batch->members[place.member];
  member.state = Member::State::kWaiting;
  member.options = std::move(options);
  member.done = std::move(done);
  --place.batch->filling;
  ++place.batch->waiting;
  waiting_rows_ += member.rows;
}

void Batcher::abandon(const Place& place) {
  Batch& batch = *place.batch;
  Member& member = batch.members[place.member];
  --batch.filling;
  leave(batch, member);
  if (place.member + 1 == batch.members.size()) {
    batch.rows = member.first_row;
    batch.members.pop_back();
  }
  if (batch.filling == 0 && batch.waiting == 0) {
    std::erase(queue_, place.batch);
    recycle(place.batch);
  }
}

// The member does not wait any more.
void Batcher::leave(Batch& batch, Member& member) {
  if (member.state == Member::State::kWaiting) {
    --batch.waiting;
    waiting_rows_ -= member.rows;
  }
  member.state = Member::State::kGone;
  --requests_;
  --by_priority_[batch.priority];
  bytes_ -= batch.row_bytes * static_cast<std::size_t>(member.rows);
}

bool Batcher::due(const Batch& batch, Clock::TimePoint now) const {
  return batch.sealed || !batch.joinable || batch.rows >= batch.capacity ||
         batch.rows >= expected_rows_ || now >= hold_until_ ||
         std::ranges::find(options_.preferred_rows, batch.rows) != options_.preferred_rows.end();
}

void Batcher::drop_dead(Batch& batch, Clock::TimePoint now, Dropped& dropped) {
  for (Member& member : batch.members) {
    if (member.state != Member::State::kWaiting) continue;
    Status why;
    if (member.options.client_left.stop_requested()) {
      why = cancelled("the client has left");
    } else if (member.options.deadline <= now) {
      why = deadline_exceeded("the request waited until its deadline");
    } else if (member.wait_until <= now) {
      why = deadline_exceeded("the request waited for as long as the queue's policy allows");
    } else {
      continue;
    }
    leave(batch, member);
    dropped.emplace_back(std::exchange(member.done, nullptr), std::move(why));
  }
}

Batcher::Next Batcher::take(Clock::TimePoint now, Dropped& dropped) {
  Next next;
  for (std::size_t i = 0; i < queue_.size();) {
    const std::shared_ptr<Batch> batch = queue_[i];
    drop_dead(*batch, now, dropped);
    if (batch->filling == 0 && batch->waiting == 0) {
      queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(i));
      recycle(batch);
      continue;
    }
    if (!due(*batch, now)) {
      next.again = hold_until_;
      ++i;
      continue;
    }
    batch->sealed = true;  // those who still write end soon, and nobody new begins
    if (batch->filling > 0) {
      ++i;
      continue;
    }
    queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(i));
    batch->drop_gone();
    for (const Member& member : batch->members) {
      --requests_;
      --by_priority_[batch->priority];
      waiting_rows_ -= member.rows;
      bytes_ -= batch->row_bytes * static_cast<std::size_t>(member.rows);
    }
    running_.push_back(batch);
    next.batch = batch;
    return next;
  }
  return next;
}

void Batcher::finished(std::shared_ptr<Batch> batch, Clock::TimePoint now, Clock::Duration took) {
  std::erase(running_, batch);
  if (batch->joinable) {
    expected_rows_ = std::min(options_.max_rows, batch->rows + waiting_rows_);
    hold_until_ = now + std::min(options_.max_hold, took / 4);
  }
  recycle(std::move(batch));
}

void Batcher::stop_holding() {
  options_.max_hold = {};
  hold_until_ = Clock::TimePoint::min();
}

void Batcher::recycle(std::shared_ptr<Batch> batch) {
  if (!batch->joinable || spare_.size() >= options_.spare_batches) return;
  batch->clear();
  spare_.push_back(std::move(batch));
}

Clock::TimePoint Batcher::expire(Clock::TimePoint now, Dropped& dropped) {
  Clock::TimePoint next = Clock::TimePoint::max();
  for (const auto& batch : queue_) {
    drop_dead(*batch, now, dropped);
    for (const Member& member : batch->members) {
      if (member.done) next = std::min({next, member.options.deadline, member.wait_until});
    }
  }
  for (const auto& batch : running_) {
    for (Member& member : batch->members) {
      if (!member.done) continue;
      if (member.options.deadline > now) {
        next = std::min(next, member.options.deadline);
        continue;
      }
      dropped.emplace_back(std::exchange(member.done, nullptr),
                           deadline_exceeded("the run did not end before the request's deadline"));
    }
  }
  return next;
}

}  // namespace tern::serve
