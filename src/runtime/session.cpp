#include "tern/session.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <list>
#include <mutex>

#include "base/errors.h"
#include "runtime/cost.h"
#include "runtime/frame.h"

namespace tern {
namespace {

using runtime::Frame;
using runtime::Program;
using runtime::Segment;

// Frames waiting for a run. Taking and giving back is one atomic exchange per slot looked at.
class FrameRack {
 public:
  ~FrameRack() {
    for (auto& slot : slots_) delete slot.load();
  }

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

std::string describe(const Graph& graph, const TypeInfo& type) {
  if (type.dtype == DType::kUndefined) return "?";
  std::string text(to_string(type.dtype));
  if (!type.has_rank) return text + "[...]";
  text += '[';
  for (std::size_t i = 0; i < type.shape.size(); ++i) {
    if (i > 0) text += ',';
    const Dim& dim = type.shape[i];
    text +=
        dim.known() ? std::to_string(dim.value()) : std::string(graph.symbol_name(dim.symbol()));
  }
  return text + ']';
}

std::vector<IoInfo> describe_all(const Graph& graph, std::span<const ValueId> ids) {
  std::vector<IoInfo> infos;
  for (const ValueId id : ids) {
    const ValueData& value = graph.value(id);
    infos.push_back({value.name, value.type, describe(graph, value.type)});
  }
  return infos;
}

}  // namespace

struct Session::Impl {
  std::shared_ptr<ThreadPool> pool;
  std::shared_ptr<VariableStore> store;
  std::unique_ptr<const Program> program;
  std::vector<IoInfo> inputs;
  std::vector<IoInfo> outputs;
  std::uint64_t seed = 0;
  std::size_t memory_limit = 0;
  FrameRack rack;
  SegmentCache segments;

  explicit Impl(std::size_t max_bindings) : segments(max_bindings) {}

  Status check_inputs(std::span<const Tensor> given) const;
  Result<std::shared_ptr<const Segment>> first_segment(std::span<const Tensor> given);
  Result<std::shared_ptr<const Segment>> next_segment(
      const std::shared_ptr<const Segment>& previous, std::span<const Tensor> contents,
      std::span<const TensorDesc> shapes);
  Status run(std::span<const Tensor> given, std::span<Tensor> results, const RunOptions& options);
  Status check_memory(std::size_t arena_bytes) const;
};

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

Result<Session> Session::create(Graph graph, SessionOptions options) {
  auto impl = std::make_unique<Impl>(options.max_bindings);
  impl->pool = options.pool ? options.pool : std::make_shared<ThreadPool>(options.threads);
  impl->store = options.variables ? options.variables : std::make_shared<VariableStore>();
  impl->seed = options.seed;
  impl->memory_limit = options.memory_limit;
  const std::string name = graph.name;
  Result<std::unique_ptr<const Program>> program =
      Program::create(std::move(graph), options, cpu_backend(), *impl->pool, impl->store);
  if (!program.ok()) return program.status();
  impl->program = std::move(*program);
  impl->inputs = describe_all(impl->program->graph(), impl->program->graph().inputs());
  impl->outputs = describe_all(impl->program->graph(), impl->program->graph().outputs());
  return Session(std::move(impl));
}

std::span<const IoInfo> Session::inputs() const { return impl_->inputs; }
std::span<const IoInfo> Session::outputs() const { return impl_->outputs; }
const Graph& Session::graph() const { return impl_->program->graph(); }
const std::shared_ptr<VariableStore>& Session::variables() const { return impl_->store; }
ThreadPool& Session::pool() const { return *impl_->pool; }

MemoryUse Session::memory() const {
  return {.constants = impl_->program->constant_bytes(),
          .packed = impl_->program->packed_bytes(),
          .variables = impl_->program->variable_bytes(),
          .arenas = impl_->rack.bytes()};
}

// Number and dtype of inputs, and what the graph says of their sizes; symbols must agree.
Status Session::Impl::check_inputs(std::span<const Tensor> given) const {
  if (given.size() != inputs.size()) {
    return invalid_argument("{} inputs given, the model has {}", given.size(), inputs.size());
  }
  std::vector<std::pair<SymbolId, std::int64_t>> sizes;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const IoInfo& info = inputs[i];
    const Tensor& tensor = given[i];
    const auto mismatch = [&] {
      return invalid_argument("input {} is {}, the model wants {}", info.name,
                              tensor.defined() ? fmt::format("{}{}", to_string(tensor.dtype()),
                                                             tensor.shape().to_string())
                                               : "undefined",
                              info.text);
    };
    if (!tensor.defined()) return mismatch();
    if (info.type.dtype != DType::kUndefined && tensor.dtype() != info.type.dtype)
      return mismatch();
    if (!info.type.has_rank) continue;
    if (tensor.rank() != info.type.rank()) return mismatch();
    for (int axis = 0; axis < tensor.rank(); ++axis) {
      const Dim& dim = info.type.shape[static_cast<std::size_t>(axis)];
      if (dim.known() && dim.value() != tensor.dim(axis)) return mismatch();
      if (dim.known() || dim.symbol() == SymbolId::kAnonymous) continue;
      const auto seen = std::ranges::find(sizes, dim.symbol(), &decltype(sizes)::value_type::first);
      if (seen == sizes.end()) {
        sizes.emplace_back(dim.symbol(), tensor.dim(axis));
      } else if (seen->second != tensor.dim(axis)) {
        return invalid_argument("input {} has {} where {} is {}", info.name, tensor.dim(axis),
                                program->graph().symbol_name(dim.symbol()), seen->second);
      }
    }
  }
  return {};
}

Status Session::Impl::check_memory(std::size_t arena_bytes) const {
  const std::size_t needed =
      program->constant_bytes() + program->packed_bytes() + program->variable_bytes() + arena_bytes;
  if (memory_limit == 0 || needed <= memory_limit) return {};
  return resource_exhausted("a run needs {} bytes, {} of them for results, the limit is {}", needed,
                            arena_bytes, memory_limit);
}

Result<std::shared_ptr<const Segment>> Session::Impl::first_segment(std::span<const Tensor> given) {
  TERN_TRY(check_inputs(given));
  SegmentCache::Key key;
  std::vector<TensorDesc> descs;
  for (const Tensor& tensor : given) {
    append(key.numbers, tensor.dtype(), tensor.shape());
    descs.push_back({tensor.dtype(), tensor.shape()});
  }
  return segments.find_or_make(std::move(key), [&]() -> Result<std::shared_ptr<const Segment>> {
    TERN_ASSIGN_OR_RETURN(std::shared_ptr<const Segment> segment,
                          bind(*program, descs, pool->size()));
    TERN_TRY(check_memory(segment->arena_bytes));
    return segment;
  });
}

Result<std::shared_ptr<const Segment>> Session::Impl::next_segment(
    const std::shared_ptr<const Segment>& previous, std::span<const Tensor> contents,
    std::span<const TensorDesc> shapes) {
  SegmentCache::Key key{.previous = previous.get(), .numbers = {}};
  for (const Tensor& tensor : contents) {
    append(key.numbers, tensor.dtype(), tensor.shape());
    const auto* bytes = static_cast<const unsigned char*>(tensor.raw());
    key.numbers.insert(key.numbers.end(), bytes, bytes + tensor.bytes());
  }
  for (const TensorDesc& desc : shapes) append(key.numbers, desc.dtype, desc.shape);
  return segments.find_or_make(std::move(key), [&]() -> Result<std::shared_ptr<const Segment>> {
    return bind_next(*program, previous, contents, shapes, pool->size());
  });
}

Status Session::Impl::run(std::span<const Tensor> given, std::span<Tensor> results,
                          const RunOptions& options) {
  if (results.size() != outputs.size()) {
    return invalid_argument("{} output tensors given, the model has {}", results.size(),
                            outputs.size());
  }
  const auto suits = [given](const Frame& frame) {
    const auto& segment = frame.first_segment();
    return segment != nullptr &&
           std::ranges::equal(segment->inputs, given, [](const TensorDesc& d, const Tensor& t) {
             return d.dtype == t.dtype() && d.shape == t.shape();
           });
  };
  std::unique_ptr<Frame> frame = rack.take(suits);
  if (frame == nullptr) frame = std::make_unique<Frame>(*program);
  std::shared_ptr<const Segment> segment;
  if (suits(*frame)) {
    segment = frame->first_segment();
  } else {
    TERN_ASSIGN_OR_RETURN(segment, first_segment(given));
  }
  runtime::RunState state{.program = *program,
                          .pool = *pool,
                          .inputs = given,
                          .outputs = results,
                          .seed = seed,
                          .step = options.step,
                          .profile = options.profile};
  const auto next = [this](const std::shared_ptr<const Segment>& previous,
                           std::span<const Tensor> contents, std::span<const TensorDesc> shapes) {
    return next_segment(previous, contents, shapes);
  };
  TERN_TRY(frame->run(std::move(segment), state, next));
  rack.give_back(std::move(frame));
  return {};
}

Status Session::run(std::span<const Tensor> inputs, std::span<Tensor> outputs,
                    const RunOptions& options) {
  return impl_->run(inputs, outputs, options);
}

Result<std::vector<Tensor>> Session::run(std::span<const Tensor> inputs,
                                         const RunOptions& options) {
  std::vector<Tensor> outputs(impl_->outputs.size());
  TERN_TRY(impl_->run(inputs, outputs, options));
  return outputs;
}

Result<std::vector<Tensor>> Session::run(
    std::initializer_list<std::pair<std::string_view, Tensor>> inputs, const RunOptions& options) {
  std::vector<Tensor> ordered(impl_->inputs.size());
  for (const auto& [name, tensor] : inputs) {
    const auto it = std::ranges::find(impl_->inputs, name, &IoInfo::name);
    if (it == impl_->inputs.end()) return not_found("the model has no input {}", name);
    ordered[static_cast<std::size_t>(it - impl_->inputs.begin())] = tensor;
  }
  return run(std::span<const Tensor>(ordered), options);
}

Result<std::vector<StepProfile>> Session::plan(std::span<const Tensor> inputs) {
  TERN_ASSIGN_OR_RETURN(const std::shared_ptr<const Segment> segment, impl_->first_segment(inputs));
  return runtime::describe_steps(*impl_->program, *segment);
}

}  // namespace tern
