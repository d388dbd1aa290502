// Frame: the memory of one run in progress. Sessions keep frames and lend each to one run at a
// time; a frame that meets the same shapes again runs without an allocation.
#pragma once

#include <memory>
#include <vector>

#include "runtime/binding.h"
#include "runtime/deadline.h"

namespace tern::runtime {

/// Everything a run needs besides its frame.
struct RunState {
  const Program& program;
  ThreadPool& pool;
  std::span<const Tensor> inputs;
  std::span<Tensor> outputs;
  std::uint64_t seed = 0;
  std::uint64_t step = 0;
  std::vector<StepProfile>* profile = nullptr;
  Deadline deadline;
};

/// Finds or makes the segment that follows `previous`, given what its cut asked for.
using NextSegment = FunctionRef<Result<std::shared_ptr<const Segment>>(
    const std::shared_ptr<const Segment>& previous, std::span<const Tensor> contents,
    std::span<const TensorDesc> shapes)>;

class Frame {
 public:
  explicit Frame(const Program& program) : slots_(program.slot_count()) {}

  /// The segment the frame is ready for; null at first.
  const std::shared_ptr<const Segment>& first_segment() const { return first_; }

  /// Runs `segment` and those that follow it.
  Status run(std::shared_ptr<const Segment> segment, RunState& state, NextSegment next);

  std::size_t bytes() const;

 private:
  // A segment's memory and the addresses its steps use.
  struct Part {
    std::shared_ptr<const Segment> segment;
    Tensor arena;
    std::vector<const Tensor*> inputs;  // of all steps, one after the other
    std::vector<Tensor*> outputs;
  };

  Status prepare(Part& part, std::shared_ptr<const Segment> segment);
  Status execute(Part& part, RunState& state);
  Status set_outputs(const Segment& segment, RunState& state);
  Status copy_results(const Segment& segment, RunState& state);
  Status ask_next(const Part& part, const Program& program, NextSegment next,
                  std::shared_ptr<const Segment>& found);

  std::vector<Tensor> slots_;
  std::shared_ptr<const Segment> first_;
  std::vector<std::unique_ptr<Part>> parts_;
};

}  // namespace tern::runtime
