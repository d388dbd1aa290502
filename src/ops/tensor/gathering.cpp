#include "ops/tensor/gathering.h"

#include "base/errors.h"
#include "ops/axes.h"
#include "ops/broadcast.h"
#include "ops/reference.h"
#include "ops/tensor/dims.h"

namespace tern::ops {

Result<std::int64_t> checked_index(std::int64_t index, std::int64_t size) {
  if (index < -size || index >= size) {
    return out_of_range("index {} is outside [-{}, {})", index, size, size);
  }
  return index < 0 ? index + size : index;
}

Result<std::vector<std::int64_t>> checked_indices(const Tensor& indices, std::int64_t size) {
  std::vector<std::int64_t> places = int_list(indices);
  for (std::int64_t& place : places) {
    TERN_ASSIGN_OR_RETURN(place, checked_index(place, size));
  }
  return places;
}

Result<std::vector<Dim>> gathered_dims(const std::vector<Dim>& data,
                                       const std::vector<Dim>& indices, std::int64_t axis) {
  TERN_ASSIGN_OR_RETURN(const int at, normalize_axis(axis, static_cast<int>(data.size())));
  std::vector<Dim> out(data.begin(), data.begin() + at);
  out.insert(out.end(), indices.begin(), indices.end());
  out.insert(out.end(), data.begin() + at + 1, data.end());
  return out;
}

Status check_element_indices(const std::vector<Dim>& data, const std::vector<Dim>& indices,
                             std::int64_t axis) {
  TERN_ASSIGN_OR_RETURN(const int at, normalize_axis(axis, static_cast<int>(data.size())));
  if (data.size() != indices.size()) {
    return invalid_argument("indices have rank {}, data has {}", indices.size(), data.size());
  }
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (static_cast<int>(i) == at || !data[i].known() || !indices[i].known()) continue;
    if (indices[i].value() > data[i].value()) {
      return invalid_argument("indices have size {} on axis {}, data has {}", indices[i].value(), i,
                              data[i].value());
    }
  }
  return {};
}

Result<std::vector<std::int64_t>> element_places(const tern::Shape& data, const Tensor& indices,
                                                 std::int64_t axis) {
  TERN_ASSIGN_OR_RETURN(const int along, normalize_axis(axis, data.rank()));
  TERN_ASSIGN_OR_RETURN(std::vector<std::int64_t> places, checked_indices(indices, data[along]));
  tern::Shape strides = data.strides();
  const std::int64_t step = strides[along];
  strides[along] = 0;
  for_each_offset(indices.shape(), strides, [&](std::int64_t i, std::int64_t others) {
    std::int64_t& place = places[static_cast<std::size_t>(i)];
    place = place * step + others;
  });
  return places;
}

Result<std::optional<std::vector<Dim>>> gathered_nd_dims(const std::vector<Dim>& data,
                                                         const std::vector<Dim>& indices,
                                                         std::int64_t batch_dims) {
  const auto rank = static_cast<std::int64_t>(data.size());
  if (data.empty() || indices.empty()) return invalid_argument("data or indices are a scalar");
  if (batch_dims < 0 || batch_dims >= static_cast<std::int64_t>(indices.size()) ||
      batch_dims > rank) {
    return invalid_argument("batch_dims is {} for data of rank {} and indices of rank {}",
                            batch_dims, rank, indices.size());
  }
  std::vector<Dim> out;
  for (std::size_t i = 0; i + 1 < indices.size(); ++i) {
    const bool batch = static_cast<std::int64_t>(i) < batch_dims;
    out.push_back(indices[i]);
    if (batch) {
      TERN_ASSIGN_OR_RETURN(out.back(), merge_dims(data[i], indices[i]));
    }
  }
  if (!indices.back().known()) return std::optional<std::vector<Dim>>();
  const std::int64_t tuple = indices.back().value();
  if (tuple < 1 || tuple > rank - batch_dims) {
    return invalid_argument("index tuples of {} for data of rank {} after {} batch axes", tuple,
                            rank, batch_dims);
  }
  out.insert(out.end(), data.begin() + batch_dims + tuple, data.end());
  return std::optional(std::move(out));
}

Result<SlicePlaces> slice_places(const tern::Shape& data, const Tensor& indices, int batch_dims) {
  const tern::Shape strides = data.strides();
  const auto tuple = static_cast<int>(indices.shape().back());
  SlicePlaces places;
  places.slice = data.elements(batch_dims + tuple, data.rank());
  const std::int64_t batches = indices.shape().elements(0, batch_dims);
  const std::int64_t per_batch = indices.shape().elements(batch_dims, indices.rank() - 1);
  const std::int64_t batch_stride = data.elements(batch_dims, data.rank());
  const IntReader index(indices);
  for (std::int64_t b = 0; b < batches; ++b) {
    for (std::int64_t i = 0; i < per_batch; ++i) {
      std::int64_t offset = b * batch_stride;
      for (int k = 0; k < tuple; ++k) {
        const int axis = batch_dims + k;
        const std::int64_t wanted = index[(b * per_batch + i) * tuple + k];
        Result<std::int64_t> place = checked_index(wanted, data[axis]);
        if (!place.ok()) {
          return std::move(place).status().with_context(fmt::format("axis {}", axis));
        }
        offset += *place * strides[axis];
      }
      places.offsets.push_back(offset);
    }
  }
  return places;
}

}  // namespace tern::ops
