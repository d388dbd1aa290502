// Signature: what a model's inputs and outputs are, and whether tensors of given shapes suit them.
// Immutable, so safe to read from many threads.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tern/session.h"

namespace tern::serve {

class Signature {
 public:
  Signature() = default;
  Signature(std::span<const IoInfo> inputs, std::span<const IoInfo> outputs)
      : inputs_(inputs.begin(), inputs.end()), outputs_(outputs.begin(), outputs.end()) {}

  std::span<const IoInfo> inputs() const { return inputs_; }
  std::span<const IoInfo> outputs() const { return outputs_; }
  /// Position of an input or output of that name.
  std::optional<std::size_t> find_input(std::string_view name) const;
  std::optional<std::size_t> find_output(std::string_view name) const;

  /// Whether shapes, one per input in order, fit ranks and sizes, equal symbols being equal sizes.
  /// kInvalidArgument names the input, what it is and what the model wants.
  Status check(std::span<const Shape> shapes) const;

  /// The first size of every input and output is open: the rows of several requests may be joined
  /// into one run, if the model treats rows independently (row_probe.h).
  bool rows_are_open() const;

 private:
  std::vector<IoInfo> inputs_;
  std::vector<IoInfo> outputs_;
};

/// `shape` without its first axis; a scalar stays one.
Shape row_shape(const Shape& shape);

}  // namespace tern::serve
