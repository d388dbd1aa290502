// Binding: a program with concrete sizes, as a flat list of steps over one arena.
//
// A binding is one segment as long as every shape follows from the input shapes. Where a shape
// depends on data (NonZero, or a Reshape whose target is computed at run time) the segment ends
// with a Cut; the next segment is bound when what it needs is known, and kept under those numbers.
// Bindings are immutable once made, so that concurrent runs share them.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/program.h"

namespace tern::runtime {

/// Where a step finds an operand: a tensor that stays put (a constant, something folded, a
/// variable), or a slot of the frame. Neither: left out.
struct Operand {
  const Tensor* fixed = nullptr;
  std::int32_t slot = -1;
};

struct Step {
  const KernelDef* kernel = nullptr;
  std::shared_ptr<const void> plan;
  const void* packed = nullptr;
  const NodeBodies* bodies = nullptr;  // of control flow
  NodeId node = kNoNode;
  std::uint32_t first_operand = 0;  // in Segment::operands: inputs, captures of bodies, outputs
  std::uint32_t inputs = 0;         // captures included
  std::uint32_t outputs = 0;
  std::size_t scratch_offset = 0;
};

/// A slot whose memory is known when a frame is made.
struct Placement {
  std::int32_t slot = -1;
  TensorDesc desc;
  std::size_t offset = 0;      // in the arena
  Tensor* variable = nullptr;  // in place of the arena: a variable updated in place
  bool owned = false;          // in place of the arena: a tensor of the frame's own
};

/// A graph output that a step writes straight into the caller's tensor.
struct DirectOutput {
  std::size_t index = 0;  // among the graph's outputs
  std::int32_t slot = -1;
  TensorDesc desc;
};

/// A copy at the end of the run: to a graph output, or into a variable.
struct FinalCopy {
  Operand from;
  std::size_t output = 0;
  Tensor* variable = nullptr;
  bool from_variable = false;  // shows a variable that another copy writes: it is read before all
};

/// What the next segment has to know first.
struct Cut {
  std::vector<ValueId> contents;  // small integer tensors whose elements decide shapes
  std::vector<ValueId> shapes;    // outputs of the data-dependent step that ends the segment
};

/// What is known of the graph's values so far: kept at a Cut for the next segment.
struct Knowledge {
  std::vector<TypeInfo> types;       // by ValueId
  std::vector<const Tensor*> known;  // by ValueId: elements known before the run, or null
};

struct Segment {
  std::vector<TensorDesc> inputs;           // of the graph, in the first segment
  std::shared_ptr<const Segment> previous;  // keeps what was folded before alive
  std::vector<Step> steps;
  std::vector<Operand> operands;
  std::vector<Placement> placements;
  std::vector<DirectOutput> outputs;
  std::vector<FinalCopy> copies;
  std::size_t arena_bytes = 0;
  std::deque<Tensor> folded;  // a deque keeps addresses
  std::int32_t end = 0;       // position of the first node not in this segment
  std::optional<Cut> cut;
  Knowledge knowledge;  // only with a cut
};

/// Binds the first segment for inputs of these types.
Result<std::shared_ptr<const Segment>> bind(const Program& program,
                                            std::span<const TensorDesc> inputs, int threads);

/// Binds the segment after `previous`. `contents` and `shapes` answer its cut, in its order.
Result<std::shared_ptr<const Segment>> bind_next(const Program& program,
                                                 std::shared_ptr<const Segment> previous,
                                                 std::span<const Tensor> contents,
                                                 std::span<const TensorDesc> shapes, int threads);

}  // namespace tern::runtime
