// A training job: what `tern train` does, from configuration to exported model.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "tern/status.h"
#include "tern/trainer.h"

namespace tern::train {

struct TrainJobOptions {
  std::string config;                  ///< path of a YAML file
  std::vector<std::string> overrides;  ///< "path=value" each (docs/config.md)
  /// Goes on from the configuration's checkpoint where there is one.
  bool resume = false;
  bool progress = true;
  /// Called with every line of the report, without its newline.
  std::function<void(std::string_view)> on_line = {};
  /// When requested, the job ends after the current step, with its checkpoint written.
  std::stop_token stop = {};
};

struct TrainSummary {
  bool stopped = false;  ///< by the stop token: there is no exported model then
  FitResult fit;
  std::int64_t train_rows = 0;
  std::int64_t validation_rows = 0;
  std::int64_t parameters = 0;           ///< numbers that are learnt
  double train_loss = 0;                 ///< mean over the last epoch done; 0 when none was
  std::optional<Evaluation> validation;  ///< of the exported model
  std::vector<std::string> metrics;      ///< names, in the order of the evaluation
  double seconds = 0;
  std::string output;
};

std::string to_json(const TrainSummary& summary);

/// Reads, trains, exports. Nothing is written before the configuration and the data are in order.
Result<TrainSummary> run_train_job(const TrainJobOptions& options);

}  // namespace tern::train
