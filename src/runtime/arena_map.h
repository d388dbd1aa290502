// Where a run keeps its results: the memory plan of a program, for people to look at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tern/session.h"

namespace tern::runtime {

/// A part of the arena from step `first` to step `last`, both included.
struct ArenaBuffer {
  std::string values;  // names of the values that share it: views, and results made in place
  std::size_t offset = 0;
  std::size_t bytes = 0;
  std::int32_t first = 0;
  std::int32_t last = 0;
};

struct ArenaMap {
  std::size_t arena_bytes = 0;  // scratch memory of kernels included
  std::int32_t steps = 0;
  bool complete = true;  // false: what follows depends on data, and is planned while it runs
  std::vector<ArenaBuffer> buffers;  // by first step
};

/// The plan of a run of `graph` with such inputs: kernels are chosen and weights packed for it as
/// for a session. Buffers that live at the same step do not overlap.
Result<ArenaMap> arena_map(Graph graph, const SessionOptions& options,
                           std::span<const Tensor> inputs);

}  // namespace tern::runtime
