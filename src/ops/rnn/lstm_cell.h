// The step of an LSTM layer.
#pragma once

#include "ops/rnn/cell.h"

namespace tern::ops {

inline constexpr GateFunction kLstmDefaults[] = {GateFunction::kSigmoid, GateFunction::kTanh,
                                                 GateFunction::kTanh};
inline constexpr RecurrentForm kLstmForm{.gates = 4, .defaults = kLstmDefaults, .has_cell = true};

template <bool kInputForget>
struct LstmCell {
  struct Trace {
    std::vector<double> h, c;        // before the step
    std::vector<double> i, o, f, g;  // arguments of the activations
    std::vector<double> c_new;
  };

  CellWeights weights;
  GateActivation f, g, h;
  std::span<const double> peepholes;  // i, o, f of this direction
  std::size_t peepholes_at = 0;

  LstmCell(const RecurrentData& data, std::int64_t direction)
      : weights(data, direction),
        f(data.activation(direction, 0)),
        g(data.activation(direction, 1)),
        h(data.activation(direction, 2)),
        peepholes_at(static_cast<std::size_t>(direction * 3 * data.sizes.hidden)) {
    peepholes = std::span(data.peepholes).subspan(peepholes_at);
  }

  void step(std::span<const double> x, CellState& s, Trace& t) const {
    const std::int64_t hidden = weights.hidden();
    const std::size_t size = s.h.size();
    t.h = s.h;
    t.c = s.c;
    for (std::vector<double>* gate : {&t.i, &t.o, &t.f, &t.g, &t.c_new}) gate->resize(size);
    for (std::size_t j = 0; j < size; ++j) {
      const auto product = [&](std::int64_t gate) {
        const std::int64_t row = gate * hidden + static_cast<std::int64_t>(j);
        return weights.input(row, x) + weights.recurrent(row, t.h);
      };
      t.i[j] = product(0) + peepholes[j] * t.c[j];
      t.f[j] = product(2) + peepholes[2 * size + j] * t.c[j];
      t.g[j] = product(3);
      t.c_new[j] = forget(t, j) * t.c[j] + f(t.i[j]) * g(t.g[j]);
      t.o[j] = product(1) + peepholes[size + j] * t.c_new[j];
      s.c[j] = t.c_new[j];
      s.h[j] = f(t.o[j]) * h(t.c_new[j]);
    }
  }

  void back(std::span<const double> x, const Trace& t, CellState& d, std::span<double> dx,
            CellGradients& grads) const {
    const std::int64_t hidden = weights.hidden();
    const std::size_t size = d.h.size();
    std::vector<double> dh(size), dc(size);
    for (std::size_t j = 0; j < size; ++j) {
      const auto through = [&](std::int64_t gate, double da) {
        const std::int64_t row = gate * hidden + static_cast<std::int64_t>(j);
        weights.back_input(row, da, x, dx, grads);
        weights.back_recurrent(row, da, t.h, dh, grads);
      };
      const auto peephole = [&](std::size_t gate, double da, double c) {
        grads.peepholes[peepholes_at + gate * size + j] += da * c;
        return da * peepholes[gate * size + j];
      };
      const double d_o = d.h[j] * h(t.c_new[j]) * f.slope(t.o[j]);
      double dc_new = d.c[j] + d.h[j] * f(t.o[j]) * h.slope(t.c_new[j]);
      dc_new += peephole(1, d_o, t.c_new[j]);
      through(1, d_o);
      dc[j] = dc_new * forget(t, j);
      const double coupled = kInputForget ? t.c[j] : 0.0;
      const double d_i = dc_new * (g(t.g[j]) - coupled) * f.slope(t.i[j]);
      dc[j] += peephole(0, d_i, t.c[j]);
      through(0, d_i);
      if constexpr (!kInputForget) {
        const double d_f = dc_new * t.c[j] * f.slope(t.f[j]);
        dc[j] += peephole(2, d_f, t.c[j]);
        through(2, d_f);
      }
      through(3, dc_new * f(t.i[j]) * g.slope(t.g[j]));
    }
    d.h = std::move(dh);
    d.c = std::move(dc);
  }

 private:
  double forget(const Trace& t, std::size_t j) const {
    return kInputForget ? 1 - f(t.i[j]) : f(t.f[j]);
  }
};

}  // namespace tern::ops
