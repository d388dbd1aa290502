// ServedModel: one version of one model, loaded and taking requests.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "serve/batch/scheduler.h"
#include "serve/batch/signature.h"
#include "serve/metrics/model_metrics.h"
#include "serve/repository/classes.h"
#include "serve/repository/layout.h"
#include "tern/session.h"
#include "tern/thread_pool.h"

namespace tern::serve {

struct ServedModelOptions {
  /// Threads of every run; shared by all models.
  std::shared_ptr<ThreadPool> pool;
  SchedulerOptions scheduler = {};
};

/// Everything but close() may be called from many threads at once.
class ServedModel {
 public:
  /// Loads the file, prepares a session and starts its scheduler. Requests are joined when the
  /// model's rows are independent and options.scheduler.batcher.join is set. `clock` must outlive
  /// the model. kUnimplemented: an input or output is not known to be a tensor.
  /// kInvalidArgument: metadata that the server reads (labels, image_input) are malformed.
  static Result<std::shared_ptr<ServedModel>> load(const ModelFile& file,
                                                   const ServedModelOptions& options, Clock& clock,
                                                   ModelMetrics metrics = {});

  const std::string& name() const { return file_.name; }
  std::int64_t version() const { return file_.version; }
  const std::string& path() const { return file_.path; }
  const Signature& signature() const { return signature_; }
  const Classes& classes() const { return classes_; }
  /// The model's own notes, as its file has them.
  const std::map<std::string, std::string>& metadata() const { return session_->graph().metadata; }
  /// Whether requests are joined into batches.
  bool joins() const { return joins_; }
  const ModelMetrics& metrics() const { return metrics_; }
  MemoryUse memory() const { return session_->memory(); }

  /// A slot for a request, as Scheduler::reserve.
  Result<Slot> reserve(std::span<const Shape> shapes) const { return scheduler_->reserve(shapes); }
  /// Answers what was submitted and takes no more. Required before the last owner lets go, and not
  /// to be called from a Done.
  void close();

 private:
  ServedModel(ModelFile file, Session session, Classes classes, ModelMetrics metrics);

  const ModelFile file_;
  const std::shared_ptr<Session> session_;
  const Signature signature_;
  const Classes classes_;
  const ModelMetrics metrics_;
  bool joins_ = false;
  std::shared_ptr<Scheduler> scheduler_;
};

}  // namespace tern::serve
