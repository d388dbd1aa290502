// Runner: a program with the frames and bindings of its runs. Sessions have one, and so has each
// body of control flow.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "runtime/binding.h"
#include "runtime/deadline.h"
#include "tensor/memory_budget.h"

namespace tern::runtime {

/// What may differ from run to run.
struct RunnerOptions {
  std::uint64_t seed = 0;
  std::uint64_t step = 0;
  std::vector<StepProfile>* profile = nullptr;
  Deadline deadline;
};

class Runner {
 public:
  /// `max_bindings` shape signatures are kept. `budget` is the one in force while it runs, with
  /// what the program holds counted already; null means no limit.
  Runner(std::unique_ptr<const Program> program, std::size_t max_bindings,
         std::shared_ptr<MemoryBudget> budget);
  ~Runner();

  const Program& program() const { return *program_; }
  /// Bytes of the arenas of the runs that have been active at the same time.
  std::size_t arena_bytes();

  /// Inputs and outputs in the graph's order; an undefined output is allocated. Fails for inputs
  /// that do not fit the graph's. Safe from many threads at a time.
  Status run(ThreadPool& pool, std::span<const Tensor> inputs, std::span<Tensor> outputs,
             const RunnerOptions& options);

  /// The binding for inputs like these.
  Result<std::shared_ptr<const Segment>> first_segment(ThreadPool& pool,
                                                       std::span<const Tensor> inputs);

 private:
  struct Impl;

  std::unique_ptr<const Program> program_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern::runtime
