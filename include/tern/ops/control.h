// Control flow (onnx.ai/onnx/operators). The bodies are regions of the node, in the order that each
// operator states; what a body uses of the graph around it needs no mention.
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// The results of the first body (then_branch) when `cond` is true, else of the second
/// (else_branch). Bodies take no arguments.
struct If {
  static constexpr auto fields = Fields{};
};

/// Runs its body M times, or while its condition holds. Inputs: M (i64, may be left out), cond
/// (bool, may be left out), initial values. The body takes the iteration's number, the condition
/// and the carried values, and returns the condition, the carried values, and elements of scans.
/// Outputs: the last carried values, then each scan's elements joined along a new first axis.
struct Loop {
  static constexpr auto fields = Fields{};
};

/// Runs its body for every element of the last `num_scan_inputs` inputs along their scan axes
/// (0 unless given). The inputs before them are carried from run to run. The body takes carried
/// values and one element of each scanned input, and returns carried values and elements of the
/// scanned outputs. A direction of 1 reads from, or writes to, the end first.
struct Scan {
  std::int64_t num_scan_inputs = 0;
  std::vector<std::int64_t> scan_input_axes;
  std::vector<std::int64_t> scan_input_directions;
  std::vector<std::int64_t> scan_output_axes;
  std::vector<std::int64_t> scan_output_directions;
  static constexpr auto fields =
      Fields{Field{"num_scan_inputs", &Scan::num_scan_inputs, kRequiredField},
             Field{"scan_input_axes", &Scan::scan_input_axes},
             Field{"scan_input_directions", &Scan::scan_input_directions},
             Field{"scan_output_axes", &Scan::scan_output_axes},
             Field{"scan_output_directions", &Scan::scan_output_directions}};
};

/// Scan as it was in opset 8 (tern domain): all inputs but the first have a batch axis in front of
/// the scanned axis, and the body runs for each row of the batch by itself. Input 0 (may be left
/// out) says how many elements of each row count; outputs are zero beyond. `directions` are those
/// of the scanned inputs.
struct BatchScan {
  std::int64_t num_scan_inputs = 0;
  std::vector<std::int64_t> directions;
  static constexpr auto fields =
      Fields{Field{"num_scan_inputs", &BatchScan::num_scan_inputs, kRequiredField},
             Field{"directions", &BatchScan::directions}};
};

/// Runs its body for every item of the first input, a sequence, and collects each of its results in
/// a sequence. Further inputs are sequences of the same length, or tensors that every run gets.
struct SequenceMap {
  static constexpr auto fields = Fields{};
};

}  // namespace tern::ops
