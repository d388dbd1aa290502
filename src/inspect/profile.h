// Where a run's time goes: tables for people, and a trace for viewers of time lines.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "tern/session.h"

namespace tern::inspect {

/// Tables for people: per node (the slowest first, at most `most_nodes`) and per operator.
std::string profile_table(std::span<const StepProfile> steps, std::size_t most_nodes);

/// The steps as a JSON object in the trace event format that chrome://tracing and Perfetto read: in
/// "traceEvents" one complete event ("ph": "X") per step, named after its node, category its
/// operator, with "args" {"op", "kernel", "shapes", "gflop_per_s", "gb_per_s"}; times in
/// microseconds. A profile knows how long steps take, so they follow each other without gaps.
std::string to_trace(std::span<const StepProfile> steps, std::string_view model);

}  // namespace tern::inspect
