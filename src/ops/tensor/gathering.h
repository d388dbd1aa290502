// What the gathers, the scatters and their gradients share: checked indices, shapes, geometry.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/op_def.h"

namespace tern::ops {

/// `index` counted from the front of an axis of `size`; fails outside [-size, size).
Result<std::int64_t> checked_index(std::int64_t index, std::int64_t size);

/// All elements of `indices` that way.
Result<std::vector<std::int64_t>> checked_indices(const Tensor& indices, std::int64_t size);

/// The sizes of Gather's output: data's with those of the indices in place of `axis`.
Result<std::vector<Dim>> gathered_dims(const std::vector<Dim>& data,
                                       const std::vector<Dim>& indices, std::int64_t axis);

/// Fails unless indices have data's rank and are nowhere longer than data but on `axis`.
Status check_element_indices(const std::vector<Dim>& data, const std::vector<Dim>& indices,
                             std::int64_t axis);

/// The element of data that each element of `indices` points to along `axis`. The shapes must have
/// passed check_element_indices.
Result<std::vector<std::int64_t>> element_places(const tern::Shape& data, const Tensor& indices,
                                                 std::int64_t axis);

/// The sizes that GatherND makes of data and that ScatterND's updates have; rank unknown (nullopt)
/// while the length of the index tuples is.
Result<std::optional<std::vector<Dim>>> gathered_nd_dims(const std::vector<Dim>& data,
                                                         const std::vector<Dim>& indices,
                                                         std::int64_t batch_dims);

/// Where every index tuple points: the first element of its slice in data.
struct SlicePlaces {
  std::vector<std::int64_t> offsets;
  std::int64_t slice = 1;  // elements of one slice
};
Result<SlicePlaces> slice_places(const tern::Shape& data, const Tensor& indices, int batch_dims);

}  // namespace tern::ops
