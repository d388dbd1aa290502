#include "serve/repository/ensemble.h"

#include <algorithm>
#include <cstring>
#include <future>
#include <map>
#include <set>
#include <utility>

#include "base/errors.h"
#include "serve/repository/served_model.h"

namespace tern::serve {
namespace {

using Named = std::map<std::string, Tensor, std::less<>>;

void copy(const Tensor& from, Tensor& to) {
  if (from.dtype() == DType::kString) {
    std::ranges::copy(from.span<std::string>(), to.mutable_data<std::string>());
  } else if (from.bytes() > 0) {
    std::memcpy(to.mutable_raw(), from.raw(), from.bytes());
  }
}

// The tensors of the ensemble that are the step's inputs, in its model's order.
Result<std::vector<Tensor>> inputs_of(const EnsembleStep& step, const ServedModel& model,
                                      const Named& named) {
  for (const auto& [input, name] : step.inputs) {
    if (!model.signature().find_input(input)) {
      return failed_precondition("the model has no input '{}'", input);
    }
  }
  std::vector<Tensor> inputs;
  for (const IoInfo& info : model.signature().inputs()) {
    const auto mapped = step.inputs.find(info.name);
    if (mapped == step.inputs.end()) {
      return failed_precondition("nothing is mapped to input {}", info.name);
    }
    const auto tensor = named.find(mapped->second);
    if (tensor == named.end()) return failed_precondition("there is no '{}'", mapped->second);
    if (tensor->second.dtype() != info.type.dtype) {
      return failed_precondition("'{}' is {}, and input {} takes {}", mapped->second,
                                 to_string(tensor->second.dtype()), info.name,
                                 to_string(info.type.dtype));
    }
    inputs.push_back(tensor->second);
  }
  return inputs;
}

Status run_step(const EnsembleStep& step, const ServedModel& model, Named& named) {
  TERN_ASSIGN_OR_RETURN(const std::vector<Tensor> inputs, inputs_of(step, model, named));
  std::vector<Shape> shapes;
  for (const Tensor& input : inputs) shapes.push_back(input.shape());
  TERN_ASSIGN_OR_RETURN(Slot slot, model.reserve(shapes));
  for (std::size_t i = 0; i < inputs.size(); ++i) copy(inputs[i], slot.inputs()[i]);
  std::promise<Result<std::vector<Tensor>>> answer;
  std::move(slot).submit({}, [&answer](auto outputs) { answer.set_value(std::move(outputs)); });
  TERN_ASSIGN_OR_RETURN(std::vector<Tensor> outputs, answer.get_future().get());
  for (const auto& [output, name] : step.outputs) {
    const auto index = model.signature().find_output(output);
    if (!index) return failed_precondition("the model has no output '{}'", output);
    named.insert_or_assign(name, outputs[*index]);
  }
  return {};
}

}  // namespace

Status order_steps(std::vector<EnsembleStep>& steps, const Signature& signature) {
  std::set<std::string, std::less<>> made;
  for (const IoInfo& input : signature.inputs()) made.insert(input.name);
  std::set<std::string, std::less<>> all = made;
  for (const EnsembleStep& step : steps) {
    for (const auto& [output, name] : step.outputs) {
      if (!all.insert(name).second) {
        return invalid_argument("ensemble: '{}' is made twice, the second time by {}", name,
                                step.model);
      }
    }
  }
  for (const IoInfo& output : signature.outputs()) {
    if (!all.contains(output.name)) {
      return invalid_argument("ensemble: no step makes output {}", output.name);
    }
  }
  std::vector<EnsembleStep> ordered;
  const auto can_run = [&](const EnsembleStep& step) {
    return std::ranges::all_of(step.inputs,
                               [&](const auto& input) { return made.contains(input.second); });
  };
  while (!steps.empty()) {
    const auto next = std::ranges::find_if(steps, can_run);
    if (next == steps.end()) {
      for (const auto& [input, name] : steps[0].inputs) {
        if (!made.contains(name)) {
          return invalid_argument("ensemble: {} needs '{}', which no step before it makes",
                                  steps[0].model, name);
        }
      }
      return invalid_argument("ensemble: its steps wait for each other");
    }
    for (const auto& [output, name] : next->outputs) made.insert(name);
    ordered.push_back(std::move(*next));
    steps.erase(next);
  }
  steps = std::move(ordered);
  return {};
}

Status run_steps(std::span<const EnsembleStep> steps, const Signature& signature,
                 const FindModel& find, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  Named named;
  for (std::size_t i = 0; i < inputs.size(); ++i) named[signature.inputs()[i].name] = inputs[i];
  for (const EnsembleStep& step : steps) {
    const Result<std::shared_ptr<const ServedModel>> model = find(step.model, step.version);
    if (!model.ok()) return model.status();
    Status status = run_step(step, **model, named);
    if (!status.ok()) return std::move(status).with_context(fmt::format("step {}", step.model));
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const IoInfo& info = signature.outputs()[i];
    const Tensor& made = named.find(info.name)->second;
    if (made.dtype() != info.type.dtype) {
      return failed_precondition("output {} is {}, and was made as {}", info.name,
                                 to_string(info.type.dtype), to_string(made.dtype()));
    }
    outputs[i] = made;
  }
  return {};
}

}  // namespace tern::serve
