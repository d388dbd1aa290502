#include "ops/rnn/recurrent.h"

#include "base/errors.h"
#include "ops/tensor/dims.h"

namespace tern::ops {
namespace {

Status check_rank(std::string_view name, const TypeInfo& type, int rank) {
  if (type.rank() == rank) return {};
  return invalid_argument("{} has rank {}, not {}", name, type.rank(), rank);
}

/// Fails unless the sizes are those wanted as far as both are known.
Status check_dims(std::string_view name, const TypeInfo& type, const std::vector<Dim>& wanted) {
  TERN_TRY(check_rank(name, type, static_cast<int>(wanted.size())));
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const Dim& have = type.shape[i];
    if (have.known() && wanted[i].known() && have.value() != wanted[i].value()) {
      return invalid_argument("{} has {} on axis {}, not {}", name, have.value(), i,
                              wanted[i].value());
    }
  }
  return {};
}

Dim times(std::int64_t factor, const Dim& dim) {
  return dim.known() ? Dim(factor * dim.value()) : Dim();
}

// H, from the attribute and the last axis of R.
Result<Dim> hidden_size(const RecurrentAttributes& a, const Dim& r) {
  constexpr std::int64_t kLargest = std::int64_t{1} << 31;  // keeps the products below in range
  if (a.hidden_size && (*a.hidden_size < 1 || *a.hidden_size > kLargest)) {
    return invalid_argument("hidden_size is {}, not in [1, {}]", *a.hidden_size, kLargest);
  }
  if (r.known() && (r.value() < 1 || r.value() > kLargest)) {
    return invalid_argument("R has {} on axis 2, not in [1, {}]", r.value(), kLargest);
  }
  Result<Dim> merged = merge_dims(a.hidden_size ? Dim(*a.hidden_size) : Dim(), r);
  if (!merged.ok()) {
    return invalid_argument("hidden_size is {}, R has {} on axis 2", *a.hidden_size, r.value());
  }
  return merged;
}

Status check_attributes(const RecurrentAttributes& a, const RecurrentForm& form) {
  if (a.layout != 0 && a.layout != 1) return invalid_argument("layout is {}, not 0 or 1", a.layout);
  return gate_activations(a.activations, form.defaults, a.directions(), a.alphas, a.betas, a.clip)
      .status();
}

}  // namespace

Result<RecurrentTypes> infer_recurrent(const RecurrentAttributes& a, const RecurrentForm& form,
                                       const InferContext& c, std::size_t first) {
  TERN_TRY(check_attributes(a, form));
  const auto in = [&](RecurrentInput i) -> const TypeInfo& { return c.in[first + i]; };
  const auto has = [&](RecurrentInput i) { return c.has(first + i); };
  TERN_TRY(check_rank("X", in(kInputX), 3));
  TERN_TRY(check_rank("W", in(kInputW), 3));
  TERN_TRY(check_rank("R", in(kInputR), 3));
  const std::vector<Dim>& x = in(kInputX).shape;
  const Dim steps = a.layout == 0 ? x[0] : x[1];
  Dim batch = a.layout == 0 ? x[1] : x[0];
  const Dim directions(a.directions());
  TERN_ASSIGN_OR_RETURN(const Dim hidden, hidden_size(a, in(kInputR).shape[2]));
  TERN_TRY(check_dims("W", in(kInputW), {directions, times(form.gates, hidden), x[2]}));
  TERN_TRY(check_dims("R", in(kInputR), {directions, times(form.gates, hidden), hidden}));
  if (has(kInputB)) {
    TERN_TRY(check_dims("B", in(kInputB), {directions, times(2 * form.gates, hidden)}));
  }
  if (has(kSequenceLens)) {
    TERN_TRY(check_dims("sequence_lens", in(kSequenceLens), {batch}));
  }
  const auto ordered = [&](const Dim& d, const Dim& n) {
    return a.layout == 0 ? std::vector<Dim>{d, n, hidden} : std::vector<Dim>{n, d, hidden};
  };
  const std::vector<Dim> state = ordered(directions, batch);
  if (has(kInitialH)) TERN_TRY(check_dims("initial_h", in(kInitialH), state));
  if (form.has_cell && has(kInitialC)) TERN_TRY(check_dims("initial_c", in(kInitialC), state));
  if (form.has_cell && has(kPeepholes)) {
    TERN_TRY(check_dims("P", in(kPeepholes), {directions, times(3, hidden)}));
  }
  const DType dtype = in(kInputX).dtype;
  std::vector<Dim> y = a.layout == 0 ? std::vector<Dim>{steps, directions, batch, hidden}
                                     : std::vector<Dim>{batch, steps, directions, hidden};
  TERN_TRY(check_limits(y));
  return RecurrentTypes{TypeInfo(dtype, std::move(y)), TypeInfo(dtype, state)};
}

RecurrentSizes RecurrentSizes::of(const RecurrentAttributes& a, const tern::Shape& x,
                                  const tern::Shape& r) {
  const bool batch_first = a.layout == 1;
  return {.steps = batch_first ? x[1] : x[0],
          .batch = batch_first ? x[0] : x[1],
          .input = x[2],
          .hidden = r[2],
          .directions = a.directions(),
          .batch_first = batch_first,
          .first_is_reverse = a.direction == RecurrentDirection::kReverse};
}

Result<std::vector<std::int64_t>> sequence_lengths(const Tensor* lens, std::int64_t steps,
                                                   std::int64_t batch) {
  if (lens == nullptr) return std::vector<std::int64_t>(static_cast<std::size_t>(batch), steps);
  std::vector<std::int64_t> lengths = int_list(*lens);
  for (std::size_t n = 0; n < lengths.size(); ++n) {
    if (lengths[n] < 0 || lengths[n] > steps) {
      return out_of_range("sequence_lens has {} at {}, X has {} steps", lengths[n], n, steps);
    }
  }
  return lengths;
}

Result<RecurrentData> RecurrentData::read(const RecurrentAttributes& a, const RecurrentForm& form,
                                          const ReferenceContext& c, std::size_t first) {
  RecurrentData data;
  RecurrentSizes& s = data.sizes;
  s = RecurrentSizes::of(a, c.in(first + kInputX).shape(), c.in(first + kInputR).shape());
  data.gates = form.gates;
  TERN_ASSIGN_OR_RETURN(
      data.activations,
      gate_activations(a.activations, form.defaults, s.directions, a.alphas, a.betas, a.clip));
  const Tensor* lens = c.has(first + kSequenceLens) ? &c.in(first + kSequenceLens) : nullptr;
  TERN_ASSIGN_OR_RETURN(data.lengths, sequence_lengths(lens, s.steps, s.batch));
  const auto numbers = [&](RecurrentInput i, std::size_t count) {
    return c.has(first + i) ? read_f64(c.in(first + i)) : std::vector<double>(count, 0.0);
  };
  const auto per_direction = static_cast<std::size_t>(s.directions * s.hidden);
  data.x = numbers(kInputX, 0);
  data.w = numbers(kInputW, 0);
  data.r = numbers(kInputR, 0);
  data.b = numbers(kInputB, 2 * static_cast<std::size_t>(form.gates) * per_direction);
  data.initial_h = numbers(kInitialH, s.state_elements());
  if (form.has_cell) {
    data.initial_c = numbers(kInitialC, s.state_elements());
    data.peepholes = numbers(kPeepholes, 3 * per_direction);
  }
  return data;
}

}  // namespace tern::ops
