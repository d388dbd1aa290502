// The step of a GRU layer.
#pragma once

#include "ops/rnn/cell.h"

namespace tern::ops {

inline constexpr GateFunction kGruDefaults[] = {GateFunction::kSigmoid, GateFunction::kTanh};
inline constexpr RecurrentForm kGruForm{.gates = 3, .defaults = kGruDefaults};

template <bool kLinearBeforeReset>
struct GruCell {
  struct Trace {
    std::vector<double> h;          // before the step
    std::vector<double> z, r, n;    // arguments of the activations
    std::vector<double> reset;      // r h: what Rh multiplies (without kLinearBeforeReset)
    std::vector<double> recurrent;  // Rh h + rbh (with it)
  };

  CellWeights weights;
  GateActivation f, g;

  GruCell(const RecurrentData& data, std::int64_t direction)
      : weights(data, direction),
        f(data.activation(direction, 0)),
        g(data.activation(direction, 1)) {}

  void step(std::span<const double> x, CellState& s, Trace& t) const {
    const std::int64_t hidden = weights.hidden();
    const std::size_t size = s.h.size();
    t = {.h = s.h,
         .z = std::vector<double>(size),
         .r = std::vector<double>(size),
         .n = std::vector<double>(size),
         .reset = std::vector<double>(size),
         .recurrent = std::vector<double>(size)};
    for (std::size_t j = 0; j < size; ++j) {
      const auto row = static_cast<std::int64_t>(j);
      t.z[j] = weights.input(row, x) + weights.recurrent(row, t.h);
      t.r[j] = weights.input(hidden + row, x) + weights.recurrent(hidden + row, t.h);
      t.reset[j] = f(t.r[j]) * t.h[j];
    }
    for (std::size_t j = 0; j < size; ++j) {
      const std::int64_t row = 2 * hidden + static_cast<std::int64_t>(j);
      if constexpr (kLinearBeforeReset) {
        t.recurrent[j] = weights.recurrent(row, t.h);
        t.n[j] = weights.input(row, x) + f(t.r[j]) * t.recurrent[j];
      } else {
        t.n[j] = weights.input(row, x) + weights.recurrent(row, t.reset);
      }
      const double z = f(t.z[j]);
      s.h[j] = (1 - z) * g(t.n[j]) + z * t.h[j];
    }
  }

  void back(std::span<const double> x, const Trace& t, CellState& d, std::span<double> dx,
            CellGradients& grads) const {
    const std::int64_t hidden = weights.hidden();
    const std::size_t size = d.h.size();
    std::vector<double> dh(size), dreset(size), dr(size);
    for (std::size_t j = 0; j < size; ++j) {
      const std::int64_t row = 2 * hidden + static_cast<std::int64_t>(j);
      const double dn = d.h[j] * (1 - f(t.z[j])) * g.slope(t.n[j]);
      weights.back_input(row, dn, x, dx, grads);
      if constexpr (kLinearBeforeReset) {
        weights.back_recurrent(row, dn * f(t.r[j]), t.h, dh, grads);
        dr[j] = dn * t.recurrent[j];
      } else {
        weights.back_recurrent(row, dn, t.reset, dreset, grads);
      }
    }
    for (std::size_t j = 0; j < size; ++j) {
      const auto row = static_cast<std::int64_t>(j);
      if constexpr (!kLinearBeforeReset) {
        dr[j] = dreset[j] * t.h[j];
        dh[j] += dreset[j] * f(t.r[j]);
      }
      dh[j] += d.h[j] * f(t.z[j]);
      const double dz = d.h[j] * (t.h[j] - g(t.n[j])) * f.slope(t.z[j]);
      weights.back_input(row, dz, x, dx, grads);
      weights.back_recurrent(row, dz, t.h, dh, grads);
      const double dr_argument = dr[j] * f.slope(t.r[j]);
      weights.back_input(hidden + row, dr_argument, x, dx, grads);
      weights.back_recurrent(hidden + row, dr_argument, t.h, dh, grads);
    }
    d.h = std::move(dh);
  }
};

}  // namespace tern::ops
