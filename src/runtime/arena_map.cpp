#include "runtime/arena_map.h"

#include <algorithm>
#include <limits>

#include "base/errors.h"
#include "runtime/binding.h"
#include "runtime/input_check.h"

namespace tern::runtime {
namespace {

struct Life {
  std::int32_t first = std::numeric_limits<std::int32_t>::max();
  std::int32_t last = -1;
};

std::vector<Life> lives_of_slots(const Program& program, const Segment& segment) {
  std::vector<Life> lives(program.slot_count());
  for (std::size_t s = 0; s < segment.steps.size(); ++s) {
    const Step& step = segment.steps[s];
    for (std::uint32_t i = 0; i < step.inputs + step.outputs; ++i) {
      const std::int32_t slot = segment.operands[step.first_operand + i].slot;
      if (slot < 0) continue;
      Life& life = lives[static_cast<std::size_t>(slot)];
      life.first = std::min(life.first, static_cast<std::int32_t>(s));
      life.last = std::max(life.last, static_cast<std::int32_t>(s));
    }
  }
  for (const FinalCopy& copy : segment.copies) {
    if (copy.from.slot >= 0) {
      lives[static_cast<std::size_t>(copy.from.slot)].last =
          static_cast<std::int32_t>(segment.steps.size());
    }
  }
  return lives;
}

bool covers(const ArenaBuffer& buffer, std::size_t offset) {
  return buffer.offset <= offset && offset < buffer.offset + buffer.bytes;
}

/// Values in the same bytes, the one read or written while the other is there: one buffer.
void add_buffer(std::vector<ArenaBuffer>& buffers, ArenaBuffer added) {
  for (ArenaBuffer& buffer : buffers) {
    if (buffer.offset != added.offset || added.first > buffer.last || added.last < buffer.first) {
      continue;
    }
    buffer.values += ", " + added.values;
    buffer.bytes = std::max(buffer.bytes, added.bytes);
    buffer.first = std::min(buffer.first, added.first);
    buffer.last = std::max(buffer.last, added.last);
    return;
  }
  buffers.push_back(std::move(added));
}

}  // namespace

Result<ArenaMap> arena_map(Graph graph, const SessionOptions& options,
                           std::span<const Tensor> inputs) {
  const auto pool = options.pool ? options.pool : std::make_shared<ThreadPool>(options.threads);
  const auto store = options.variables ? options.variables : std::make_shared<VariableStore>();
  TERN_ASSIGN_OR_RETURN(const auto program,
                        Program::create(std::move(graph), options, cpu_backend(), *pool, store));
  TERN_TRY(check_inputs(program->graph(), inputs));
  std::vector<TensorDesc> descs;
  for (const Tensor& input : inputs) descs.push_back({input.dtype(), input.shape()});
  TERN_ASSIGN_OR_RETURN(const auto segment, bind(*program, descs, pool->size()));

  std::vector<ValueId> value_of(program->slot_count(), kNoValue);
  for (std::size_t i = 0; i < program->graph().value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    if (program->slot(id) >= 0) value_of[static_cast<std::size_t>(program->slot(id))] = id;
  }
  const std::vector<Life> lives = lives_of_slots(*program, *segment);
  ArenaMap map{.arena_bytes = segment->arena_bytes,
               .steps = static_cast<std::int32_t>(segment->steps.size()),
               .complete = !segment->cut.has_value()};
  std::vector<const Placement*> parts;
  for (const Placement& placement : segment->placements) {
    const auto slot = static_cast<std::size_t>(placement.slot);
    if (placement.variable != nullptr || placement.owned || lives[slot].last < 0) continue;
    if (placement.desc.row != 0) {
      parts.push_back(&placement);
      continue;
    }
    add_buffer(map.buffers,
               {.values = program->graph().value(value_of[slot]).name,
                .offset = placement.offset,
                .bytes = storage_bytes(placement.desc.dtype, placement.desc.shape.elements()),
                .first = lives[slot].first,
                .last = lives[slot].last});
  }
  // What is written into its columns of a whole makes the whole live from there on.
  for (const Placement* part : parts) {
    const Life& life = lives[static_cast<std::size_t>(part->slot)];
    for (ArenaBuffer& buffer : map.buffers) {
      if (covers(buffer, part->offset) && buffer.first <= life.last && buffer.last >= life.last) {
        buffer.first = std::min(buffer.first, life.first);
      }
    }
  }
  std::ranges::stable_sort(map.buffers, {}, &ArenaBuffer::first);
  return map;
}

}  // namespace tern::runtime
