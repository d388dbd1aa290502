// Inputs for a model when nobody gives any: seeded random numbers in the declared shapes.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tern/session.h"

namespace tern::inspect {

using ShapeOverrides = std::map<std::string, std::vector<std::int64_t>>;

/// A tensor for the input: floats uniform in [0, 1), integers in [0, 2), bools false or true,
/// strings "0" to "9"; sequences and optionals of such tensors. Sizes the model leaves open are 1,
/// or `shapes`' where it names the input. kInvalidArgument for maps.
Result<Tensor> random_input(const IoInfo& input, const ShapeOverrides& shapes, std::uint64_t seed);

/// Fails for an override that names no input of the session.
Status check_overrides(const Session& session, const ShapeOverrides& shapes);

/// random_input for every input of the session; check_overrides holds.
Result<std::vector<Tensor>> random_inputs(const Session& session, const ShapeOverrides& shapes,
                                          std::uint64_t seed);

}  // namespace tern::inspect
