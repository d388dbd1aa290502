// Where the packed weights of one direction of a recurrent layer stand, in floats. Sections begin
// at cache lines.
#pragma once

#include "backend/cpu/compute/recurrent.h"

namespace tern::cpu {

struct RecurrentLayout {
  std::int64_t w = 0;
  std::int64_t r = 0;
  std::int64_t late_r = 0;
  std::int64_t bias = 0;        ///< of the products with x
  std::int64_t state_bias = 0;  ///< of the products with h
  std::int64_t peepholes = 0;
  std::int64_t direction_floats = 0;

  explicit RecurrentLayout(const RecurrentPlan& plan) {
    const auto section = [this](std::int64_t floats) {
      const std::int64_t at = direction_floats;
      direction_floats += (floats + 15) / 16 * 16;
      return at;
    };
    w = section(plan.input_columns * plan.shape.input);
    r = section(plan.state_columns * plan.shape.hidden);
    late_r = section(plan.late_columns * plan.shape.hidden);
    bias = section(plan.input_columns);
    state_bias = section(plan.input_columns);
    peepholes = section(3 * plan.padded_hidden);
  }
};

}  // namespace tern::cpu
