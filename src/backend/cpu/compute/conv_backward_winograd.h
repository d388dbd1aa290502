// The gradient of 3x3 weights of stride 1 in Winograd's domain, one of the algorithms behind
// conv_backward.h.
#pragma once

#include "backend/cpu/compute/conv_backward.h"

namespace tern::cpu {

/// Fills in the block of a plan whose shape, isa and threads are set, and what it adds to scratch.
void plan_winograd_gradient(ConvBackwardWeightsPlan& plan);

void run_winograd_gradient(const ConvBackwardWeightsPlan& plan, const ConvBackwardWeightsCall& call,
                           float* scratch, ThreadPool& pool);

}  // namespace tern::cpu
