#include "runtime/runner.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <list>
#include <mutex>

#include "base/errors.h"
#include "runtime/frame.h"
#include "runtime/input_check.h"

namespace tern::runtime {
namespace {

// Frames waiting for a run. Taking and giving back is one atomic exchange per slot looked at.
class FrameRack {
 public:
  ~FrameRack() { clear(); }

  // A waiting frame, preferably one that `suits`; null when none waits.
  std::unique_ptr<Frame> take(FunctionRef<bool(const Frame&)> suits) {
    std::unique_ptr<Frame> other;
    for (auto& slot : slots_) {
      if (slot.load(std::memory_order_relaxed) == nullptr) continue;
      std::unique_ptr<Frame> frame(slot.exchange(nullptr, std::memory_order_acquire));
      if (frame == nullptr) continue;
      if (suits(*frame)) {
        if (other != nullptr) give_back(std::move(other));
        return frame;
      }
      if (other != nullptr) give_back(std::move(other));
      other = std::move(frame);
    }
    return other;
  }

  // Keeps the frame for a later run, or lets it go when the rack is full.
  void give_back(std::unique_ptr<Frame> frame) {
    for (auto& slot : slots_) {
      Frame* empty = nullptr;
      if (slot.compare_exchange_strong(empty, frame.get(), std::memory_order_release,
                                       std::memory_order_relaxed)) {
        (void)frame.release();
        return;
      }
    }
  }

  void clear() {
    for (auto& slot : slots_) delete slot.exchange(nullptr, std::memory_order_acquire);
  }

  std::size_t bytes() {
    std::size_t total = 0;
    std::vector<std::unique_ptr<Frame>> taken;
    while (std::unique_ptr<Frame> frame = take([](const Frame&) { return true; })) {
      total += frame->bytes();
      taken.push_back(std::move(frame));
    }
    for (auto& frame : taken) give_back(std::move(frame));
    return total;
  }

 private:
  std::array<std::atomic<Frame*>, 64> slots_{};
};

// Segments by what decided their shapes, least recently used last.
class SegmentCache {
 public:
  explicit SegmentCache(std::size_t limit) : limit_(std::max<std::size_t>(1, limit)) {}

  struct Key {
    const Segment* previous = nullptr;
    std::vector<std::int64_t> numbers;
    friend bool operator==(const Key&, const Key&) = default;
  };

  Result<std::shared_ptr<const Segment>> find_or_make(
      Key key, FunctionRef<Result<std::shared_ptr<const Segment>>()> make) {
    const std::lock_guard lock(mutex_);
    const auto it = std::ranges::find(entries_, key, &Entry::key);
    if (it != entries_.end()) {
      entries_.splice(entries_.begin(), entries_, it);
      return it->segment;
    }
    TERN_ASSIGN_OR_RETURN(std::shared_ptr<const Segment> segment, make());
    entries_.push_front({std::move(key), segment});
    if (entries_.size() > limit_) entries_.pop_back();
    return segment;
  }

 private:
  struct Entry {
    Key key;
    std::shared_ptr<const Segment> segment;
  };
  std::mutex mutex_;
  std::size_t limit_;
  std::list<Entry> entries_;
};

void append(std::vector<std::int64_t>& numbers, DType dtype, const Shape& shape) {
  numbers.push_back(static_cast<std::int64_t>(dtype));
  numbers.push_back(shape.rank());
  numbers.insert(numbers.end(), shape.begin(), shape.end());
}

}  // namespace

struct Runner::Impl {
  std::shared_ptr<MemoryBudget> budget;
  FrameRack rack;
  SegmentCache segments;

  explicit Impl(std::size_t max_bindings) : segments(max_bindings) {}

  Status check_memory(const Program& program, std::size_t arena_bytes) const;
  void make_room(const Frame& frame, std::size_t arena_bytes);
  Result<std::shared_ptr<const Segment>> next_segment(
      const Program& program, ThreadPool& pool, const std::shared_ptr<const Segment>& previous,
      std::span<const Tensor> contents, std::span<const TensorDesc> shapes);
};

Runner::Runner(std::unique_ptr<const Program> program, std::size_t max_bindings,
               std::shared_ptr<MemoryBudget> budget)
    : program_(std::move(program)), impl_(std::make_unique<Impl>(max_bindings)) {
  impl_->budget = std::move(budget);
}
Runner::~Runner() = default;

std::size_t Runner::arena_bytes() { return impl_->rack.bytes(); }

Status Runner::Impl::check_memory(const Program& program, std::size_t arena_bytes) const {
  if (budget == nullptr) return {};
  const std::size_t needed =
      program.constant_bytes() + program.packed_bytes() + program.variable_bytes() + arena_bytes;
  if (needed <= budget->limit()) return {};
  return resource_exhausted("a run needs {} bytes, {} of them for results, the limit is {}", needed,
                            arena_bytes, budget->limit());
}

// Frames that wait for other shapes must not stand in the way of a run that fits.
void Runner::Impl::make_room(const Frame& frame, std::size_t arena_bytes) {
  if (budget == nullptr || arena_bytes <= frame.bytes()) return;
  if (arena_bytes - frame.bytes() > budget->left()) rack.clear();
}

Result<std::shared_ptr<const Segment>> Runner::first_segment(ThreadPool& pool,
                                                             std::span<const Tensor> inputs) {
  TERN_TRY(check_inputs(program_->graph(), inputs));
  SegmentCache::Key key;
  std::vector<TensorDesc> descs;
  for (const Tensor& tensor : inputs) {
    append(key.numbers, tensor.dtype(), tensor.shape());
    descs.push_back({tensor.dtype(), tensor.shape()});
  }
  return impl_->segments.find_or_make(
      std::move(key), [&]() -> Result<std::shared_ptr<const Segment>> {
        TERN_ASSIGN_OR_RETURN(std::shared_ptr<const Segment> segment,
                              bind(*program_, descs, pool.size()));
        TERN_TRY(impl_->check_memory(*program_, segment->arena_bytes));
        return segment;
      });
}

Result<std::shared_ptr<const Segment>> Runner::Impl::next_segment(
    const Program& program, ThreadPool& pool, const std::shared_ptr<const Segment>& previous,
    std::span<const Tensor> contents, std::span<const TensorDesc> shapes) {
  SegmentCache::Key key{.previous = previous.get(), .numbers = {}};
  for (const Tensor& tensor : contents) {
    append(key.numbers, tensor.dtype(), tensor.shape());
    const auto* bytes = static_cast<const unsigned char*>(tensor.raw());
    key.numbers.insert(key.numbers.end(), bytes, bytes + tensor.bytes());
  }
  for (const TensorDesc& desc : shapes) append(key.numbers, desc.dtype, desc.shape);
  return segments.find_or_make(std::move(key), [&]() -> Result<std::shared_ptr<const Segment>> {
    return bind_next(program, previous, contents, shapes, pool.size());
  });
}

Status Runner::run(ThreadPool& pool, std::span<const Tensor> inputs, std::span<Tensor> outputs,
                   const RunnerOptions& options) {
  TERN_TRY(check_deadline(options.deadline));  // a loop whose body has no steps ends too
  const auto suits = [inputs](const Frame& frame) {
    const auto& segment = frame.first_segment();
    return segment != nullptr &&
           std::ranges::equal(segment->inputs, inputs, [](const TensorDesc& d, const Tensor& t) {
             return d.dtype == t.dtype() && d.shape == t.shape();
           });
  };
  std::unique_ptr<Frame> frame = impl_->rack.take(suits);
  if (frame == nullptr) frame = std::make_unique<Frame>(*program_);
  std::shared_ptr<const Segment> segment;
  if (suits(*frame)) {
    segment = frame->first_segment();
  } else {
    TERN_ASSIGN_OR_RETURN(segment, first_segment(pool, inputs));
    impl_->make_room(*frame, segment->arena_bytes);
  }
  RunState state{.program = *program_,
                 .pool = pool,
                 .inputs = inputs,
                 .outputs = outputs,
                 .seed = options.seed,
                 .step = options.step,
                 .profile = options.profile,
                 .deadline = options.deadline};
  const auto next = [&](const std::shared_ptr<const Segment>& previous,
                        std::span<const Tensor> contents, std::span<const TensorDesc> shapes) {
    return impl_->next_segment(*program_, pool, previous, contents, shapes);
  };
  TERN_TRY(frame->run(std::move(segment), state, next));
  impl_->rack.give_back(std::move(frame));
  return {};
}

}  // namespace tern::runtime
