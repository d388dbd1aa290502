#include "tern/pipeline.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <system_error>
#include <thread>

#include "base/errors.h"
#include "base/mutex.h"
#include "tern/channel.h"

namespace tern::internal {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Box = PipelineCore::Box;
using Emit = PipelineCore::Emit;

/// A sum of times that several threads add to.
class TimeSum {
 public:
  void add(SteadyClock::duration d) {
    ns_.fetch_add(std::chrono::nanoseconds(d).count(), std::memory_order_relaxed);
  }
  std::chrono::nanoseconds total() const { return std::chrono::nanoseconds(ns_.load()); }

 private:
  std::atomic<std::int64_t> ns_{0};
};

/// Adds the time of its scope to a sum.
class Timed {
 public:
  explicit Timed(TimeSum& sum) : sum_(sum) {}
  ~Timed() { sum_.add(SteadyClock::now() - start_); }
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;

 private:
  TimeSum& sum_;
  SteadyClock::time_point start_ = SteadyClock::now();
};

/// Lets the holders of the numbers 0, 1, 2 ... through one after the other.
class Turnstile {
 public:
  /// False when stop was requested first.
  bool await(std::uint64_t number, const std::stop_token& stop) {
    const MutexLock lock(mu_);
    while (next_ != number) {
      if (!moved_.wait(mu_, stop)) return false;
    }
    return true;
  }
  void pass() {
    {
      const MutexLock lock(mu_);
      ++next_;
    }
    moved_.notify_all();
  }

 private:
  Mutex mu_;
  CondVar moved_;
  std::uint64_t next_ TERN_GUARDED_BY(mu_) = 0;
};

/// What flows between stages: an item and its place in the order.
struct Numbered {
  std::uint64_t number = 0;
  Box box;
};

struct StageState {
  StageState(std::string stage_name, PipelineCore::Stage stage, StageOptions options)
      : name(std::move(stage_name)),
        function(std::move(stage)),
        threads(std::max(options.threads, 1)),
        output(options.queue > 0 ? options.queue : 2 * static_cast<std::size_t>(threads)),
        active(threads) {}

  const std::string name;
  const PipelineCore::Stage function;  // not of the source
  const int threads;
  Channel<Numbered> output;
  Turnstile turns;
  // With several threads: only by who has the turn, if items are ordered.
  std::uint64_t emitted = 0;
  std::atomic<int> active;  // threads that still work
  std::atomic<std::uint64_t> items{0};
  TimeSum busy;
  TimeSum input_wait;
  TimeSum turn_wait;
  TimeSum output_wait;
};

/// Runs code of the pipeline's user, from which no exception may reach a thread's end.
template <class F>
auto guarded(F&& f) -> decltype(f()) {
  try {
    return f();
  } catch (const std::exception& error) {
    return internal_error("threw an exception: {}", error.what());
  } catch (...) {
    return internal_error("threw an exception");
  }
}

}  // namespace

struct PipelineCore::Impl {
  std::vector<std::unique_ptr<StageState>> stages;  // the first is the source
  Source source;
  bool ordered = true;
  bool started = false;
  std::stop_source stop;
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
  std::vector<std::thread> threads;

  mutable Mutex mu;
  Status failure TERN_GUARDED_BY(mu);
  SteadyClock::time_point start_time TERN_GUARDED_BY(mu);
  std::optional<SteadyClock::time_point> end_time TERN_GUARDED_BY(mu);

  // Of the thread that calls next(); written by it alone.
  std::optional<SteadyClock::time_point> consuming_since;
  TimeSum consumer_busy;
  std::atomic<std::uint64_t> consumed{0};

  Status fail(Status status);
  void run_source();
  void run_stage(StageState& stage, Channel<Numbered>& input);
  bool run_item(StageState& stage, Numbered item);
  void finish_stage(StageState& stage);
  bool emit(StageState& stage, std::uint64_t number, Box box, bool& has_turn);
};

/// Keeps the first failure, stops everything, and returns the failure that is kept.
Status PipelineCore::Impl::fail(Status status) {
  {
    const MutexLock lock(mu);
    if (failure.ok()) failure = std::move(status);
    status = failure;
  }
  stop.request_stop();
  return status;
}

void PipelineCore::Impl::run_source() {
  StageState& stage = *stages.front();
  for (std::uint64_t number = 0;; ++number) {
    Result<Box> box = [&] {
      const Timed timed(stage.busy);
      return guarded(source);
    }();
    if (!box.ok()) {
      (void)fail(std::move(box).status().with_context(stage.name));
      return;
    }
    if (!*box) break;
    const Timed timed(stage.output_wait);
    if (!stage.output.push({number, *std::move(box)}, stop.get_token())) return;
    stage.items.fetch_add(1, std::memory_order_relaxed);
  }
  stage.output.close();
}

void PipelineCore::Impl::run_stage(StageState& stage, Channel<Numbered>& input) {
  while (true) {
    std::optional<Numbered> item = [&] {
      const Timed timed(stage.input_wait);
      return input.pop(stop.get_token());
    }();
    if (!item || !run_item(stage, *std::move(item))) break;
  }
  if (stage.active.fetch_sub(1) == 1 && !stop.stop_requested()) finish_stage(stage);
}

/// False when the pipeline stops.
bool PipelineCore::Impl::run_item(StageState& stage, Numbered item) {
  bool has_turn = !ordered || stage.threads == 1;
  SteadyClock::duration waited{};
  const SteadyClock::time_point start = SteadyClock::now();
  const auto hand_on = [&](Box box) {
    const SteadyClock::time_point before = SteadyClock::now();
    const bool going = emit(stage, item.number, std::move(box), has_turn);
    waited += SteadyClock::now() - before;
    return going;
  };
  Status done = guarded([&] { return stage.function(std::move(item.box), hand_on); });
  stage.busy.add(SteadyClock::now() - start - waited);
  if (!done.ok()) {
    (void)fail(std::move(done).with_context(stage.name));
    return false;
  }
  if (!ordered || stage.threads == 1) return true;
  if (!has_turn) {  // the item had no result; those behind it wait all the same
    const Timed timed(stage.turn_wait);
    if (!stage.turns.await(item.number, stop.get_token())) return false;
  }
  stage.turns.pass();
  return true;
}

bool PipelineCore::Impl::emit(StageState& stage, std::uint64_t number, Box box, bool& has_turn) {
  if (!has_turn) {
    const Timed timed(stage.turn_wait);
    if (!stage.turns.await(number, stop.get_token())) return false;
    has_turn = true;
  }
  const Timed timed(stage.output_wait);
  const std::uint64_t place = ordered ? stage.emitted++ : 0;
  if (!stage.output.push({place, std::move(box)}, stop.get_token())) return false;
  stage.items.fetch_add(1, std::memory_order_relaxed);
  return true;
}

/// The last thread of a stage lets it give what it still holds and closes the way onwards.
void PipelineCore::Impl::finish_stage(StageState& stage) {
  bool has_turn = true;
  const auto hand_on = [&](Box box) { return emit(stage, 0, std::move(box), has_turn); };
  Status done = guarded([&] { return stage.function(nullptr, hand_on); });
  if (done.ok()) {
    stage.output.close();
  } else {
    (void)fail(std::move(done).with_context(stage.name));
  }
}

PipelineCore::PipelineCore(std::string name, Source source, StageOptions options)
    : impl_(std::make_unique<Impl>()) {
  impl_->source = std::move(source);
  impl_->stages.push_back(std::make_unique<StageState>(std::move(name), Stage(), options));
}

PipelineCore::~PipelineCore() {
  impl_->on_stop.reset();
  impl_->stop.request_stop();
  for (std::thread& thread : impl_->threads) thread.join();
}

void PipelineCore::add_stage(std::string name, Stage stage, StageOptions options) {
  impl_->stages.push_back(std::make_unique<StageState>(std::move(name), std::move(stage), options));
}

void PipelineCore::set_ordered(bool ordered) { impl_->ordered = ordered; }

void PipelineCore::start(std::stop_token stop) {
  Impl& p = *impl_;
  if (std::exchange(p.started, true)) return;
  {
    const MutexLock lock(p.mu);
    p.start_time = SteadyClock::now();
  }
  p.on_stop.emplace(std::move(stop), [&p] { (void)p.fail(cancelled("the pipeline was stopped")); });
  try {
    p.threads.emplace_back([&p] { p.run_source(); });
    for (std::size_t i = 1; i < p.stages.size(); ++i) {
      for (int t = 0; t < p.stages[i]->threads; ++t) {
        p.threads.emplace_back([&p, i] { p.run_stage(*p.stages[i], p.stages[i - 1]->output); });
      }
    }
  } catch (const std::system_error& error) {
    (void)p.fail(resource_exhausted("cannot start a thread: {}", error.what()));
  }
}

Result<Box> PipelineCore::next() {
  Impl& p = *impl_;
  if (p.consuming_since) p.consumer_busy.add(SteadyClock::now() - *p.consuming_since);
  std::optional<Numbered> item = p.stages.back()->output.pop(p.stop.get_token());
  p.consuming_since = SteadyClock::now();
  if (item) {
    p.consumed.fetch_add(1, std::memory_order_relaxed);
    return std::move(item->box);
  }
  const MutexLock lock(p.mu);
  if (!p.end_time) p.end_time = p.consuming_since;
  p.consuming_since.reset();
  if (!p.failure.ok()) return p.failure;
  return Box();
}

Status PipelineCore::fail(Status status) { return impl_->fail(std::move(status)); }

PipelineStats PipelineCore::stats() const {
  PipelineStats stats;
  for (const auto& stage : impl_->stages) {
    stats.stages.push_back({.name = stage->name,
                            .threads = stage->threads,
                            .items = stage->items.load(),
                            .busy = stage->busy.total(),
                            .input_wait = stage->input_wait.total(),
                            .turn_wait = stage->turn_wait.total(),
                            .output_wait = stage->output_wait.total()});
  }
  stats.stages.push_back({.name = "(caller)",
                          .threads = 1,
                          .items = impl_->consumed.load(),
                          .busy = impl_->consumer_busy.total(),
                          .input_wait = impl_->stages.back()->output.stats().consumers_waited});
  const MutexLock lock(impl_->mu);
  if (impl_->start_time != SteadyClock::time_point()) {
    stats.elapsed = impl_->end_time.value_or(SteadyClock::now()) - impl_->start_time;
  }
  return stats;
}

}  // namespace tern::internal

namespace tern {
namespace {

double share(std::chrono::nanoseconds time, const StageStats& stage,
             std::chrono::nanoseconds elapsed) {
  const double available = static_cast<double>(elapsed.count()) * stage.threads;
  return available > 0 ? static_cast<double>(time.count()) / available : 0;
}

}  // namespace

std::string PipelineStats::to_string() const {
  std::size_t width = 5;
  for (const StageStats& stage : stages) width = std::max(width, stage.name.size());
  std::string table = fmt::format(
      "{:<{}}  threads       items    busy   waits for: input    turn  output\n", "stage", width);
  const StageStats* slowest = nullptr;
  for (const StageStats& stage : stages) {
    const auto percent = [&](std::chrono::nanoseconds t) { return 100 * share(t, stage, elapsed); };
    table += fmt::format("{:<{}}  {:7}  {:10}  {:4.0f} %  {:13.0f} %  {:4.0f} %  {:4.0f} %\n",
                         stage.name, width, stage.threads, stage.items, percent(stage.busy),
                         percent(stage.input_wait), percent(stage.turn_wait),
                         percent(stage.output_wait));
    if (slowest == nullptr ||
        share(stage.busy, stage, elapsed) > share(slowest->busy, *slowest, elapsed)) {
      slowest = &stage;
    }
  }
  if (slowest != nullptr) {
    table += fmt::format("limited by {} ({:.0f} % busy)\n", slowest->name,
                         100 * share(slowest->busy, *slowest, elapsed));
  }
  return table;
}

}  // namespace tern
