// The algorithms behind conv.h. Each has three functions: plan_<name> fills in the sizes and tables
// of a plan whose shape, isa and threads are set; pack_<name> and run_<name> are what conv.h says.
#pragma once

#include "backend/cpu/compute/conv.h"
#include "backend/cpu/compute/conv_weights.h"

namespace tern::cpu {

void plan_implicit(ConvPlan& plan);
void pack_implicit(const ConvPlan& plan, const ConvWeights& weights, float* packed,
                   ThreadPool& pool);
void run_implicit(const ConvPlan& plan, const ConvCall& call, float* scratch, ThreadPool& pool);

void plan_winograd(ConvPlan& plan);
void pack_winograd(const ConvPlan& plan, const ConvWeights& weights, float* packed,
                   ThreadPool& pool);
void run_winograd(const ConvPlan& plan, const ConvCall& call, float* scratch, ThreadPool& pool);

void plan_depthwise(ConvPlan& plan);
void pack_depthwise(const ConvPlan& plan, const ConvWeights& weights, float* packed,
                    ThreadPool& pool);
void run_depthwise(const ConvPlan& plan, const ConvCall& call, float* scratch, ThreadPool& pool);

}  // namespace tern::cpu
