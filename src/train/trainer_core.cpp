#include "train/trainer_core.h"

#include <cmath>

#include "base/errors.h"
#include "tensor/element.h"
#include "train/batch_adapter.h"

namespace tern::train {
namespace {

double scalar_of(const Tensor& tensor) { return load_f64(tensor.dtype())(tensor.raw(), 0); }

// Every tensor is a variable of the store with its dtype and shape.
Status check_fits(const NamedTensors& tensors, const VariableStore& store) {
  const auto describe = [](const Tensor& t) {
    return fmt::format("{}{}", to_string(t.dtype()), t.shape().to_string());
  };
  for (const auto& [name, tensor] : tensors) {
    const Tensor* variable = store.find(name);
    if (variable == nullptr) return failed_precondition("the model has no variable {}", name);
    if (variable->dtype() != tensor.dtype() || !(variable->shape() == tensor.shape())) {
      return failed_precondition("variable {} is {}, that of the model {}", name, describe(tensor),
                                 describe(*variable));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<Tensor>> TrainerCore::adapt(std::span<const Tensor> batch) const {
  const auto inputs = model.inputs();
  if (batch.size() != inputs.size() + 1) {
    return invalid_argument("a batch of {} tensors for a model with {} inputs and a target",
                            batch.size(), inputs.size());
  }
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const TypeInfo& wanted = i < inputs.size() ? model.value(inputs[i]).type : target;
    TERN_ASSIGN_OR_RETURN(Tensor tensor, adapt_batch(batch[i], wanted));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

Result<double> TrainerCore::step(std::span<const Tensor> batch) {
  TERN_ASSIGN_OR_RETURN(std::vector<Tensor> inputs, adapt(batch));
  const bool moves = (state.step + 1) % options.accumulate == 0;
  if (moves) {
    const double rate = options.learning_rate(state.step) * state.rate_share;
    inputs.push_back(Tensor::scalar<float>(static_cast<float>(rate)));
    inputs.push_back(Tensor::scalar<std::int64_t>(state.step / options.accumulate + 1));
  }
  Session& session = moves ? training : *accumulating;
  const RunOptions run{.step = static_cast<std::uint64_t>(state.step)};
  TERN_ASSIGN_OR_RETURN(const std::vector<Tensor> outputs,
                        session.run(std::span<const Tensor>(inputs), run));
  const double loss = scalar_of(outputs[0]);
  if (!std::isfinite(loss)) {
    return aborted(
        "the loss is {} in step {}: try a smaller learning rate or a limit on the norm "
        "of the gradients",
        loss, state.step + 1);
  }
  ++state.step;
  return loss;
}

Result<Evaluation> TrainerCore::evaluate(std::span<const Tensor> batch) {
  TERN_ASSIGN_OR_RETURN(const std::vector<Tensor> inputs, adapt(batch));
  TERN_ASSIGN_OR_RETURN(const std::vector<Tensor> outputs,
                        evaluation.run(std::span<const Tensor>(inputs)));
  Evaluation result{.rows = inputs.back().dim(0), .loss = scalar_of(outputs[0])};
  for (std::size_t i = 1; i < outputs.size(); ++i) {
    result.metrics.push_back(scalar_of(outputs[i]));
  }
  return result;
}

Result<Evaluation> TrainerCore::evaluate(DataLoader& data) {
  Evaluation sum{.metrics = std::vector<double>(options.metrics.size())};
  TERN_TRY(data.start_epoch(0));
  for (;;) {
    TERN_ASSIGN_OR_RETURN(const std::optional<Batch> batch, data.next());
    if (!batch) break;
    TERN_ASSIGN_OR_RETURN(const Evaluation part, evaluate(batch->tensors));
    const auto rows = static_cast<double>(part.rows);
    sum.rows += part.rows;
    sum.loss += part.loss * rows;
    for (std::size_t i = 0; i < sum.metrics.size(); ++i) sum.metrics[i] += part.metrics[i] * rows;
  }
  if (sum.rows == 0) return invalid_argument("there are no rows to evaluate");
  const auto rows = static_cast<double>(sum.rows);
  sum.loss /= rows;
  for (double& metric : sum.metrics) metric /= rows;
  return sum;
}

const Tensor* TrainerCore::value_of(const std::string& parameter) const {
  const Tensor* average = store->find(average_name(parameter));
  return average != nullptr ? average : store->find(parameter);
}

Status TrainerCore::save_checkpoint(const std::string& path) const {
  NamedTensors variables;
  for (const std::string& name : store->names()) variables.emplace(name, *store->find(name));
  return write_checkpoint(path, to_tensors(state, variables));
}

Status TrainerCore::load_checkpoint(const std::string& path) {
  TERN_ASSIGN_OR_RETURN(const NamedTensors tensors, read_checkpoint(path));
  TERN_ASSIGN_OR_RETURN(TrainerState read, state_of(tensors));
  if (read.seed != options.seed) {
    return failed_precondition("it was made with seed {}, this training has seed {}", read.seed,
                               options.seed);
  }
  const NamedTensors variables = variables_of(tensors);
  TERN_TRY(check_fits(variables, *store));
  TERN_TRY(check_fits(read.best, *store));
  for (const std::string& name : store->names()) {
    if (!variables.contains(name)) return failed_precondition("variable {} is missing", name);
  }
  for (const auto& [name, tensor] : variables) TERN_TRY(store->assign(name, tensor));
  state = std::move(read);
  return {};
}

DataIdentity TrainerCore::identity_of(const DataLoader& data) {
  const DataLoaderOptions& options = data.options();
  return {.rows = data.dataset().size(),
          .batch = options.batch,
          .shuffle = options.shuffle ? 1 : 0,
          .drop_last = options.drop_last ? 1 : 0,
          .seed = options.shuffle ? options.seed : 0};
}

}  // namespace tern::train
