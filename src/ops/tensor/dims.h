// Small steps that operators on arrangement share: symbolic sizes, lists of integers, zeros.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/op_def.h"
#include "tern/graph_builder.h"

namespace tern::ops {

/// One size that must equal both: the better known of the two. Fails when they surely differ.
Result<Dim> merge_dims(const Dim& a, const Dim& b);

/// The sum; unknown while either is.
Result<Dim> add_dims(const Dim& a, const Dim& b);

/// Fails when the rank, or the number of elements as far as it is known, is above Shape's limits.
Status check_limits(std::span<const Dim> dims);

/// Appends an output after check_limits.
Status push_output(InferContext& c, DType dtype, std::vector<Dim> dims);

/// Appends an output of `rank` unknown sizes, of unknown rank when that is not known or too large.
void push_unknown(InferContext& c, DType dtype, const Dim& rank);

/// The elements of an integer tensor.
std::vector<std::int64_t> int_list(const Tensor& t);

/// Fails unless input `i` has rank 1.
Status check_vector(const InferContext& c, std::size_t i, std::string_view name);

/// A constant vector of i64.
Value int_constant(GraphBuilder& b, std::vector<std::int64_t> values);

}  // namespace tern::ops
