// Ensemble: a model made of other models, whose outputs are the inputs of the next.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "serve/batch/signature.h"
#include "serve/repository/model_config.h"

namespace tern::serve {

class ServedModel;

/// A model that is ready, by name and version (-1: the latest).
using FindModel =
    std::function<Result<std::shared_ptr<const ServedModel>>(const std::string&, std::int64_t)>;

/// Whether the steps can run one after the other: every name is made by an input or one step before
/// it is used, and all outputs are made. Sorts the steps into that order.
Status order_steps(std::vector<EnsembleStep>& steps, const Signature& signature);

/// Runs steps in order; each joins the queue of its model, where it meets other requests.
/// kFailedPrecondition: a step's model has changed its inputs or outputs. Other failures begin with
/// the step's model.
Status run_steps(std::span<const EnsembleStep> steps, const Signature& signature,
                 const FindModel& find, std::span<const Tensor> inputs, std::span<Tensor> outputs);

}  // namespace tern::serve
