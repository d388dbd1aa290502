// ServedModel: one version of one model, loaded and taking requests.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "serve/batch/scheduler.h"
#include "serve/batch/signature.h"
#include "serve/metrics/model_metrics.h"
#include "serve/repository/classes.h"
#include "serve/repository/client_view.h"
#include "serve/repository/ensemble.h"
#include "serve/repository/layout.h"
#include "tern/session.h"
#include "tern/thread_pool.h"

namespace tern::serve {

struct ServedModelOptions {
  /// Threads of every run; shared by all models.
  std::shared_ptr<ThreadPool> pool;
  /// What a model's configuration does not say.
  SchedulerOptions scheduler = {};
  /// Of the sessions.
  Precision precision = Precision::kF32;
  /// Most bytes that each model's session may hold, as SessionOptions::memory_limit; 0: no limit.
  std::size_t memory_limit = 0;
  /// A run that takes longer fails, as RunOptions::time_limit_ms; 0: no limit.
  std::int64_t time_limit_ms = 0;
  /// The models of an ensemble's steps, when they are needed. Must outlive the model.
  FindModel find_model;
};

/// Everything but close() may be called from many threads at once.
class ServedModel {
 public:
  /// Loads the file, prepares a session, warms it up and starts its scheduler. Without a
  /// configuration, requests are joined when the model's rows are independent and
  /// options.scheduler.batcher.join is set; with one, when it has dynamic_batching. `clock` must
  /// outlive the model. kUnimplemented: an input or output is not known to be a tensor.
  /// kInvalidArgument: the configuration does not suit the model, or metadata that the server reads
  /// (labels, image_input) are malformed.
  static Result<std::shared_ptr<ServedModel>> load(const ModelFile& file,
                                                   const ServedModelOptions& options, Clock& clock,
                                                   ModelMetrics metrics = {});

  const std::string& name() const { return file_.name; }
  std::int64_t version() const { return file_.version; }
  const std::string& path() const { return file_.path; }
  const ModelFile& file() const { return file_; }
  /// Inputs and outputs as clients see them.
  const Signature& signature() const { return signature_; }
  const Classes& classes() const { return classes_; }
  /// Names for the scores of an output: of its file of labels, or of classes(); else none.
  std::span<const std::string> labels(std::size_t output) const;
  /// The model's own notes, as its file has them; none of an ensemble.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// Whether requests are joined into batches.
  bool joins() const { return joins_; }
  bool is_ensemble() const { return session_ == nullptr; }
  const ModelMetrics& metrics() const { return metrics_; }
  MemoryUse memory() const { return session_ == nullptr ? MemoryUse() : session_->memory(); }
  /// JSON of the configuration, with what it leaves open filled in.
  std::string config_json() const;

  /// A slot for a request of a priority, as Scheduler::reserve. kInvalidArgument: more rows than
  /// the configuration's max_batch_size.
  Result<Slot> reserve(std::span<const Shape> shapes, std::uint64_t priority = 0) const;
  /// Answers what was submitted and takes no more. Required before the last owner lets go, and not
  /// to be called from a Done.
  void close();

 private:
  ServedModel(ModelFile file, ModelMetrics metrics);

  Status load_session(const ServedModelOptions& options);
  Status read_label_files();
  RunModel run_function(const ServedModelOptions& options, ClientView view) const;
  SchedulerOptions scheduler_options(const ServedModelOptions& options, const RunModel& run) const;
  Status start(const ServedModelOptions& options, Clock& clock);

  const ModelFile file_;
  const ModelMetrics metrics_;
  std::shared_ptr<Session> session_;  // null of an ensemble
  Signature signature_;
  Classes classes_;
  std::map<std::string, std::string> metadata_;
  std::vector<std::vector<std::string>> label_files_;  // by output
  bool joins_ = false;
  std::int64_t max_rows_ = 0;   // of a batch
  std::int64_t row_limit_ = 0;  // of a request; 0: none
  int instances_ = 1;
  std::shared_ptr<Scheduler> scheduler_;
};

}  // namespace tern::serve
