// Pipeline<T>: work that flows through stages, each on threads of its own, joined by bounded
// channels: read, decode and batch go on while the model trains.
//
//   // next_path: Result<optional<string>>(), decode_image: Result<Image>(string)
//   auto batches = tern::pipeline<std::string>("list", next_path)
//                      .then("decode", decode_image, {.threads = 2})
//                      .batch(64);
//   tern::Status status = batches.run([&](std::vector<Image> batch) { return train(batch); });
//   std::cout << batches.stats().to_string();  // who waits for whom
//
// Items keep their order through every stage unless unordered() says otherwise. The first failure
// of a stage, or a stop request, stops all of it; nothing is leaked and no thread outlives the
// object. One thread at a time may call the methods of a Pipeline, stats() excepted, which any
// thread may.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tern/status.h"
#include "tern/thread_pool.h"

namespace tern {

struct StageOptions {
  int threads = 1;
  /// How many finished items may wait for the next stage; 0 means two per thread.
  std::size_t queue = 0;
};

/// Times are sums over the threads of a stage.
struct StageStats {
  std::string name;
  int threads = 1;
  std::uint64_t items = 0;                  // given to the next stage
  std::chrono::nanoseconds busy{0};         // in the function of the stage
  std::chrono::nanoseconds input_wait{0};   // for the stage before
  std::chrono::nanoseconds turn_wait{0};    // for an earlier item, to keep the order
  std::chrono::nanoseconds output_wait{0};  // for the stage behind
};

struct PipelineStats {
  std::vector<StageStats> stages;  // the last is the caller of next() or run()
  std::chrono::nanoseconds elapsed{0};

  /// A table with one line a stage, times in percent of the stage's threads, and the stage that
  /// limits the rest.
  std::string to_string() const;
};

namespace internal {

/// Pipeline without types: items are boxes, null means "no more".
class PipelineCore {
 public:
  using Box = std::shared_ptr<void>;
  /// Gives a result to the next stage; false when the pipeline stops and the work is in vain.
  using Emit = FunctionRef<bool(Box)>;
  using Source = std::function<Result<Box>()>;
  /// Called with each item and, once all are done, with null on one thread.
  using Stage = std::function<Status(Box, Emit)>;

  PipelineCore(std::string name, Source source, StageOptions options);
  ~PipelineCore();
  PipelineCore(const PipelineCore&) = delete;
  PipelineCore& operator=(const PipelineCore&) = delete;

  void add_stage(std::string name, Stage stage, StageOptions options);
  void set_ordered(bool ordered);
  void start(std::stop_token stop);
  Result<Box> next();
  Status fail(Status status);
  PipelineStats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

template <class T>
struct ResultTraits {
  using Value = T;
};
template <class T>
struct ResultTraits<Result<T>> {
  using Value = T;
};

}  // namespace internal

template <class T>
class Pipeline {
 public:
  explicit Pipeline(std::unique_ptr<internal::PipelineCore> core) : core_(std::move(core)) {}

  /// Adds a stage that turns every T into one U: `f` takes a T and returns U or Result<U>. With
  /// more than one thread, `f` is called from several at once.
  template <class F>
  auto then(std::string name, F f, StageOptions options = {}) && {
    using Returned = std::invoke_result_t<F&, T>;
    using U = typename internal::ResultTraits<Returned>::Value;
    static_assert(!std::is_void_v<U> && !std::is_same_v<U, Status>,
                  "a stage turns an item into an item: return U or Result<U>");
    add(std::move(name), options, [f = std::move(f)](T item, Emit emit) mutable -> Status {
      if constexpr (std::is_same_v<U, Returned>) {
        emit(std::make_shared<U>(f(std::move(item))));
      } else {
        Returned result = f(std::move(item));
        if (!result.ok()) return std::move(result).status();
        emit(std::make_shared<U>(*std::move(result)));
      }
      return {};
    });
    return Pipeline<U>(std::move(core_));
  }

  /// Adds a stage that lets through the items for which `keep(const T&)` is true.
  template <class F>
  Pipeline<T> filter(std::string name, F keep, StageOptions options = {}) && {
    add(std::move(name), options, [keep = std::move(keep)](T item, Emit emit) mutable -> Status {
      if (keep(std::as_const(item))) emit(std::make_shared<T>(std::move(item)));
      return {};
    });
    return std::move(*this);
  }

  /// Joins `size` items (at least one) into a vector. The rest at the end is a shorter vector, or
  /// is dropped.
  Pipeline<std::vector<T>> batch(std::size_t size, bool keep_rest = true) && {
    auto batch = std::make_shared<std::vector<T>>();
    core_->add_stage("batch",
                     [=](Box box, Emit emit) mutable -> Status {
                       if (box) batch->push_back(std::move(*std::static_pointer_cast<T>(box)));
                       const bool last = !box && keep_rest && !batch->empty();
                       if (batch->size() >= size || last) {
                         emit(std::exchange(batch, std::make_shared<std::vector<T>>()));
                       }
                       return {};
                     },
                     {});
    return Pipeline<std::vector<T>>(std::move(core_));
  }

  /// Gives items on as they are finished, which is faster when some take much longer than others.
  Pipeline<T> unordered() && {
    core_->set_ordered(false);
    return std::move(*this);
  }

  /// Starts the threads. A stop request ends the pipeline with kCancelled. Without this call, the
  /// first next() starts them.
  void start(std::stop_token stop = {}) { core_->start(std::move(stop)); }

  /// The next item; nothing after the last. A failure of stage "decode" reads "decode: ...", and is
  /// what every later call returns too.
  Result<std::optional<T>> next() {
    core_->start({});
    Result<Box> box = core_->next();
    if (!box.ok()) return std::move(box).status();
    if (!*box) return std::optional<T>();
    return std::optional<T>(std::move(*std::static_pointer_cast<T>(*std::move(box))));
  }

  /// Gives every item to consume(T) -> Status on the calling thread until the end or a failure.
  template <class F>
  Status run(F&& consume, std::stop_token stop = {}) {
    start(std::move(stop));
    while (true) {
      Result<std::optional<T>> item = next();
      if (!item.ok()) return std::move(item).status();
      if (!item->has_value()) return {};
      Status consumed = consume(std::move(**item));
      if (!consumed.ok()) return core_->fail(std::move(consumed));
    }
  }

  /// The state so far; final once next() has said that there is no more.
  PipelineStats stats() const { return core_->stats(); }

 private:
  using Box = internal::PipelineCore::Box;
  using Emit = internal::PipelineCore::Emit;

  template <class OnItem>
  void add(std::string name, StageOptions options, OnItem on_item) {
    // Shared, because std::function wants to copy what may only be movable.
    auto shared = std::make_shared<OnItem>(std::move(on_item));
    core_->add_stage(
        std::move(name),
        [shared](Box box, Emit emit) -> Status {
          if (!box) return {};
          return (*shared)(std::move(*std::static_pointer_cast<T>(box)), emit);
        },
        options);
  }

  std::unique_ptr<internal::PipelineCore> core_;
};

/// A pipeline whose items come from `source`, called on one thread: Result<std::optional<T>>(),
/// nothing after the last item. `queue` as in StageOptions.
template <class T, class Source>
Pipeline<T> pipeline(std::string name, Source source, std::size_t queue = 0) {
  auto shared = std::make_shared<Source>(std::move(source));
  return Pipeline<T>(std::make_unique<internal::PipelineCore>(
      std::move(name),
      [shared]() -> Result<internal::PipelineCore::Box> {
        Result<std::optional<T>> item = (*shared)();
        if (!item.ok()) return std::move(item).status();
        if (!item->has_value()) return internal::PipelineCore::Box();
        return internal::PipelineCore::Box(std::make_shared<T>(std::move(**item)));
      },
      StageOptions{.threads = 1, .queue = queue}));
}

}  // namespace tern
