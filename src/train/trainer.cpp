#include "tern/trainer.h"

#include "base/errors.h"
#include "train/trainer_core.h"
#include "train/training_graph.h"

namespace tern {

namespace {

// Parameters of `measures` that `learns` keeps averages of become those.
void use_averages(Graph& measures, const Graph& learns) {
  for (std::size_t i = 0; i < measures.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    const ValueData& value = measures.value(id);
    if (value.kind != ValueKind::kVariable) continue;
    const std::string average = average_name(value.name);
    if (learns.find(average) != kNoValue) measures.rename(id, average);
  }
}

}  // namespace

Result<DataField> target_of(const Dataset& dataset) {
  if (dataset.fields().size() < 2) {
    return invalid_argument("the data have {} fields, an input and a target are needed",
                            dataset.fields().size());
  }
  return dataset.fields().back();
}

Trainer::Trainer(std::unique_ptr<train::TrainerCore> core) : core_(std::move(core)) {}
Trainer::~Trainer() = default;
Trainer::Trainer(Trainer&&) noexcept = default;
Trainer& Trainer::operator=(Trainer&&) noexcept = default;

Result<Trainer> Trainer::create(Graph model, const DataField& target, TrainerOptions options) {
  if (!options.learning_rate) return invalid_argument("no learning rate is given");
  const TypeInfo target_type = train::batch_type(target);
  TERN_ASSIGN_OR_RETURN(Graph learns, train::make_training_graph(model, target_type, options));
  TERN_ASSIGN_OR_RETURN(Graph measures, train::make_evaluation_graph(model, target_type, options));
  use_averages(measures, learns);
  std::optional<Graph> sums;
  if (options.accumulate > 1) {
    TERN_ASSIGN_OR_RETURN(sums, train::make_accumulating_graph(model, target_type, options));
  }
  const std::uint64_t seed = options.seed;
  auto store = std::make_shared<VariableStore>();
  SessionOptions session = options.session;
  session.variables = store;
  session.seed = seed;
  if (session.pool == nullptr) session.pool = std::make_shared<ThreadPool>(session.threads);
  Result<Session> training = Session::create(std::move(learns), session);
  if (!training.ok()) return training.status().with_context("training graph");
  std::optional<Session> accumulating;
  if (sums) {
    Result<Session> made = Session::create(*std::move(sums), session);
    if (!made.ok()) return made.status().with_context("accumulating graph");
    accumulating.emplace(*std::move(made));
  }
  Result<Session> evaluation = Session::create(std::move(measures), session);
  if (!evaluation.ok()) return evaluation.status().with_context("evaluation graph");
  return Trainer(std::make_unique<train::TrainerCore>(
      train::TrainerCore{.model = std::move(model),
                         .target = target_type,
                         .options = std::move(options),
                         .store = std::move(store),
                         .training = *std::move(training),
                         .accumulating = std::move(accumulating),
                         .evaluation = *std::move(evaluation),
                         .state = {.seed = seed}}));
}

Result<double> Trainer::step(std::span<const Tensor> batch) { return core_->step(batch); }

Result<Evaluation> Trainer::evaluate(std::span<const Tensor> batch) {
  return core_->evaluate(batch);
}

Result<Evaluation> Trainer::evaluate(DataLoader& data) { return core_->evaluate(data); }

Status Trainer::save_checkpoint(const std::string& path) const {
  return core_->save_checkpoint(path);
}

Status Trainer::load_checkpoint(const std::string& path) {
  return core_->load_checkpoint(path).with_context(path);
}

Status Trainer::save(const std::string& path, SaveOptions options) const {
  for (std::size_t i = 0; i < core_->model.value_count(); ++i) {
    const ValueData& value = core_->model.value(static_cast<ValueId>(i));
    if (value.kind != ValueKind::kVariable) continue;
    options.variable_values.insert_or_assign(value.name, *core_->value_of(value.name));
  }
  return save_model(core_->model, path, options);
}

const Graph& Trainer::model() const { return core_->model; }
const std::shared_ptr<VariableStore>& Trainer::variables() const { return core_->store; }
std::int64_t Trainer::steps() const { return core_->state.step; }

}  // namespace tern
