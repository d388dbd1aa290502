#include "tern/session.h"

#include <algorithm>
#include <atomic>

#include "base/errors.h"
#include "base/log.h"
#include "runtime/cost.h"
#include "runtime/input_check.h"
#include "runtime/runner.h"
#include "tensor/memory_budget.h"

namespace tern {
namespace {

using runtime::Program;
using runtime::Runner;
using runtime::Segment;

std::vector<IoInfo> describe_all(const Graph& graph, std::span<const ValueId> ids) {
  std::vector<IoInfo> infos;
  for (const ValueId id : ids) {
    const ValueData& value = graph.value(id);
    infos.push_back({value.name, value.type, runtime::describe_type(graph, value.type)});
  }
  return infos;
}

// The precision the backend will compute in; the first session that gets less than it asked for
// says so.
Precision settle_precision(Precision wanted, const Backend& backend) {
  if (backend.supports(wanted)) return wanted;
  static std::atomic<bool> told{false};
  if (!told.exchange(true)) {
    log_warning("this CPU has no {} matrix instructions; running in f32", to_string(wanted));
  }
  return Precision::kF32;
}

std::size_t held_bytes(const Program& program) {
  return program.constant_bytes() + program.packed_bytes() + program.variable_bytes();
}

}  // namespace

struct Session::Impl {
  std::shared_ptr<ThreadPool> pool;
  std::shared_ptr<VariableStore> store;
  std::unique_ptr<Runner> runner;
  std::vector<IoInfo> inputs;
  std::vector<IoInfo> outputs;
  std::uint64_t seed = 0;
  Precision precision = Precision::kF32;
  std::shared_ptr<MemoryBudget> budget;  // null without a limit

  const Program& program() const { return runner->program(); }
  Status run(std::span<const Tensor> given, std::span<Tensor> results, const RunOptions& options);
};

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

Result<Session> Session::create(Graph graph, SessionOptions options) {
  auto impl = std::make_unique<Impl>();
  impl->pool = options.pool ? options.pool : std::make_shared<ThreadPool>(options.threads);
  impl->store = options.variables ? options.variables : std::make_shared<VariableStore>();
  impl->seed = options.seed;
  options.precision = settle_precision(options.precision, cpu_backend());
  impl->precision = options.precision;
  // What is made on the way counts while it lives, what stays is then charged in one sum.
  std::shared_ptr<MemoryBudget> making;
  if (options.memory_limit > 0) {
    making = std::make_shared<MemoryBudget>(options.memory_limit);
    impl->budget = std::make_shared<MemoryBudget>(options.memory_limit);
  }
  const BudgetScope scope(making);
  Result<std::unique_ptr<const Program>> program =
      Program::create(std::move(graph), options, cpu_backend(), *impl->pool, impl->store);
  if (!program.ok()) return program.status();
  const std::size_t kept = held_bytes(**program);
  if (impl->budget != nullptr && !impl->budget->take(kept)) {
    return resource_exhausted("weights and variables take {} bytes, the limit is {}", kept,
                              options.memory_limit);
  }
  impl->runner = std::make_unique<Runner>(std::move(*program), options.max_bindings, impl->budget);
  const Graph& optimized = impl->program().graph();
  impl->inputs = describe_all(optimized, optimized.inputs());
  impl->outputs = describe_all(optimized, optimized.outputs());
  return Session(std::move(impl));
}

std::span<const IoInfo> Session::inputs() const { return impl_->inputs; }
std::span<const IoInfo> Session::outputs() const { return impl_->outputs; }
const Graph& Session::graph() const { return impl_->program().graph(); }
const std::shared_ptr<VariableStore>& Session::variables() const { return impl_->store; }
ThreadPool& Session::pool() const { return *impl_->pool; }

Precision Session::precision() const { return impl_->precision; }

MemoryUse Session::memory() const {
  return {.constants = impl_->program().constant_bytes(),
          .packed = impl_->program().packed_bytes(),
          .variables = impl_->program().variable_bytes(),
          .arenas = impl_->runner->arena_bytes()};
}

Status Session::Impl::run(std::span<const Tensor> given, std::span<Tensor> results,
                          const RunOptions& options) {
  if (results.size() != outputs.size()) {
    return invalid_argument("{} output tensors given, the model has {}", results.size(),
                            outputs.size());
  }
  const BudgetScope scope(budget);
  return runner->run(*pool, given, results,
                     {.seed = seed,
                      .step = options.step,
                      .profile = options.profile,
                      .deadline = runtime::deadline_after(options.time_limit_ms)});
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
  const BudgetScope scope(impl_->budget);
  TERN_ASSIGN_OR_RETURN(const std::shared_ptr<const Segment> segment,
                        impl_->runner->first_segment(*impl_->pool, inputs));
  return runtime::describe_steps(impl_->program(), *segment);
}

}  // namespace tern
