// Operators that only rename or reshape their first input's elements, and how the runtime does
// them: without a copy where the result may share memory.
#pragma once

#include "backend/kernel.h"

namespace tern::runtime {

/// Reshape, Squeeze, Unsqueeze, Flatten and Identity: the output is input 0 under another shape.
bool is_view_op(const Op& op);

/// Points output 0 at input 0's memory.
const KernelDef& view_kernel();

/// Copies input 0's elements to output 0.
const KernelDef& copy_kernel();

/// Copies all elements; dtypes and counts must agree.
void copy_elements(const Tensor& from, Tensor& to);

}  // namespace tern::runtime
