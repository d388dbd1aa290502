// Session: a graph made ready to run. Making one optimises the graph, chooses kernels and packs
// weights, once; running it is safe from many threads at a time.
//
//   auto session = tern::Session::load("model.onnx");
//   if (!session.ok()) return session.status();
//   auto outputs = session->run({{"x", x}});          // by name, or in order of inputs()
//
// The fast path is run(inputs, outputs): in a steady state tern's own code allocates nothing and
// takes no lock. Every new combination of input shapes costs a binding first (sizes and offsets
// only; weights are never packed again).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tern/graph.h"
#include "tern/precision.h"
#include "tern/status.h"
#include "tern/tensor.h"
#include "tern/thread_pool.h"

namespace tern {

/// The current values of a graph's variables, by name. Sessions may share one: training and
/// evaluation, or the states of a sequence. Reading while another session updates is not safe.
class VariableStore {
 public:
  VariableStore();
  ~VariableStore();
  VariableStore(const VariableStore&) = delete;
  VariableStore& operator=(const VariableStore&) = delete;

  /// Null when there is none of that name. The address stays valid while the store lives.
  Tensor* find(std::string_view name);
  const Tensor* find(std::string_view name) const;
  /// Adds a variable with a copy of `initial` unless it is there already; fails when it is there
  /// with another dtype or shape.
  Result<Tensor*> add(std::string_view name, const Tensor& initial);
  /// Copies `value` into the variable; fails for an unknown name, another dtype or shape.
  Status assign(std::string_view name, const Tensor& value);
  /// All names, sorted.
  std::vector<std::string> names() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Time spent in one step of a run.
struct StepProfile {
  std::string node;
  std::string op;
  std::string kernel;
  std::string shapes;  ///< "[1,3,224,224] [64,3,7,7] -> [1,64,112,112]"
  std::int64_t nanoseconds = 0;
  double flops = 0;  ///< multiply-adds count as two; 0 when not known
  double bytes = 0;  ///< read and written, each operand once
};

struct SessionOptions {
  /// Threads that one run uses, the caller included; 0 means one per core. Ignored with `pool`.
  int threads = 0;
  /// A pool to share with other sessions; without one the session makes its own.
  std::shared_ptr<ThreadPool> pool;
  /// Off: the graph runs as it is, node by node.
  bool optimize = true;
  /// Passes to leave out, by name.
  std::vector<std::string> disabled_passes;
  /// Every operator runs its reference implementation: slow, and the yardstick for the others.
  bool reference_kernels = false;
  /// What matrix products and convolutions are computed in. Where the processor has no instructions
  /// that make a lower precision faster, the session runs in f32, gives the results of kF32 exactly
  /// and says so once per process with a warning; Session::precision() tells.
  Precision precision = Precision::kF32;
  /// Variables to use; without one the session makes its own from the initial values.
  std::shared_ptr<VariableStore> variables;
  /// Bytes that the session may hold at any time; 0 means no limit. Weights, packed weights and
  /// variables count, arenas of runs in progress and kept for later ones, what operators make while
  /// they run, and results that run() allocated for as long as the caller keeps them. What would
  /// pass the limit fails with kResourceExhausted: create() if the weights do, else the run. The
  /// characters of strings do not count, nor what a kernel needs for a moment.
  std::size_t memory_limit = 0;
  /// Random operators draw from (seed, step, node).
  std::uint64_t seed = 0;
  /// Shape signatures whose bindings are kept.
  std::size_t max_bindings = 32;
};

/// An input or output of a session.
struct IoInfo {
  std::string name;
  TypeInfo type;
  /// "f32[N,3,224,224]", "?" for sizes nothing is known of.
  std::string text;
};

struct RunOptions {
  /// Filled with one entry per step executed.
  std::vector<StepProfile>* profile = nullptr;
  /// Which draw of the random operators this is; a trainer passes its step number.
  std::uint64_t step = 0;
  /// A run that takes longer ends with kDeadlineExceeded; 0 means no limit. Time is looked at
  /// before every step and every iteration of a loop, so a single long step is not cut short.
  std::int64_t time_limit_ms = 0;
};

/// What a session holds, in bytes.
struct MemoryUse {
  std::size_t constants = 0;  ///< weights kept as they are
  std::size_t packed = 0;     ///< weights in kernels' layouts
  std::size_t variables = 0;
  std::size_t arenas = 0;  ///< of the runs that have been active at the same time
};

class Session {
 public:
  static Result<Session> create(Graph graph, SessionOptions options = {});
  /// Loads a model file (tern/model.h) and creates a session for it.
  static Result<Session> load(const std::string& path, SessionOptions options = {});
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  std::span<const IoInfo> inputs() const;
  std::span<const IoInfo> outputs() const;
  /// The graph that runs, after the passes.
  const Graph& graph() const;
  const std::shared_ptr<VariableStore>& variables() const;
  ThreadPool& pool() const;
  MemoryUse memory() const;
  /// What products are computed in: the precision asked for, or kF32 where this processor has no
  /// instructions for it.
  Precision precision() const;

  /// Runs with inputs in the order of inputs(); returns new tensors in the order of outputs().
  Result<std::vector<Tensor>> run(std::span<const Tensor> inputs, const RunOptions& options = {});
  /// Inputs by name.
  Result<std::vector<Tensor>> run(std::initializer_list<std::pair<std::string_view, Tensor>> inputs,
                                  const RunOptions& options = {});
  /// Fills the caller's output tensors. An undefined output tensor is allocated; a defined one must
  /// have the dtype and shape of the result.
  Status run(std::span<const Tensor> inputs, std::span<Tensor> outputs,
             const RunOptions& options = {});

  /// The steps for inputs of these shapes, with kernels and no times: what `inspect --kernels`
  /// shows.
  Result<std::vector<StepProfile>> plan(std::span<const Tensor> inputs);

 private:
  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern
