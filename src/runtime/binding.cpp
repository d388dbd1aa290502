#include "runtime/binding.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/errors.h"
#include "ops/fold.h"
#include "passes/memory_plan.h"
#include "runtime/join.h"
#include "runtime/view_kernels.h"

namespace tern::runtime {
namespace {

// Results of at most this many elements are computed while binding when their inputs are known.
constexpr std::int64_t kFoldElements = 1024;

// A range of the arena in the making.
using Buffer = passes::BufferLifetime;

class Binder {
 public:
  // With `join`, results are written where a Concat after them wants them (runtime/join.h); the
  // segment is then valid only if it has no cut.
  Binder(const Program& program, Knowledge knowledge, std::int32_t begin, int threads, bool join)
      : program_(program),
        join_(join),
        graph_(program.graph()),
        knowledge_(std::move(knowledge)),
        begin_(begin),
        threads_(threads),
        segment_(std::make_shared<Segment>()),
        buffer_of_(graph_.value_count(), -1),
        output_of_(graph_.value_count(), -1),
        viewed_(graph_.value_count(), kNoValue),
        joins_(graph_.value_count()) {}

  // Takes a copy of a tensor whose elements are known now.
  void learn(ValueId id, Tensor tensor) {
    type(id) = TypeInfo::of(tensor);
    segment_->folded.push_back(std::move(tensor));
    known(id) = &segment_->folded.back();
  }

  void learn_type(ValueId id, TypeInfo info) { type(id) = std::move(info); }

  Result<std::shared_ptr<Segment>> run() {
    note_last_uses();
    choose_direct_outputs();
    const auto nodes = program_.order();
    std::int32_t position = begin_;
    for (; position < static_cast<std::int32_t>(nodes.size()) && !segment_->cut; ++position) {
      const Node& node = graph_.node(nodes[static_cast<std::size_t>(position)]);
      position_ = position;
      if (Status s = bind_node(nodes[static_cast<std::size_t>(position)], node); !s.ok()) {
        return std::move(s).with_context(describe(node));
      }
      if (segment_->cut && !segment_->cut->contents.empty()) break;  // the node itself waits
    }
    segment_->end = position;
    if (!segment_->cut) TERN_TRY(finish_outputs());
    place();
    if (segment_->cut) segment_->knowledge = std::move(knowledge_);
    return std::move(segment_);
  }

 private:
  TypeInfo& type(ValueId id) { return knowledge_.types[static_cast<std::size_t>(id)]; }
  const Tensor*& known(ValueId id) { return knowledge_.known[static_cast<std::size_t>(id)]; }
  std::int32_t& buffer_of(ValueId id) { return buffer_of_[static_cast<std::size_t>(id)]; }
  std::int32_t step_number() const { return static_cast<std::int32_t>(segment_->steps.size()); }

  // The position after which nobody in the graph reads a value (views are added as they appear).
  void note_last_uses() {
    last_use_.assign(graph_.value_count(), -1);
    const std::int32_t end = static_cast<std::int32_t>(graph_.nodes().size());
    for (const NodeId id : program_.order()) {
      const Node& node = graph_.node(id);
      for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        if (node.inputs[i] == kNoValue || is_shape_only(node, i)) continue;
        last_use_[static_cast<std::size_t>(node.inputs[i])] = program_.position(id);
      }
      for (const ValueId capture : captures(id)) {
        last_use_[static_cast<std::size_t>(capture)] = program_.position(id);
      }
    }
    for (const ValueId id : graph_.outputs()) last_use_[static_cast<std::size_t>(id)] = end;
    for (const VariableUpdate& update : graph_.updates()) {
      last_use_[static_cast<std::size_t>(update.new_value)] = end;
    }
  }

  // What the node's bodies use besides its inputs.
  std::span<const ValueId> captures(NodeId id) const {
    const NodeBodies* bodies = program_.bodies(id);
    return bodies == nullptr ? std::span<const ValueId>() : bodies->captures;
  }

  static bool is_shape_only(const Node& node, std::size_t input) {
    const auto ports = node.op.def().inputs;
    return input < ports.size() && ports[input].shape_only;
  }

  // The first graph output that shows a node's result is written in place by that node.
  void choose_direct_outputs() {
    for (std::size_t i = 0; i < graph_.outputs().size(); ++i) {
      const ValueId id = graph_.outputs()[i];
      if (graph_.value(id).kind != ValueKind::kResult) continue;
      std::int32_t& output = output_of_[static_cast<std::size_t>(id)];
      if (output < 0) output = static_cast<std::int32_t>(i);
    }
  }

  Status bind_node(NodeId id, const Node& node) {
    InferContext c;
    c.wanted_outputs = node.outputs.size();
    for (const ValueId input : node.inputs) {
      c.in.push_back(input == kNoValue ? TypeInfo() : type(input));
      c.in_constant.push_back(input == kNoValue ? nullptr : known(input));
    }
    if (const NodeBodies* bodies = program_.bodies(id)) c.bodies = bodies->results;
    TERN_TRY(infer_types(node.op, c));
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] != kNoValue) type(node.outputs[i]) = c.out[i];
    }
    if (fold_from_shapes(node, c)) return {};
    if (node.op.def().data_dependent) return add_dynamic_step(id, node);
    const bool concrete = std::ranges::all_of(node.outputs, [&](ValueId output) {
      return output == kNoValue || type(output).concrete();
    });
    if (!concrete) return wait_for_contents(node);
    TERN_ASSIGN_OR_RETURN(const bool folded, fold_from_values(node, c));
    if (folded) return {};
    return add_step(id, node);
  }

  bool fold_from_shapes(const Node& node, const InferContext& c) {
    if (node.op.def().fold == nullptr) return false;
    FoldContext fold{.in = c.in, .out = {}};
    if (!node.op.def().fold(node.op.attributes(), fold)) return false;
    for (std::size_t i = 0; i < node.outputs.size() && i < fold.out.size(); ++i) {
      if (node.outputs[i] != kNoValue) learn(node.outputs[i], std::move(fold.out[i]));
    }
    return true;
  }

  Result<bool> fold_from_values(const Node& node, const InferContext& c) {
    if (node.op.def().random || node.op.def().reference == nullptr || !node.regions.empty()) {
      return false;
    }
    std::int64_t elements = 0;
    for (const ValueId output : node.outputs) {
      if (output != kNoValue) elements += type(output).concrete_shape().elements();
    }
    if (elements > kFoldElements) return false;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] != kNoValue && c.in_constant[i] == nullptr) return false;
    }
    TERN_ASSIGN_OR_RETURN(std::vector<Tensor> results,
                          run_reference(node.op, c.in_constant, node.outputs.size()));
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] != kNoValue) learn(node.outputs[i], std::move(results[i]));
    }
    return true;
  }

  // The node's shapes depend on elements computed at run time: end the segment before it.
  Status wait_for_contents(const Node& node) {
    Cut cut;
    for (const ValueId input : node.inputs) {
      if (input == kNoValue || known(input) != nullptr) continue;
      const TypeInfo& info = type(input);
      // Shapes are decided by small tensors only (a target shape, axes, scales, a length).
      if (info.concrete() && info.concrete_shape().elements() <= kFoldElements &&
          info.rank() <= 1) {
        cut.contents.push_back(input);
      }
    }
    if (cut.contents.empty()) return internal_error("the shape of an output cannot be determined");
    for (const ValueId id : cut.contents) keep_to_end(id);
    segment_->cut = std::move(cut);
    return {};
  }

  void keep_to_end(ValueId id) {
    last_use_[static_cast<std::size_t>(id)] = static_cast<std::int32_t>(graph_.nodes().size());
    if (buffer_of(id) >= 0) buffer(id).last = step_number();
  }

  Operand operand(ValueId id) {
    if (id == kNoValue) return {};
    if (known(id) != nullptr) return {.fixed = known(id)};
    if (Tensor* variable = program_.variable(id)) return {.fixed = variable};
    return {.slot = program_.slot(id)};
  }

  TensorDesc desc(ValueId id) {
    if (id == kNoValue) return {};
    return {type(id).dtype, type(id).concrete_shape(), join_of(id).row};
  }

  Step begin_step(NodeId id, const Node& node) {
    Step step;
    step.node = id;
    step.bodies = program_.bodies(id);
    step.first_operand = static_cast<std::uint32_t>(segment_->operands.size());
    step.inputs = static_cast<std::uint32_t>(node.inputs.size() + captures(id).size());
    step.outputs = static_cast<std::uint32_t>(node.outputs.size());
    for (const ValueId input : node.inputs) segment_->operands.push_back(operand(input));
    for (const ValueId capture : captures(id)) segment_->operands.push_back(operand(capture));
    for (const ValueId output : node.outputs) {
      segment_->operands.push_back({.slot = output == kNoValue ? -1 : program_.slot(output)});
    }
    return step;
  }

  Status add_dynamic_step(NodeId id, const Node& node) {
    Step step = begin_step(id, node);
    step.kernel = &reference_kernel();
    TERN_ASSIGN_OR_RETURN(step.plan, step.kernel->plan({node.op, {}, {}, {}, nullptr, threads_}));
    touch_inputs(node);
    for (const ValueId capture : captures(id)) touch(capture);
    segment_->steps.push_back(std::move(step));
    Cut cut;
    for (const ValueId output : node.outputs) {
      if (output != kNoValue) cut.shapes.push_back(output);
    }
    segment_->cut = std::move(cut);
    return {};
  }

  Status add_step(NodeId id, const Node& node) {
    Step step = begin_step(id, node);
    const NodeKernel& chosen = program_.kernel(id);
    step.kernel = chosen.kernel;
    step.packed = chosen.packed.get();
    std::vector<TensorDesc> in, out;
    std::vector<const Tensor*> constants;
    for (const ValueId input : node.inputs) {
      in.push_back(desc(input));
      constants.push_back(input == kNoValue ? nullptr : known(input));
    }
    if (join_ && step.kernel->strided_output && node.outputs.size() == 1) {
      const ValueId result = node.outputs[0];
      join_of(result) = join_of_result(program_, result, type(result));
    }
    for (const ValueId output : node.outputs) out.push_back(desc(output));
    if (node.outputs.size() == 1 && !in.empty() && is_view(node.op, in[0].shape)) {
      if (in[0].shape.elements() != out[0].shape.elements()) {
        return invalid_argument("{} cannot become {}", in[0].shape.to_string(),
                                out[0].shape.to_string());
      }
      // A result in the caller's memory has to be copied there; any other is the input renamed.
      const bool direct = output_of_[static_cast<std::size_t>(node.outputs[0])] >= 0;
      step.kernel = direct ? &copy_kernel() : &view_kernel();
      step.packed = nullptr;
    }
    PlanContext plan{node.op, in, out, constants, step.packed, threads_};
    TERN_ASSIGN_OR_RETURN(step.plan, step.kernel->plan(plan));

    touch_inputs(node);
    if (step.kernel == &view_kernel()) {
      share_buffer(node.inputs[0], node.outputs[0], out[0]);
    } else {
      for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        if (node.outputs[i] != kNoValue) {
          make_buffer(node.outputs[i], out[i], step.kernel->in_place(i), node);
        }
      }
    }
    if (plan.scratch_bytes > 0) {
      scratches_.push_back({.step = segment_->steps.size(), .buffer = buffers_.size()});
      buffers_.push_back({plan.scratch_bytes, step_number(), step_number()});
    }
    segment_->steps.push_back(std::move(step));
    return {};
  }

  Buffer& buffer(ValueId id) { return buffers_[static_cast<std::size_t>(buffer_of(id))]; }

  Join& join_of(ValueId id) { return joins_[static_cast<std::size_t>(id)]; }

  // The buffer of the whole, made for the first value that is written into it.
  std::int32_t joint_buffer(const Join& join, const TensorDesc& part) {
    std::int32_t& index = buffer_of(join.whole);
    if (index < 0) {
      const std::int64_t rows = part.shape.elements(0, part.shape.rank() - 1);
      index = static_cast<std::int32_t>(buffers_.size());
      buffers_.push_back(
          {storage_bytes(part.dtype, rows * join.row), step_number(), step_number()});
    }
    return index;
  }

  // A buffer lives up to the step that last reads any value in it; past the segment's end when a
  // later segment may read it.
  void touch_inputs(const Node& node) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] != kNoValue && !is_shape_only(node, i)) touch(node.inputs[i]);
    }
  }

  void touch(ValueId id) {
    if (buffer_of(id) >= 0) buffer(id).last = std::max(buffer(id).last, step_number());
  }

  void share_buffer(ValueId from, ValueId to, const TensorDesc& out) {
    place_slot(to, out);
    buffer_of(to) = buffer_of(from);
    viewed_[static_cast<std::size_t>(to)] = from;
    // What is viewed, perhaps through other views, is now read for as long as the view is.
    const std::int32_t last = last_use_[static_cast<std::size_t>(to)];
    for (ValueId id = from; id != kNoValue; id = viewed_[static_cast<std::size_t>(id)]) {
      std::int32_t& own = last_use_[static_cast<std::size_t>(id)];
      own = std::max(own, last);
    }
  }

  void place_slot(ValueId id, const TensorDesc& out) {
    segment_->placements.push_back({.slot = program_.slot(id), .desc = out});
    placed_values_.push_back(id);
  }

  void make_buffer(ValueId id, const TensorDesc& out, std::uint32_t in_place, const Node& node) {
    const std::int32_t output = output_of_[static_cast<std::size_t>(id)];
    if (output >= 0) {
      segment_->outputs.push_back({static_cast<std::size_t>(output), program_.slot(id), out});
      return;
    }
    place_slot(id, out);
    if (out.row != 0) {
      buffer_of(id) = joint_buffer(join_of(id), out);
      segment_->placements.back().offset =
          storage_bytes(out.dtype, join_of(id).column);  // in the buffer
      return;
    }
    if (buffer_of(id) >= 0) {  // parts of it are in there already
      buffer(id).last = step_number();
      return;
    }
    if (Tensor* variable = updated_in_place(id, out, in_place, node)) {
      segment_->placements.back().variable = variable;
      return;
    }
    if (const std::int32_t reused = reusable_buffer(out, in_place, node); reused >= 0) {
      buffer_of(id) = reused;
      buffers_[static_cast<std::size_t>(reused)].last = step_number();
      return;
    }
    if (out.dtype == DType::kString || is_container(out.dtype)) {
      segment_->placements.back().owned = true;  // objects cannot live in an arena
      return;
    }
    buffer_of(id) = static_cast<std::int32_t>(buffers_.size());
    buffers_.push_back(
        {storage_bytes(out.dtype, out.shape.elements()), step_number(), step_number()});
  }

  // The variable that `id` updates, when the kernel may write over it and nobody reads it later. A
  // result of another shape is refused when the run ends; it must not be written here.
  Tensor* updated_in_place(ValueId id, const TensorDesc& out, std::uint32_t in_place,
                           const Node& node) {
    for (const VariableUpdate& update : graph_.updates()) {
      if (update.new_value != id || std::ranges::count(node.inputs, update.variable) != 1) continue;
      Tensor* variable = program_.variable(update.variable);
      if (!(variable->shape() == out.shape) || variable->dtype() != out.dtype) continue;
      for (std::size_t i = 0; i < node.inputs.size() && i < 32; ++i) {
        if (node.inputs[i] != update.variable || (in_place >> i & 1u) == 0) continue;
        if (last_use_[static_cast<std::size_t>(update.variable)] <= position_) return variable;
      }
    }
    return nullptr;
  }

  // An input's buffer that the kernel may overwrite: of the same size, in the arena, and dead after
  // this step.
  std::int32_t reusable_buffer(const TensorDesc& out, std::uint32_t in_place, const Node& node) {
    const std::size_t bytes = storage_bytes(out.dtype, out.shape.elements());
    for (std::size_t i = 0; i < node.inputs.size() && i < 32; ++i) {
      const ValueId input = node.inputs[i];
      if ((in_place >> i & 1u) == 0 || input == kNoValue || buffer_of(input) < 0) continue;
      if (std::ranges::count(node.inputs, input) > 1 || join_of(input).row != 0) continue;
      const Buffer& candidate = buffer(input);
      if (candidate.bytes != bytes) continue;
      if (!(desc(input).shape == out.shape) || desc(input).dtype != out.dtype) continue;
      if (!is_dead_after_this(buffer_of(input))) continue;
      return buffer_of(input);
    }
    return -1;
  }

  // No value in the buffer is read after the present position.
  bool is_dead_after_this(std::int32_t buffer_index) {
    for (const ValueId id : placed_values_) {
      if (buffer_of(id) == buffer_index && last_use_[static_cast<std::size_t>(id)] > position_) {
        return false;
      }
    }
    return true;
  }

  // Everything the caller gets that no step writes in place, and updates of variables.
  Status finish_outputs() {
    for (std::size_t i = 0; i < graph_.outputs().size(); ++i) {
      const ValueId id = graph_.outputs()[i];
      const bool direct =
          output_of_[static_cast<std::size_t>(id)] == static_cast<std::int32_t>(i) &&
          known(id) == nullptr && !is_dynamic(id);
      if (!direct) segment_->copies.push_back({.from = operand(id), .output = i});
    }
    for (const VariableUpdate& update : graph_.updates()) {
      Tensor* variable = program_.variable(update.variable);
      const bool in_place = std::ranges::any_of(segment_->placements, [&](const Placement& p) {
        return p.variable == variable && p.slot == program_.slot(update.new_value);
      });
      if (in_place) continue;
      const ValueId source = variable_behind(update.new_value);
      segment_->copies.push_back({.from = operand(update.new_value),
                                  .variable = variable,
                                  .from_variable = source != kNoValue && is_updated(source)});
    }
    return {};
  }

  // The variable whose memory a value may show; kNoValue when it has memory of its own.
  ValueId variable_behind(ValueId id) const {
    while (graph_.value(id).kind != ValueKind::kVariable) {
      const NodeId producer = graph_.value(id).producer;
      if (producer == kNoNode || !may_be_view(graph_.node(producer).op)) return kNoValue;
      id = graph_.node(producer).inputs[0];
    }
    return id;
  }

  bool is_updated(ValueId variable) const {
    return std::ranges::find(graph_.updates(), variable, &VariableUpdate::variable) !=
           graph_.updates().end();
  }

  bool is_dynamic(ValueId id) const {
    return graph_.node(graph_.value(id).producer).op.def().data_dependent;
  }

  // Lays the arena out and writes the offsets down.
  void place() {
    // Values that later segments read stay to the end; with a cut everything alive does.
    if (segment_->cut) {
      for (const ValueId id : placed_values_) {
        if (buffer_of(id) >= 0 && last_use_[static_cast<std::size_t>(id)] >= segment_->end) {
          buffer(id).last = step_number();
        }
      }
    } else {
      for (const FinalCopy& copy : segment_->copies) {
        for (const ValueId id : placed_values_) {
          if (buffer_of(id) >= 0 && program_.slot(id) == copy.from.slot) {
            buffer(id).last = step_number();
          }
        }
      }
    }
    const passes::MemoryPlan plan = passes::plan_memory(buffers_);
    segment_->arena_bytes = plan.arena_bytes;
    for (std::size_t i = 0; i < placed_values_.size(); ++i) {
      const std::int32_t index = buffer_of(placed_values_[i]);
      if (index >= 0) {
        segment_->placements[i].offset += plan.offsets[static_cast<std::size_t>(index)];
      }
    }
    for (const Scratch& scratch : scratches_) {
      segment_->steps[scratch.step].scratch_offset = plan.offsets[scratch.buffer];
    }
  }

  struct Scratch {
    std::size_t step;
    std::size_t buffer;
  };

  const Program& program_;
  bool join_;
  const Graph& graph_;
  Knowledge knowledge_;
  std::int32_t begin_;
  std::int32_t position_ = 0;
  int threads_;
  std::shared_ptr<Segment> segment_;
  std::vector<std::int32_t> buffer_of_;  // by ValueId; -1: not in a buffer of this segment
  std::vector<std::int32_t> output_of_;  // by ValueId; -1: no direct output
  std::vector<ValueId> viewed_;          // by ValueId: what a view shows, or kNoValue
  std::vector<Join> joins_;              // by ValueId
  std::vector<std::int32_t> last_use_;   // by ValueId: position
  std::vector<Buffer> buffers_;
  std::vector<ValueId> placed_values_;  // parallel to Segment::placements
  std::vector<Scratch> scratches_;
};

}  // namespace

Result<std::shared_ptr<const Segment>> bind(const Program& program,
                                            std::span<const TensorDesc> inputs, int threads) {
  const Graph& graph = program.graph();
  Knowledge knowledge;
  knowledge.types.resize(graph.value_count());
  knowledge.known.resize(graph.value_count(), nullptr);
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    if (graph.value(id).kind == ValueKind::kResult) continue;
    knowledge.types[i] = graph.value(id).type;
    knowledge.known[i] = graph.constant(id);
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    knowledge.types[static_cast<std::size_t>(graph.inputs()[i])] =
        TypeInfo(inputs[i].dtype, inputs[i].shape);
  }
  TERN_ASSIGN_OR_RETURN(std::shared_ptr<Segment> segment,
                        Binder(program, knowledge, 0, threads, /*join=*/true).run());
  if (segment->cut) {
    TERN_ASSIGN_OR_RETURN(segment,
                          Binder(program, std::move(knowledge), 0, threads, /*join=*/false).run());
  }
  segment->inputs.assign(inputs.begin(), inputs.end());
  return std::shared_ptr<const Segment>(std::move(segment));
}

Result<std::shared_ptr<const Segment>> bind_next(const Program& program,
                                                 std::shared_ptr<const Segment> previous,
                                                 std::span<const Tensor> contents,
                                                 std::span<const TensorDesc> shapes, int threads) {
  TERN_CHECK(previous->cut.has_value(), "the last segment has no next");
  Binder binder(program, previous->knowledge, previous->end, threads, /*join=*/false);
  for (std::size_t i = 0; i < contents.size(); ++i) {
    binder.learn(previous->cut->contents[i], contents[i]);
  }
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    binder.learn_type(previous->cut->shapes[i], TypeInfo(shapes[i].dtype, shapes[i].shape));
  }
  TERN_ASSIGN_OR_RETURN(std::shared_ptr<Segment> segment, binder.run());
  segment->previous = std::move(previous);
  return std::shared_ptr<const Segment>(std::move(segment));
}

}  // namespace tern::runtime
