#include "runtime/frame.h"

#include <chrono>

#include "base/errors.h"
#include "runtime/cost.h"
#include "runtime/runner.h"
#include "runtime/view_kernels.h"

namespace tern::runtime {
namespace {

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// The caller's tensor for an output: allocated when undefined, else it must fit.
Status fit_output(std::string_view name, const TensorDesc& desc, Tensor& tensor) {
  if (!tensor.defined()) {
    TERN_ASSIGN_OR_RETURN(tensor, Tensor::uninitialized(desc.dtype, desc.shape));
    return {};
  }
  if (tensor.dtype() != desc.dtype || !(tensor.shape() == desc.shape)) {
    return invalid_argument("output {} is {}{}, the given tensor {}{}", name, to_string(desc.dtype),
                            desc.shape.to_string(), to_string(tensor.dtype()),
                            tensor.shape().to_string());
  }
  return {};
}

// Runs the bodies of one node; `captures` are the tensors that follow its inputs.
class NodeBodyRunner final : public BodyRunner {
 public:
  NodeBodyRunner(const NodeBodies& node, std::span<const Tensor* const> captures,
                 const RunState& state, RandomKey random)
      : node_(node), captures_(captures), state_(state), random_(random) {}

  Result<std::vector<Tensor>> run(std::size_t index, std::span<const Tensor> arguments) override {
    const Body& body = node_.bodies[index];
    std::vector<Tensor> inputs(arguments.begin(), arguments.end());
    for (const std::size_t i : body.captures) inputs.push_back(*captures_[i]);
    std::vector<Tensor> outputs(node_.results[index].size());
    // Every run of a body draws other random numbers.
    const std::uint64_t seed = random_.seed * 0x9e3779b97f4a7c15u + random_.node + 1;
    TERN_TRY(body.runner->run(state_.pool, inputs, outputs,
                              {.seed = seed + (++runs_ << 20),
                               .step = random_.step,
                               .profile = nullptr,
                               .deadline = state_.deadline}));
    return outputs;
  }

  const TypeInfo& result_type(std::size_t body, std::size_t i) const override {
    return node_.results[body][i];
  }

 private:
  const NodeBodies& node_;
  std::span<const Tensor* const> captures_;
  const RunState& state_;
  RandomKey random_;
  std::uint64_t runs_ = 0;
};

}  // namespace

Status Frame::prepare(Part& part, std::shared_ptr<const Segment> segment) {
  const auto bytes = static_cast<std::int64_t>(segment->arena_bytes);
  if (!part.arena.defined() || part.arena.elements() < bytes) {
    part.arena = Tensor();  // give the old one back first
    TERN_ASSIGN_OR_RETURN(part.arena, Tensor::uninitialized(DType::kU8, {bytes}));
  }
  part.inputs.clear();
  part.outputs.clear();
  const auto address = [&](const Operand& operand) -> Tensor* {
    if (operand.fixed != nullptr) return const_cast<Tensor*>(operand.fixed);
    return operand.slot < 0 ? nullptr : &slots_[static_cast<std::size_t>(operand.slot)];
  };
  for (const Step& step : segment->steps) {
    const Operand* operands = segment->operands.data() + step.first_operand;
    for (std::uint32_t i = 0; i < step.inputs; ++i) part.inputs.push_back(address(operands[i]));
    for (std::uint32_t i = 0; i < step.outputs; ++i) {
      part.outputs.push_back(address(operands[step.inputs + i]));
    }
  }
  for (const Placement& placement : segment->placements) {
    Tensor& slot = slots_[static_cast<std::size_t>(placement.slot)];
    if (placement.owned) {
      TERN_ASSIGN_OR_RETURN(slot,
                            Tensor::uninitialized(placement.desc.dtype, placement.desc.shape));
      continue;
    }
    void* data = placement.variable != nullptr
                     ? placement.variable->mutable_raw()
                     : static_cast<std::byte*>(part.arena.mutable_raw()) + placement.offset;
    slot = Tensor::view(placement.desc.dtype, placement.desc.shape, data);
  }
  part.segment = std::move(segment);
  return {};
}

Status Frame::run(std::shared_ptr<const Segment> segment, RunState& state, NextSegment next) {
  const auto inputs = state.program.graph().inputs();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& given = state.inputs[i];
    slots_[static_cast<std::size_t>(state.program.slot(inputs[i]))] =
        Tensor::view(given.dtype(), given.shape(), const_cast<void*>(given.raw()));
  }
  std::size_t depth = 0;
  bool changed = false;
  while (segment != nullptr) {
    if (depth == parts_.size()) parts_.push_back(std::make_unique<Part>());
    Part& part = *parts_[depth];
    // A part after a changed one may share slots' addresses but not their contents: rebuild it.
    if (changed || part.segment != segment) {
      changed = true;
      if (depth == 0) first_ = segment;
      TERN_TRY(prepare(part, std::move(segment)));
    }
    TERN_TRY(set_outputs(*part.segment, state));
    TERN_TRY(execute(part, state));
    segment = nullptr;
    if (part.segment->cut) TERN_TRY(ask_next(part, state.program, next, segment));
    if (segment == nullptr) TERN_TRY(copy_results(*part.segment, state));
    ++depth;
  }
  return {};
}

Status Frame::execute(Part& part, RunState& state) {
  const Segment& segment = *part.segment;
  const Tensor* const* inputs = part.inputs.data();
  Tensor* const* outputs = part.outputs.data();
  auto* arena = static_cast<std::byte*>(part.arena.mutable_raw());
  for (const Step& step : segment.steps) {
    TERN_TRY(check_deadline(state.deadline));
    RunContext context{.in = {inputs, step.inputs},
                       .out = {outputs, step.outputs},
                       .packed = step.packed,
                       .scratch = arena + step.scratch_offset,
                       .pool = state.pool,
                       .random = {state.seed, state.step, static_cast<std::uint64_t>(step.node)},
                       .status = {}};
    const std::int64_t start = state.profile != nullptr ? now_ns() : 0;
    if (step.bodies != nullptr) {
      const std::size_t captures = step.bodies->captures.size();
      NodeBodyRunner runner(*step.bodies, context.in.last(captures), state, context.random);
      context.in = context.in.first(step.inputs - captures);
      context.bodies = &runner;
      step.kernel->run(step.plan.get(), context);
    } else {
      step.kernel->run(step.plan.get(), context);
    }
    if (state.profile != nullptr) {
      StepProfile entry = describe_step(state.program.graph(), step, context.in, context.out);
      entry.nanoseconds = now_ns() - start;
      state.profile->push_back(std::move(entry));
    }
    if (!context.status.ok()) {
      return std::move(context.status)
          .with_context(describe(state.program.graph().node(step.node)));
    }
    inputs += step.inputs;
    outputs += step.outputs;
  }
  return {};
}

Status Frame::set_outputs(const Segment& segment, RunState& state) {
  for (const DirectOutput& output : segment.outputs) {
    Tensor& given = state.outputs[output.index];
    const ValueId id = state.program.graph().outputs()[output.index];
    TERN_TRY(fit_output(state.program.graph().value(id).name, output.desc, given));
    slots_[static_cast<std::size_t>(output.slot)] =
        Tensor::view(output.desc.dtype, output.desc.shape, given.mutable_raw());
  }
  return {};
}

Status Frame::copy_results(const Segment& segment, RunState& state) {
  const auto source = [&](const FinalCopy& copy) -> const Tensor& {
    return copy.from.fixed != nullptr ? *copy.from.fixed
                                      : slots_[static_cast<std::size_t>(copy.from.slot)];
  };
  // Variables that take each other's values: all are read before one is written.
  std::vector<Tensor> read;
  for (const FinalCopy& copy : segment.copies) {
    if (!copy.from_variable) continue;
    TERN_ASSIGN_OR_RETURN(Tensor before, source(copy).clone());
    read.push_back(std::move(before));
  }
  std::size_t next_read = 0;
  for (const FinalCopy& copy : segment.copies) {
    const Tensor& from = copy.from_variable ? read[next_read++] : source(copy);
    if (copy.variable != nullptr) {
      if (!(copy.variable->shape() == from.shape()) || copy.variable->dtype() != from.dtype()) {
        return invalid_argument("an update of shape {} for a variable of shape {}",
                                from.shape().to_string(), copy.variable->shape().to_string());
      }
      if (from.raw() != copy.variable->raw()) copy_elements(from, *copy.variable);
      continue;
    }
    const ValueId id = state.program.graph().outputs()[copy.output];
    Tensor& given = state.outputs[copy.output];
    TERN_TRY(fit_output(state.program.graph().value(id).name, {from.dtype(), from.shape()}, given));
    copy_elements(from, given);
  }
  return {};
}

Status Frame::ask_next(const Part& part, const Program& program, NextSegment next,
                       std::shared_ptr<const Segment>& found) {
  const Cut& cut = *part.segment->cut;
  const auto slot_of = [&](ValueId id) -> const Tensor& {
    return slots_[static_cast<std::size_t>(program.slot(id))];
  };
  std::vector<Tensor> contents;
  std::vector<TensorDesc> shapes;
  for (const ValueId id : cut.contents) {
    const Tensor* variable = program.variable(id);
    TERN_ASSIGN_OR_RETURN(Tensor copy, (variable != nullptr ? *variable : slot_of(id)).clone());
    contents.push_back(std::move(copy));
  }
  for (const ValueId id : cut.shapes) {
    const Tensor& t = slot_of(id);
    if (!t.defined()) return internal_error("a data-dependent step left an output undefined");
    shapes.push_back({t.dtype(), t.shape()});
  }
  TERN_ASSIGN_OR_RETURN(found, next(part.segment, contents, shapes));
  return {};
}

std::size_t Frame::bytes() const {
  std::size_t total = 0;
  for (const auto& part : parts_) {
    if (part->arena.defined()) total += part->arena.bytes();
  }
  return total;
}

}  // namespace tern::runtime
