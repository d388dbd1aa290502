#include "serve/repository/served_model.h"

#include <utility>

#include "base/errors.h"
#include "serve/batch/row_probe.h"
#include "tern/data_files.h"
#include "tern/model.h"

namespace tern::serve {
namespace {

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

}  // namespace

ServedModel::ServedModel(ModelFile file, Session session, Classes classes, ModelMetrics metrics)
    : file_(std::move(file)),
      session_(std::make_shared<Session>(std::move(session))),
      signature_(session_->inputs(), session_->outputs()),
      classes_(std::move(classes)),
      metrics_(std::move(metrics)) {}

Result<std::shared_ptr<ServedModel>> ServedModel::load(const ModelFile& file,
                                                       const ServedModelOptions& options,
                                                       Clock& clock, ModelMetrics metrics) {
  TERN_ASSIGN_OR_RETURN(Graph graph, load_model(file.path));
  Result<Classes> classes = classes_of(graph);
  if (!classes.ok()) return classes.status().with_context(file.path);
  if (Status status = check_image_input(graph); !status.ok()) {
    return std::move(status).with_context(file.path);
  }
  Result<Session> session = Session::create(std::move(graph), {.pool = options.pool});
  if (!session.ok()) return session.status().with_context(file.path);
  std::shared_ptr<ServedModel> model(
      new ServedModel(file, std::move(*session), std::move(*classes), std::move(metrics)));
  if (Status status = check_types(model->signature_); !status.ok()) {
    return std::move(status).with_context(file.path);
  }
  const RunModel run = [session = model->session_](std::span<const Tensor> inputs,
                                                   std::span<Tensor> outputs) {
    return session->run(inputs, outputs);
  };
  SchedulerOptions scheduler = options.scheduler;
  scheduler.batcher.join = scheduler.batcher.join && rows_are_independent(model->signature_, run);
  model->joins_ = scheduler.batcher.join;
  model->scheduler_ = Scheduler::start(model->signature_, run, scheduler, clock, model->metrics_);
  return model;
}

void ServedModel::close() { scheduler_->close(); }

}  // namespace tern::serve
