#include "train/checkpoint/trainer_state.h"

#include <array>

#include "base/errors.h"

namespace tern::train {
namespace {

constexpr std::string_view kVariable = "variable/";
constexpr std::string_view kBest = "best/";

// The numbers of a state with their names in the file; one list for both directions.
template <class State, class Visitor>
void visit_numbers(State& state, Visitor&& visit) {
  visit("state/step", state.step);
  visit("state/epoch", state.epoch);
  visit("state/batch", state.batch);
  visit("state/loss_sum", state.loss_sum);
  visit("state/loss_rows", state.loss_rows);
  visit("state/seed", state.seed);
  visit("state/best_epoch", state.best_epoch);
  visit("state/best_value", state.best_value);
  visit("state/rate_share", state.rate_share);
  visit("state/plateau_best", state.plateau_best);
  visit("state/plateau_epochs", state.plateau_epochs);
  visit("data/rows", state.data.rows);
  visit("data/batch", state.data.batch);
  visit("data/shuffle", state.data.shuffle);
  visit("data/drop_last", state.data.drop_last);
  visit("data/seed", state.data.seed);
}

template <class T>
Status read_number(const NamedTensors& tensors, std::string_view name, T& number) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) return data_loss("{} is missing", name);
  const Tensor& tensor = found->second;
  if (tensor.dtype() != dtype_of<T>() || tensor.rank() != 0) {
    return data_loss("{} is {}{}, not {}[]", name, to_string(tensor.dtype()),
                     tensor.shape().to_string(), to_string(dtype_of<T>()));
  }
  number = tensor.data<T>()[0];
  return {};
}

Status check_range(const TrainerState& state) {
  const std::array counts{state.step,       state.epoch,         state.batch,
                          state.loss_rows,  state.best_epoch,    state.data.rows,
                          state.data.batch, state.plateau_epochs};
  for (const std::int64_t count : counts) {
    if (count < 0) return data_loss("the state holds a count of {}", count);
  }
  if (!(state.rate_share >= 0 && state.rate_share <= 1)) {
    return data_loss("the state holds a share of {} of the learning rate", state.rate_share);
  }
  return {};
}

// The entries whose names begin with `prefix`, without it.
NamedTensors with_prefix(const NamedTensors& tensors, std::string_view prefix) {
  NamedTensors found;
  for (auto it = tensors.lower_bound(prefix); it != tensors.end(); ++it) {
    if (!it->first.starts_with(prefix)) break;
    found.emplace(it->first.substr(prefix.size()), it->second);
  }
  return found;
}

}  // namespace

std::string to_string(const DataIdentity& data) {
  return fmt::format(
      "{} rows, batch {}, {}{}", data.rows, data.batch,
      data.shuffle != 0 ? fmt::format("shuffled with seed {}", data.seed) : "in their order",
      data.drop_last != 0 ? ", whole batches only" : "");
}

NamedTensors to_tensors(const TrainerState& state, const NamedTensors& variables) {
  NamedTensors tensors;
  visit_numbers(state, [&](std::string_view name, auto number) {
    tensors.emplace(name, Tensor::scalar(number));
  });
  const auto add_all = [&](std::string_view prefix, const NamedTensors& named) {
    for (const auto& [name, tensor] : named) {
      tensors.emplace(fmt::format("{}{}", prefix, name), tensor);
    }
  };
  add_all(kVariable, variables);
  add_all(kBest, state.best);
  return tensors;
}

Result<TrainerState> state_of(const NamedTensors& checkpoint) {
  TrainerState state;
  Status status;
  visit_numbers(state, [&](std::string_view name, auto& number) {
    if (status.ok()) status = read_number(checkpoint, name, number);
  });
  TERN_TRY(status);
  TERN_TRY(check_range(state));
  state.best = with_prefix(checkpoint, kBest);
  return state;
}

NamedTensors variables_of(const NamedTensors& checkpoint) {
  return with_prefix(checkpoint, kVariable);
}

}  // namespace tern::train
