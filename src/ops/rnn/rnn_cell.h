// The step of an RNN layer.
#pragma once

#include "ops/rnn/cell.h"

namespace tern::ops {

inline constexpr GateFunction kRnnDefaults[] = {GateFunction::kTanh};
inline constexpr RecurrentForm kRnnForm{.gates = 1, .defaults = kRnnDefaults};

struct RnnCell {
  struct Trace {
    std::vector<double> h;         // before the step
    std::vector<double> argument;  // of the activation
  };

  CellWeights weights;
  GateActivation f;

  RnnCell(const RecurrentData& data, std::int64_t direction)
      : weights(data, direction), f(data.activation(direction, 0)) {}

  void step(std::span<const double> x, CellState& s, Trace& trace) const {
    trace.h = s.h;
    trace.argument.resize(s.h.size());
    for (std::int64_t j = 0; j < weights.hidden(); ++j) {
      const auto at = static_cast<std::size_t>(j);
      trace.argument[at] = weights.input(j, x) + weights.recurrent(j, trace.h);
      s.h[at] = f(trace.argument[at]);
    }
  }

  void back(std::span<const double> x, const Trace& trace, CellState& d, std::span<double> dx,
            CellGradients& g) const {
    std::vector<double> dh(d.h.size());
    for (std::int64_t j = 0; j < weights.hidden(); ++j) {
      const auto at = static_cast<std::size_t>(j);
      const double da = d.h[at] * f.slope(trace.argument[at]);
      weights.back_input(j, da, x, dx, g);
      weights.back_recurrent(j, da, trace.h, dh, g);
    }
    d.h = std::move(dh);
  }
};

}  // namespace tern::ops
