#include "ops/rnn/cell.h"

#include <algorithm>

namespace tern::ops {
namespace {

double dot(std::span<const double> row, std::span<const double> x) {
  double sum = 0;
  for (std::size_t i = 0; i < row.size(); ++i) sum += row[i] * x[i];
  return sum;
}

// d_row += d * x, dx += d * row.
void back_dot(double d, std::span<const double> row, std::span<const double> x,
              std::span<double> d_row, std::span<double> dx) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    d_row[i] += d * x[i];
    dx[i] += d * row[i];
  }
}

template <class T>
std::span<T> row_of(std::span<T> matrix, std::int64_t row, std::int64_t columns) {
  return matrix.subspan(static_cast<std::size_t>(row * columns), static_cast<std::size_t>(columns));
}

}  // namespace

CellGradients::CellGradients(const RecurrentData& data)
    : x(data.x.size()),
      w(data.w.size()),
      r(data.r.size()),
      b(data.b.size()),
      initial_h(data.initial_h.size()),
      initial_c(data.initial_c.size()),
      peepholes(data.peepholes.size()) {}

CellWeights::CellWeights(const RecurrentData& data, std::int64_t direction)
    : input_(data.sizes.input),
      hidden_(data.sizes.hidden),
      rows_(data.gates * data.sizes.hidden),
      w_at_(static_cast<std::size_t>(direction * rows_ * input_)),
      r_at_(static_cast<std::size_t>(direction * rows_ * hidden_)),
      b_at_(static_cast<std::size_t>(direction * rows_ * 2)),
      w_(std::span(data.w).subspan(w_at_)),
      r_(std::span(data.r).subspan(r_at_)),
      b_(std::span(data.b).subspan(b_at_)) {}

double CellWeights::input(std::int64_t row, std::span<const double> x) const {
  return dot(row_of(w_, row, input_), x) + b_[static_cast<std::size_t>(row)];
}

double CellWeights::recurrent(std::int64_t row, std::span<const double> h) const {
  return dot(row_of(r_, row, hidden_), h) + b_[static_cast<std::size_t>(rows_ + row)];
}

void CellWeights::back_input(std::int64_t row, double d, std::span<const double> x,
                             std::span<double> dx, CellGradients& g) const {
  back_dot(d, row_of(w_, row, input_), x, row_of(std::span(g.w).subspan(w_at_), row, input_), dx);
  g.b[b_at_ + static_cast<std::size_t>(row)] += d;
}

void CellWeights::back_recurrent(std::int64_t row, double d, std::span<const double> h,
                                 std::span<double> dh, CellGradients& g) const {
  back_dot(d, row_of(r_, row, hidden_), h, row_of(std::span(g.r).subspan(r_at_), row, hidden_), dh);
  g.b[b_at_ + static_cast<std::size_t>(rows_ + row)] += d;
}

CellState initial_state(const RecurrentData& data, std::int64_t direction, std::int64_t n) {
  const auto at = static_cast<std::ptrdiff_t>(data.sizes.state(direction, n));
  const auto part = [&](const std::vector<double>& all) {
    if (all.empty()) return std::vector<double>();
    return std::vector<double>(all.begin() + at, all.begin() + at + data.sizes.hidden);
  };
  return {part(data.initial_h), part(data.initial_c)};
}

CellOutputs read_output_gradients(const ReferenceContext& c, const RecurrentSizes& sizes,
                                  bool has_cell) {
  const auto numbers = [&](std::size_t i, std::size_t count) {
    return c.has(i) ? read_f64(c.in(i)) : std::vector<double>(count, 0.0);
  };
  CellOutputs d{numbers(0, sizes.y_elements()), numbers(1, sizes.state_elements()), {}};
  if (has_cell) d.c = numbers(2, sizes.state_elements());
  return d;
}

void write_outputs(const CellOutputs& outputs, ReferenceContext& c) {
  if (c.wants(0)) write_f64(outputs.y, c.out(0));
  if (c.wants(1)) write_f64(outputs.h, c.out(1));
  if (c.wants(2)) write_f64(outputs.c, c.out(2));
}

void write_gradients(const CellGradients& g, ReferenceContext& c) {
  const std::vector<double>* all[] = {&g.x,         &g.w,         &g.r,        &g.b,
                                      &g.initial_h, &g.initial_c, &g.peepholes};
  for (std::size_t i = 0; i < std::size(all); ++i) {
    if (c.wants(i)) write_f64(*all[i], c.out(i));
  }
}

}  // namespace tern::ops
