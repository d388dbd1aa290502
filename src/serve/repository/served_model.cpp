#include "serve/repository/served_model.h"

#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "base/file.h"
#include "serve/batch/row_probe.h"
#include "serve/repository/labels.h"
#include "serve/repository/warmup.h"
#include "tern/data_files.h"
#include "tern/model.h"

namespace tern::serve {
namespace {

// Ensembles compute nothing themselves: as many may wait for their steps at the same time.
constexpr int kEnsembleInstances = 8;

Status check_types(const Signature& signature) {
  for (const auto& infos : {signature.inputs(), signature.outputs()}) {
    for (const IoInfo& info : infos) {
      if (info.type.dtype == DType::kUndefined) {
        return unimplemented("{} has no known element type", info.name);
      }
    }
  }
  for (const IoInfo& input : signature.inputs()) {
    if (is_container(input.type.dtype)) {
      return unimplemented("input {} is a {}, and requests carry tensors only", input.name,
                           to_string(input.type.dtype));
    }
  }
  return {};
}

// Malformed notes are the model's mistake, to be told when it is loaded.
Status check_image_input(const Graph& graph) {
  const auto entry = graph.metadata.find("image_input");
  if (entry == graph.metadata.end()) return {};
  return parse_image_row_options(entry->second).status().with_context("metadata \"image_input\"");
}

// `run`, with tensors of other shapes on its sides.
RunModel with_shapes(RunModel run, ClientView view) {
  return [run = std::move(run), view = std::move(view)](std::span<const Tensor> inputs,
                                                        std::span<Tensor> outputs) -> Status {
    const auto change = [](const std::optional<ShapeChange>& how, std::string_view what,
                           const IoInfo& info, Tensor& tensor) -> Status {
      if (!how) return {};
      Result<Tensor> changed = how->apply(tensor);
      if (!changed.ok()) {
        return changed.status().with_context(fmt::format("{} {}", what, info.name));
      }
      tensor = std::move(*changed);
      return {};
    };
    std::vector<Tensor> own(inputs.begin(), inputs.end());
    for (std::size_t i = 0; i < own.size(); ++i) {
      TERN_TRY(change(view.inputs[i], "input", view.signature.inputs()[i], own[i]));
    }
    TERN_TRY(run(own, outputs));
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      TERN_TRY(change(view.outputs[i], "output", view.signature.outputs()[i], outputs[i]));
    }
    return {};
  };
}

}  // namespace

ServedModel::ServedModel(ModelFile file, ModelMetrics metrics)
    : file_(std::move(file)), metrics_(std::move(metrics)) {}

Result<std::shared_ptr<ServedModel>> ServedModel::load(const ModelFile& file,
                                                       const ServedModelOptions& options,
                                                       Clock& clock, ModelMetrics metrics) {
  std::shared_ptr<ServedModel> model(new ServedModel(file, std::move(metrics)));
  const bool ensemble = file.config != nullptr && !file.config->ensemble.empty();
  Status status = ensemble ? Status() : model->load_session(options);
  if (status.ok()) status = model->start(options, clock);
  if (status.ok()) return model;
  if (status.message().starts_with(file.path)) return status;
  return std::move(status).with_context(file.path);
}

Status ServedModel::load_session(const ServedModelOptions& options) {
  TERN_ASSIGN_OR_RETURN(Graph graph, load_model(file_.path));
  TERN_ASSIGN_OR_RETURN(classes_, classes_of(graph));
  if (file_.config != nullptr && classes_.labels.empty()) {
    for (const TensorConfig& output : file_.config->outputs) {
      if (output.label_filename.empty() || !classes_.labels.empty()) continue;
      TERN_ASSIGN_OR_RETURN(std::vector<std::string> labels,
                            read_labels(join_path(file_.folder, output.label_filename)));
      classes_ = classes_with(graph, output.name, std::move(labels));
    }
  }
  TERN_TRY(check_image_input(graph));
  TERN_ASSIGN_OR_RETURN(Session session,
                        Session::create(std::move(graph), {.pool = options.pool,
                                                           .precision = options.precision,
                                                           .memory_limit = options.memory_limit}));
  session_ = std::make_shared<Session>(std::move(session));
  metadata_ = session_->graph().metadata;
  return {};
}

// What has to be known before requests come, in this order: tensors, labels, how to run.
Status ServedModel::start(const ServedModelOptions& options, Clock& clock) {
  ClientView view;
  if (is_ensemble()) {
    TERN_ASSIGN_OR_RETURN(signature_, ensemble_signature(*file_.config));
  } else {
    signature_ = Signature(session_->inputs(), session_->outputs());
    TERN_TRY(check_types(signature_));
    if (file_.config != nullptr) {
      TERN_ASSIGN_OR_RETURN(view, make_client_view(signature_, *file_.config));
      signature_ = view.signature;
    }
  }
  TERN_TRY(read_label_files());
  RunModel run;
  if (is_ensemble()) {
    std::vector<EnsembleStep> steps = file_.config->ensemble;
    TERN_TRY(order_steps(steps, signature_));
    run = [steps = std::move(steps), signature = signature_, find = options.find_model](
              std::span<const Tensor> inputs, std::span<Tensor> outputs) {
      return run_steps(steps, signature, find, inputs, outputs);
    };
  } else {
    run = run_function(options, std::move(view));
  }
  if (file_.config != nullptr) {
    TERN_TRY(warm_up(*file_.config, signature_, file_.folder, run));
  }
  const SchedulerOptions scheduler = scheduler_options(options, run);
  joins_ = scheduler.batcher.join;
  row_limit_ = file_.config != nullptr ? file_.config->max_batch_size : 0;
  max_rows_ = joins_ ? scheduler.batcher.max_rows : row_limit_;
  instances_ = scheduler.instances;
  scheduler_ = Scheduler::start(signature_, run, scheduler, clock, metrics_);
  return {};
}

Status ServedModel::read_label_files() {
  label_files_.resize(signature_.outputs().size());
  if (file_.config == nullptr) return {};
  for (const TensorConfig& output : file_.config->outputs) {
    const auto index = signature_.find_output(output.name);
    if (output.label_filename.empty() || !index) continue;
    TERN_ASSIGN_OR_RETURN(label_files_[*index],
                          read_labels(join_path(file_.folder, output.label_filename)));
  }
  return {};
}

RunModel ServedModel::run_function(const ServedModelOptions& options, ClientView view) const {
  RunModel run = [session = session_, limit = options.time_limit_ms](std::span<const Tensor> inputs,
                                                                     std::span<Tensor> outputs) {
    return session->run(inputs, outputs, {.time_limit_ms = limit});
  };
  if (!view.changes_shapes()) return run;
  return with_shapes(std::move(run), std::move(view));
}

SchedulerOptions ServedModel::scheduler_options(const ServedModelOptions& options,
                                                const RunModel& run) const {
  SchedulerOptions scheduler = options.scheduler;
  BatcherOptions& batcher = scheduler.batcher;
  if (is_ensemble()) {
    batcher.join = false;
    scheduler.instances = kEnsembleInstances;
    return scheduler;
  }
  if (file_.config == nullptr) {
    batcher.join = batcher.join && rows_are_independent(signature_, run);
    return scheduler;
  }
  const ModelConfig& config = *file_.config;
  if (config.instances > 0) {
    scheduler.instances = config.instances;
    batcher.spare_batches = static_cast<std::size_t>(config.instances) + 1;
  }
  batcher.join = config.says_batching()
                     ? config.max_batch_size > 1 && config.dynamic_batching.has_value()
                     : batcher.join && rows_are_independent(signature_, run);
  if (config.max_batch_size > 0) batcher.max_rows = config.max_batch_size;
  if (!config.dynamic_batching) return scheduler;
  const DynamicBatching& batching = *config.dynamic_batching;
  batcher.preferred_rows = batching.preferred_rows;
  batcher.priorities = batching.priorities;
  if (batching.max_delay.count() > 0) batcher.max_hold = batching.max_delay;
  scheduler.preserve_ordering = batching.preserve_ordering;
  return scheduler;
}

std::span<const std::string> ServedModel::labels(std::size_t output) const {
  if (!label_files_[output].empty()) return label_files_[output];
  if (classes_.output == output) return classes_.labels;
  return {};
}

std::string ServedModel::config_json() const {
  return write_model_config(file_.config.get(), name(), signature_.inputs(), signature_.outputs(),
                            max_rows_, instances_);
}

Result<Slot> ServedModel::reserve(std::span<const Shape> shapes, std::uint64_t priority) const {
  if (row_limit_ > 0) {
    const std::optional<std::int64_t> rows = common_rows(shapes);
    if (!rows) return invalid_argument("the inputs have different numbers of rows");
    if (*rows < 1 || *rows > row_limit_) {
      return invalid_argument("the inputs have {} rows, and max_batch_size is {}", *rows,
                              row_limit_);
    }
  }
  return scheduler_->reserve(shapes, priority);
}

void ServedModel::close() { scheduler_->close(); }

}  // namespace tern::serve
