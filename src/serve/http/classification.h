// The classification extension: an output of scores told as its most probable classes.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tern/tensor.h"

namespace tern::serve {

/// Positions of the `count` highest scores (fewer when there are fewer), highest first. Equal ones
/// keep their order, and NaN comes last.
std::vector<std::size_t> top_positions(std::span<const double> scores, std::size_t count);

/// The `count` highest scores as BYTES, "VALUE:INDEX" or, where there is a label for the index,
/// "VALUE:INDEX:LABEL". With `rows`, for each row of the first axis: [rows,count], else of all
/// elements: [count]. kInvalidArgument when the elements are no numbers, or none.
Result<Tensor> classify(const Tensor& scores, std::size_t count, bool rows,
                        std::span<const std::string> labels);

}  // namespace tern::serve
