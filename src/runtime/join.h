// Concatenation without a copy: a result that one Concat along the last axis (channels, in a plan)
// uses is written straight into the Concat's result, as a range of its columns.
//
// Its kernel must be able to write with a row longer than the result's own, and everybody else who
// reads the result must be able to read it so.
#pragma once

#include "runtime/program.h"

namespace tern::runtime {

/// Where a value stands in a wider one.
struct Join {
  ValueId whole = kNoValue;  // the Concat's result
  std::int64_t column = 0;   // the value's first column in it
  std::int64_t row = 0;      // columns of the whole; 0: the value is dense, by itself
};

/// The join for `id`, a node's only result of the concrete type `type`.
Join join_of_result(const Program& program, ValueId id, const TypeInfo& type);

}  // namespace tern::runtime
