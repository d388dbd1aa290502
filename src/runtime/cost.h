// What a step costs: for profiles and inspect.
#pragma once

#include "runtime/binding.h"

namespace tern::runtime {

/// Operations of one node, a multiply-add counted as two. Exact for convolutions and their
/// gradients, matrix products, attention (masked or not) and recurrent layers; one per output
/// element for everything else.
double flops_of(const Op& op, std::span<const TensorDesc> in, std::span<const TensorDesc> out);

/// Names, shapes and costs of a step, without a time.
StepProfile describe_step(const Graph& graph, const Step& step, std::span<const Tensor* const> in,
                          std::span<Tensor* const> out);

/// All steps of a segment, from its plan.
std::vector<StepProfile> describe_steps(const Program& program, const Segment& segment);

}  // namespace tern::runtime
