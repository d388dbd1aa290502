// One direction of a recurrent layer, step by step: what cells are made of, and the walk over all
// sequences, forward and back. A cell is
//
//   struct Cell {
//     struct Trace;                                              // what `back` needs of a step
//     Cell(const RecurrentData& data, std::int64_t direction);
//     void step(std::span<const double> x, CellState& s, Trace& trace) const;
//     // d: gradient of the state after the step; becomes that of the state before it
//     void back(std::span<const double> x, const Trace& trace, CellState& d, std::span<double> dx,
//               CellGradients& g) const;
//   };
#pragma once

#include <span>
#include <vector>

#include "ops/rnn/recurrent.h"

namespace tern::ops {

struct CellState {
  std::vector<double> h;
  std::vector<double> c;  // LSTM only
};

/// Gradients of a layer's inputs, summed up over steps and sequences.
struct CellGradients {
  std::vector<double> x, w, r, b, initial_h, initial_c, peepholes;
  explicit CellGradients(const RecurrentData& data);
};

/// The weights of one direction: gate g of entry j has the rows g * hidden + j.
class CellWeights {
 public:
  CellWeights(const RecurrentData& data, std::int64_t direction);

  std::int64_t hidden() const { return hidden_; }
  std::int64_t rows() const { return rows_; }
  /// Row of W times x, row of R times h, both with their biases.
  double input(std::int64_t row, std::span<const double> x) const;
  double recurrent(std::int64_t row, std::span<const double> h) const;
  /// Adds what a gradient `d` of such a product means for weights, bias and argument.
  void back_input(std::int64_t row, double d, std::span<const double> x, std::span<double> dx,
                  CellGradients& g) const;
  void back_recurrent(std::int64_t row, double d, std::span<const double> h, std::span<double> dh,
                      CellGradients& g) const;

 private:
  std::int64_t input_ = 0;
  std::int64_t hidden_ = 0;
  std::int64_t rows_ = 0;  // gates * hidden
  std::size_t w_at_ = 0;   // of this direction, among all
  std::size_t r_at_ = 0;
  std::size_t b_at_ = 0;
  std::span<const double> w_, r_, b_;
};

/// Outputs of a layer, or their gradients; empty where they are not wanted or not there.
struct CellOutputs {
  std::vector<double> y, h, c;
};

/// The gradients of outputs `0`, `1` and, with a cell, `2`, read from the first inputs; zeros where
/// left out.
CellOutputs read_output_gradients(const ReferenceContext& c, const RecurrentSizes& sizes,
                                  bool has_cell);
void write_outputs(const CellOutputs& outputs, ReferenceContext& c);
/// In the order X, W, R, B, initial_h, initial_c, P.
void write_gradients(const CellGradients& gradients, ReferenceContext& c);

CellState initial_state(const RecurrentData& data, std::int64_t direction, std::int64_t n);
inline std::span<const double> x_at(const RecurrentData& data, std::int64_t step, std::int64_t n) {
  return std::span(data.x).subspan(data.sizes.x(step, n),
                                   static_cast<std::size_t>(data.sizes.input));
}

template <class Cell>
CellOutputs run_cells(const RecurrentData& data) {
  const RecurrentSizes& s = data.sizes;
  CellOutputs out{.y = std::vector<double>(s.y_elements(), 0.0),
                  .h = std::vector<double>(s.state_elements()),
                  .c = std::vector<double>(data.initial_c.size())};
  for (std::int64_t direction = 0; direction < s.directions; ++direction) {
    const Cell cell(data, direction);
    for (std::int64_t n = 0; n < s.batch; ++n) {
      CellState state = initial_state(data, direction, n);
      const std::int64_t length = data.lengths[static_cast<std::size_t>(n)];
      typename Cell::Trace trace;
      for (std::int64_t i = 0; i < length; ++i) {
        const std::int64_t step = s.step(direction, i, length);
        cell.step(x_at(data, step, n), state, trace);
        std::ranges::copy(state.h,
                          out.y.begin() + static_cast<std::ptrdiff_t>(s.y(step, direction, n)));
      }
      const auto at = static_cast<std::ptrdiff_t>(s.state(direction, n));
      std::ranges::copy(state.h, out.h.begin() + at);
      std::ranges::copy(state.c, out.c.begin() + (state.c.empty() ? 0 : at));
    }
  }
  return out;
}

template <class Cell>
CellGradients back_through_cells(const RecurrentData& data, const CellOutputs& d) {
  const RecurrentSizes& s = data.sizes;
  CellGradients g(data);
  const auto hidden = static_cast<std::size_t>(s.hidden);
  for (std::int64_t direction = 0; direction < s.directions; ++direction) {
    const Cell cell(data, direction);
    for (std::int64_t n = 0; n < s.batch; ++n) {
      CellState state = initial_state(data, direction, n);
      const std::int64_t length = data.lengths[static_cast<std::size_t>(n)];
      std::vector<typename Cell::Trace> traces(static_cast<std::size_t>(length));
      for (std::int64_t i = 0; i < length; ++i) {
        cell.step(x_at(data, s.step(direction, i, length), n), state,
                  traces[static_cast<std::size_t>(i)]);
      }
      const std::size_t at = s.state(direction, n);
      const auto part = [&](const std::vector<double>& all, std::size_t from) {
        const auto begin = all.begin() + static_cast<std::ptrdiff_t>(from);
        return std::vector<double>(begin, begin + static_cast<std::ptrdiff_t>(hidden));
      };
      CellState change{.h = part(d.h, at)};
      if (!d.c.empty()) change.c = part(d.c, at);
      for (std::int64_t i = length - 1; i >= 0; --i) {
        const std::int64_t step = s.step(direction, i, length);
        const std::size_t y = s.y(step, direction, n);
        for (std::size_t j = 0; j < hidden; ++j) change.h[j] += d.y[y + j];
        cell.back(x_at(data, step, n), traces[static_cast<std::size_t>(i)], change,
                  std::span(g.x).subspan(s.x(step, n), static_cast<std::size_t>(s.input)), g);
      }
      std::ranges::copy(change.h, g.initial_h.begin() + static_cast<std::ptrdiff_t>(at));
      if (!g.initial_c.empty()) {
        std::ranges::copy(change.c, g.initial_c.begin() + static_cast<std::ptrdiff_t>(at));
      }
    }
  }
  return g;
}

}  // namespace tern::ops
