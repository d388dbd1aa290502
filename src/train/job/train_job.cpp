#include "train/job/train_job.h"

#include <chrono>
#include <cmath>

#include "base/clock.h"
#include "base/errors.h"
#include "base/file.h"
#include "base/json.h"
#include "base/strings.h"
#include "config/config_sources.h"
#include "tern/loss.h"
#include "train/job/model_maker.h"
#include "train/job/shorthand.h"
#include "train/job/train_config.h"

namespace tern::train {
namespace {

BatchFunction loss_function(LossKind kind, const LossConfig& config) {
  switch (kind) {
    case LossKind::kCrossEntropy:
      return [options = config.cross_entropy](Value y, Value t) {
        return cross_entropy(scores_of(y), t, options);
      };
    case LossKind::kBinaryCrossEntropy:
      return [](Value y, Value t) { return binary_cross_entropy(scores_of(y), t); };
    case LossKind::kMeanSquaredError: return mean_squared_error;
    case LossKind::kMeanAbsoluteError: return mean_absolute_error;
    case LossKind::kHuber:
      return [delta = config.delta](Value y, Value t) { return huber_loss(y, t, delta); };
    case LossKind::kMultiMargin:
      return [margin = config.margin](Value y, Value t) { return multi_margin_loss(y, t, margin); };
    case LossKind::kDivergence:
      return [](Value y, Value t) { return kl_divergence(scores_of(y), t); };
    case LossKind::kCosine: return cosine_loss;
  }
  return nullptr;
}

std::vector<Metric> metrics_for(LossKind kind, const LossConfig& config) {
  if (kind == LossKind::kCrossEntropy && config.cross_entropy.ignore_index) {
    return {{"accuracy", [ignored = *config.cross_entropy.ignore_index](Value y, Value t) {
               return accuracy_without(y, t, ignored);
             }}};
  }
  if (kind == LossKind::kCrossEntropy || kind == LossKind::kMultiMargin) {
    return {{"accuracy", accuracy}};
  }
  if (kind == LossKind::kBinaryCrossEntropy) {
    return {{"accuracy", [](Value y, Value t) { return binary_accuracy(scores_of(y), t); }}};
  }
  return {{"mae", mean_absolute_error, false}};
}

LearningRate learning_rate(const TrainConfig& config, std::int64_t batches) {
  const auto steps = [&](double epochs) {
    const double exact = epochs * static_cast<double>(batches);
    return static_cast<std::int64_t>(std::llround(std::min(exact, 0x1p62)));
  };
  const ScheduleConfig& schedule = config.schedule;
  const std::int64_t rise = steps(schedule.warm_up);
  LearningRate rate = constant_rate(config.rate);
  if (schedule.kind == ScheduleKind::kStep) {
    rate = step_decay(config.rate, steps(schedule.every), schedule.factor);
  } else if (schedule.kind == ScheduleKind::kCosine) {
    const std::int64_t all = steps(static_cast<double>(config.epochs));
    rate = cosine_decay(config.rate, all - rise, schedule.last * config.rate);
  }
  if (schedule.kind == ScheduleKind::kOneCycle) {
    return one_cycle(config.rate, steps(static_cast<double>(config.epochs)), schedule.one_cycle);
  }
  return rise > 0 ? warm_up(rise, std::move(rate)) : rate;
}

std::int64_t parameter_count(const Graph& graph) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const ValueData& value = graph.value(static_cast<ValueId>(i));
    if (value.kind == ValueKind::kVariable && value.trainable) count += value.tensor.elements();
  }
  return count;
}

std::string describe(const Evaluation& e, const std::vector<Metric>& metrics) {
  std::string text = fmt::format("loss {:.4f}", e.loss);
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    const bool share = metrics[i].name == "accuracy";
    text += share ? fmt::format(", accuracy {:.2f} %", 100 * e.metrics[i])
                  : fmt::format(", {} {:.4g}", metrics[i].name, e.metrics[i]);
  }
  return text;
}

class Job {
 public:
  explicit Job(const TrainJobOptions& options) : options_(options) {}

  Result<TrainSummary> run() {
    const SystemClock clock;
    const auto started = clock.now();
    TERN_ASSIGN_OR_RETURN(config_, read());
    TERN_ASSIGN_OR_RETURN(const TrainingData data, open_data(config_.data, config_.input.shape));
    TERN_ASSIGN_OR_RETURN(Trainer trainer, make_trainer(data));
    TERN_TRY(prepare_output());
    if (data.validation && !config_.data.validation_save.empty()) {
      TERN_TRY(save_csv(*data.validation, config_.data.validation_save));
    }
    TERN_TRY(fit(trainer, data));
    if (summary_.fit.end == FitEnd::kRequested) {
      summary_.stopped = true;
      say(fmt::format("stopped after step {}{}", summary_.fit.steps,
                      config_.checkpoint.empty()
                          ? ""
                          : fmt::format("; {} goes on with --resume", config_.checkpoint)));
    } else {
      TERN_TRY(finish(trainer, data));
    }
    summary_.seconds = std::chrono::duration<double>(clock.now() - started).count();
    return summary_;
  }

 private:
  void say(std::string_view line) const {
    if (options_.on_line) options_.on_line(line);
  }

  Result<TrainConfig> read() const {
    TERN_ASSIGN_OR_RETURN(config::ConfigNode root, config::load_config({.file = options_.config}));
    // Overrides change the long form: optimizer.lr=1 also where the file says `optimizer: adam`.
    expand_shorthand(root);
    for (const std::string& text : options_.overrides) {
      TERN_TRY(config::apply_override(root, text, "--set " + text));
    }
    TERN_ASSIGN_OR_RETURN(
        TrainConfig config,
        read_train_config(std::move(root), std::string(parent_path(options_.config))));
    if (options_.resume && config.checkpoint.empty()) {
      return invalid_argument("{}: --resume needs a checkpoint in the configuration",
                              options_.config);
    }
    return config;
  }

  Result<DataLoader> make_loader(const Dataset& data, bool training) const {
    DataLoaderOptions options{.batch = config_.batch,
                              .shuffle = training,
                              .seed = config_.seed,
                              .threads = config_.data.threads,
                              .drop_last = training && config_.drop_last};
    const AugmentOptions& augment = config_.augment;
    if (training && (augment.mirror > 0 || augment.flip > 0 || augment.shift > 0)) {
      TERN_ASSIGN_OR_RETURN(options.transform, image_augmentation(augment));
    }
    return DataLoader::create(data, std::move(options));
  }

  Result<Trainer> make_trainer(const TrainingData& data) {
    if (data.train.fields().size() != 2) {
      return invalid_argument("the data have no labels to learn");
    }
    Result<Graph> model = make_model(config_, data);
    if (!model.ok()) return model.status().with_context(options_.config);
    TERN_ASSIGN_OR_RETURN(const DataField target, target_of(data.train));
    TERN_ASSIGN_OR_RETURN(const DataLoader loader, make_loader(data.train, true));
    const LossKind kind = loss_for(config_.loss, target);
    metrics_ = metrics_for(kind, config_.loss);
    for (const Metric& metric : metrics_) summary_.metrics.push_back(metric.name);
    summary_.train_rows = data.train.size();
    summary_.validation_rows = data.validation ? data.validation->size() : 0;
    summary_.parameters = parameter_count(*model);
    summary_.output = config_.output;
    say(fmt::format(
        "data    {} rows to train with, {} held out{}", summary_.train_rows,
        summary_.validation_rows,
        target.classes.empty() ? "" : fmt::format(", {} classes", target.classes.size())));
    say(fmt::format("model   {} parameters, {} steps in each of {} epochs",
                    format_count(static_cast<double>(summary_.parameters)), loader.batches(),
                    config_.epochs));
    return Trainer::create(*std::move(model), target,
                           {.loss = loss_function(kind, config_.loss),
                            .metrics = metrics_,
                            .optimizer = config_.optimizer,
                            .learning_rate = learning_rate(config_, loader.batches()),
                            .max_gradient_norm = config_.max_gradient_norm,
                            .max_gradient_value = config_.max_gradient_value,
                            .l1 = config_.l1,
                            .accumulate = config_.accumulate,
                            .average_decay = config_.average_decay,
                            .seed = config_.seed,
                            .session = {.threads = config_.threads}});
  }

  // Folders that are missing, before an hour of training rather than after it.
  Status prepare_output() const {
    for (const std::string& path :
         {config_.output, config_.checkpoint, config_.data.validation_save}) {
      const std::string_view folder = parent_path(path);
      if (!folder.empty()) TERN_TRY(make_directories(std::string(folder)));
      if (!path.empty() && is_directory(path)) return failed_precondition("{} is a folder", path);
    }
    return {};
  }

  Status fit(Trainer& trainer, const TrainingData& data) {
    const ScheduleConfig& schedule = config_.schedule;
    std::optional<PlateauOptions> plateau;
    if (schedule.kind == ScheduleKind::kPlateau) plateau = schedule.plateau;
    TERN_ASSIGN_OR_RETURN(DataLoader training, make_loader(data.train, true));
    std::optional<DataLoader> validation;
    if (data.validation) {
      TERN_ASSIGN_OR_RETURN(DataLoader loader, make_loader(*data.validation, false));
      validation.emplace(std::move(loader));
    }
    if (options_.resume) TERN_TRY(load_checkpoint(trainer));
    TERN_ASSIGN_OR_RETURN(
        summary_.fit,
        trainer.fit(training, {.epochs = config_.epochs,
                               .validation = validation ? &*validation : nullptr,
                               .monitor = config_.monitor,
                               .patience = config_.patience,
                               .plateau = plateau,
                               .keep_best = config_.keep_best,
                               .checkpoint = config_.checkpoint,
                               .checkpoint_steps = config_.checkpoint_steps,
                               .progress = options_.progress,
                               .on_epoch = [this](const EpochReport& r) { return report(r); },
                               .stop = options_.stop}));
    return {};
  }

  Status load_checkpoint(Trainer& trainer) const {
    if (!file_exists(config_.checkpoint)) {
      say(fmt::format("resume  there is no {} yet, training begins", config_.checkpoint));
      return {};
    }
    TERN_TRY(trainer.load_checkpoint(config_.checkpoint));
    say(fmt::format("resume  {} after step {}", config_.checkpoint, trainer.steps()));
    return {};
  }

  Status report(const EpochReport& r) {
    summary_.train_loss = r.loss;
    std::string line = fmt::format("epoch {:>3}/{}  loss {:.4f}", r.epoch, config_.epochs, r.loss);
    if (r.validation) {
      line += fmt::format("  held out: {}{}", describe(*r.validation, metrics_),
                          r.best ? "  best" : "");
    }
    say(line + fmt::format("  {:.1f} s", r.seconds));
    return {};
  }

  Status finish(Trainer& trainer, const TrainingData& data) {
    if (summary_.fit.end == FitEnd::kNoBetter) {
      say(fmt::format("no better epoch than {} in {}: training ends", summary_.fit.best_epoch,
                      config_.patience));
    }
    if (data.validation) {
      TERN_ASSIGN_OR_RETURN(DataLoader loader, make_loader(*data.validation, false));
      TERN_ASSIGN_OR_RETURN(summary_.validation, trainer.evaluate(loader));
    }
    TERN_TRY(trainer.save(config_.output));
    say(summary_.validation
            ? fmt::format("wrote   {}: {} on {} held-out rows", config_.output,
                          describe(*summary_.validation, metrics_), summary_.validation_rows)
            : fmt::format("wrote   {}", config_.output));
    return {};
  }

  const TrainJobOptions& options_;
  TrainConfig config_;
  std::vector<Metric> metrics_;
  TrainSummary summary_;
};

}  // namespace

std::string to_json(const TrainSummary& summary) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("stopped", summary.stopped);
  json.field("epochs", summary.fit.epochs);
  json.field("steps", summary.fit.steps);
  json.field("best_epoch", summary.fit.best_epoch);
  json.field("train_rows", summary.train_rows);
  json.field("validation_rows", summary.validation_rows);
  json.field("parameters", summary.parameters);
  json.field("train_loss", summary.train_loss);
  if (summary.validation) {
    json.field("validation_loss", summary.validation->loss);
    for (std::size_t i = 0; i < summary.metrics.size(); ++i) {
      json.field(summary.metrics[i], summary.validation->metrics[i]);
    }
  }
  json.field("seconds", summary.seconds);
  json.field("output", summary.output);
  json.end_object();
  return out;
}

Result<TrainSummary> run_train_job(const TrainJobOptions& options) { return Job(options).run(); }

}  // namespace tern::train
