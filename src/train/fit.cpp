#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/clock.h"
#include "base/errors.h"
#include "base/progress.h"
#include "train/trainer_core.h"

namespace tern {
namespace {

double seconds_since(Clock::TimePoint start) {
  return std::chrono::duration<double>(SystemClock().now() - start).count();
}

// What makes an epoch the best: a value of an evaluation, and which way is better.
struct Monitor {
  std::optional<std::size_t> metric;  // nothing: the loss
  bool larger_is_better = false;

  static Result<Monitor> create(const std::string& name, const std::vector<Metric>& metrics) {
    if (name == "loss" || (name.empty() && metrics.empty())) return Monitor{};
    std::string known = "loss";
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      if (name.empty() || name == metrics[i].name) return Monitor{i, metrics[i].larger_is_better};
      known += ", " + metrics[i].name;
    }
    return invalid_argument("monitor: there is no '{}', only {}", name, known);
  }

  double value_of(const Evaluation& e) const { return metric ? e.metrics[*metric] : e.loss; }
  // Any number is better than none.
  bool is_better(double value, double before) const {
    if (std::isnan(before)) return !std::isnan(value);
    return larger_is_better ? value > before : value < before;
  }
  // The same, by more than a share of what was before.
  bool is_better_by(double share, double value, double before) const {
    return is_better(
        value, std::isnan(before) ? before : before * (larger_is_better ? 1 + share : 1 - share));
  }
};

class Fitting {
 public:
  Fitting(train::TrainerCore& trainer, DataLoader& data, const FitOptions& options, Monitor monitor)
      : trainer_(trainer),
        state_(trainer.state),
        data_(data),
        options_(options),
        monitor_(monitor) {}

  Result<FitResult> run() {
    TERN_TRY(check_data());
    FitEnd end = FitEnd::kFinished;
    while (state_.epoch < options_.epochs) {
      if (has_no_better()) {
        end = FitEnd::kNoBetter;
        break;
      }
      TERN_ASSIGN_OR_RETURN(const bool completed, train_epoch());
      if (completed) continue;
      end = FitEnd::kRequested;
      break;
    }
    if (end != FitEnd::kRequested) TERN_TRY(take_best());
    return FitResult{.end = end,
                     .epochs = state_.epoch,
                     .steps = state_.step,
                     .best_epoch = state_.best_epoch,
                     .best_value = state_.best_value};
  }

 private:
  Status check_data() {
    if (data_.batches() == 0) return invalid_argument("there are no rows to train with");
    const train::DataIdentity now = train::TrainerCore::identity_of(data_);
    if (state_.step > 0 && state_.data.rows > 0 && state_.data != now) {
      return failed_precondition("training began with {}, it cannot go on with {}",
                                 to_string(state_.data), to_string(now));
    }
    state_.data = now;
    return {};
  }

  bool has_no_better() const {
    return options_.patience > 0 && state_.best_epoch > 0 &&
           state_.epoch - state_.best_epoch >= options_.patience;
  }

  // True when the epoch is over, false when it was stopped on the way.
  Result<bool> train_epoch() {
    const SystemClock clock;
    const auto started = clock.now();
    TERN_ASSIGN_OR_RETURN(const bool completed, train_batches());
    if (!completed) return false;
    EpochReport report{
        .epoch = state_.epoch + 1,
        .step = state_.step,
        .loss = state_.loss_sum / static_cast<double>(state_.loss_rows),
        .learning_rate = trainer_.options.learning_rate(state_.step - 1) * state_.rate_share};
    if (options_.validation != nullptr) {
      TERN_ASSIGN_OR_RETURN(report.validation, trainer_.evaluate(*options_.validation));
      TERN_TRY(compare_with_best(report));
    }
    if (options_.plateau) watch_plateau(report, *options_.plateau);
    ++state_.epoch;
    state_.batch = 0;
    state_.loss_sum = 0;
    state_.loss_rows = 0;
    TERN_TRY(save_checkpoint());
    report.seconds = seconds_since(started);
    if (options_.on_epoch) TERN_TRY(options_.on_epoch(report));
    return true;
  }

  Result<bool> train_batches() {
    TERN_TRY(data_.start_epoch(state_.epoch, state_.batch));
    SystemClock clock;
    std::optional<ProgressBar> bar;
    if (options_.progress) {
      bar.emplace(clock, ProgressBar::Options{
                             .label = fmt::format("epoch {}/{}", state_.epoch + 1, options_.epochs),
                             .unit = "rows",
                             .total = state_.data.rows});
      bar->advance(state_.loss_rows);
    }
    for (;;) {
      TERN_ASSIGN_OR_RETURN(const std::optional<Batch> batch, data_.next());
      if (!batch) return true;
      TERN_ASSIGN_OR_RETURN(const double loss, trainer_.step(batch->tensors));
      const auto rows = static_cast<std::int64_t>(batch->rows.size());
      state_.loss_sum += loss * static_cast<double>(rows);
      state_.loss_rows += rows;
      ++state_.batch;
      if (bar) {
        bar->set_note(
            fmt::format("loss {:.4g}", state_.loss_sum / static_cast<double>(state_.loss_rows)));
        bar->advance(rows);
      }
      const bool stop = options_.stop.stop_requested();
      const bool due =
          options_.checkpoint_steps > 0 && state_.step % options_.checkpoint_steps == 0;
      if (stop || due) TERN_TRY(save_checkpoint());
      if (stop) return false;
    }
  }

  void watch_plateau(const EpochReport& report, const PlateauOptions& plateau) {
    const Monitor monitor = report.validation ? monitor_ : Monitor{};
    const double value = report.validation ? monitor_.value_of(*report.validation) : report.loss;
    if (monitor.is_better_by(plateau.threshold, value, state_.plateau_best)) {
      state_.plateau_best = value;
      state_.plateau_epochs = 0;
      return;
    }
    if (++state_.plateau_epochs <= plateau.patience) return;
    state_.plateau_epochs = 0;
    state_.rate_share = std::max(state_.rate_share * plateau.factor, plateau.last);
  }

  Status compare_with_best(EpochReport& report) {
    const double value = monitor_.value_of(*report.validation);
    if (state_.best_epoch > 0 && !monitor_.is_better(value, state_.best_value)) return {};
    report.best = true;
    state_.best_epoch = report.epoch;
    state_.best_value = value;
    state_.best.clear();
    if (!options_.keep_best) return {};
    for (std::size_t i = 0; i < trainer_.model.value_count(); ++i) {
      const ValueData& variable = trainer_.model.value(static_cast<ValueId>(i));
      if (variable.kind != ValueKind::kVariable) continue;
      TERN_ASSIGN_OR_RETURN(Tensor copy, trainer_.store->find(variable.name)->clone());
      state_.best.emplace(variable.name, std::move(copy));
      if (const Tensor* average = trainer_.store->find(average_name(variable.name))) {
        TERN_ASSIGN_OR_RETURN(Tensor copy_of_average, average->clone());
        state_.best.emplace(average_name(variable.name), std::move(copy_of_average));
      }
    }
    return {};
  }

  Status save_checkpoint() {
    if (options_.checkpoint.empty()) return {};
    return trainer_.save_checkpoint(options_.checkpoint).with_context("checkpoint");
  }

  Status take_best() {
    if (!options_.keep_best) return {};
    for (const auto& [name, value] : state_.best) {
      TERN_TRY(trainer_.store->assign(name, value));
    }
    return {};
  }

  train::TrainerCore& trainer_;
  train::TrainerState& state_;
  DataLoader& data_;
  const FitOptions& options_;
  const Monitor monitor_;
};

}  // namespace

Result<FitResult> Trainer::fit(DataLoader& data, const FitOptions& options) {
  TERN_ASSIGN_OR_RETURN(const Monitor monitor,
                        Monitor::create(options.monitor, core_->options.metrics));
  if (options.epochs < 0 || options.patience < 0 || options.checkpoint_steps < 0) {
    return invalid_argument("epochs {}, patience {} or checkpoint_steps {} is below 0",
                            options.epochs, options.patience, options.checkpoint_steps);
  }
  if (const auto& p = options.plateau;
      p && !(p->patience >= 0 && p->factor > 0 && p->factor < 1 && p->threshold >= 0 &&
             p->threshold < 1 && p->last >= 0 && p->last <= 1)) {
    return invalid_argument(
        "plateau: patience {}, factor {}, threshold {} or last {} is out of range", p->patience,
        p->factor, p->threshold, p->last);
  }
  return Fitting(*core_, data, options, monitor).run();
}

}  // namespace tern
