// Operators that only rename or reshape their first input's elements, and how the runtime does
// them: without a copy where the result may share memory.
#pragma once

#include "backend/kernel.h"

namespace tern::runtime {

/// True when the output is input 0's elements in the same order under another shape: Reshape,
/// Squeeze, Unsqueeze, Flatten, Identity, and a Transpose that only moves axes of size 1.
bool is_view(const Op& op, const Shape& input);

/// The operator is one of those, for some input.
bool may_be_view(const Op& op);

/// Points output 0 at input 0's memory.
const KernelDef& view_kernel();

/// Copies input 0's elements to output 0.
const KernelDef& copy_kernel();

/// Copies all elements; dtypes and counts must agree.
void copy_elements(const Tensor& from, Tensor& to);

}  // namespace tern::runtime
