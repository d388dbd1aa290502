// The gradient of layer normalisation over dense [rows, columns] in f32.
//
// Each part of the rows has sums for scale and bias of its own, added up in order. Nothing is
// validated or allocated and no lock is taken.
#pragma once

#include <cstdint>

#include "backend/cpu/isa.h"

namespace tern {
class ThreadPool;
}

namespace tern::cpu {

struct LayerNormGradPlan {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  float epsilon = 1e-5F;
  Isa isa = Isa::kBaseline;
  int parts = 1;
  std::int64_t scratch_floats = 0;
};

LayerNormGradPlan plan_layer_norm_grad(std::int64_t rows, std::int64_t columns, float epsilon,
                                       int threads, Isa isa = active_isa());

struct LayerNormGradCall {
  const float* dy = nullptr;
  const float* x = nullptr;
  const float* scale = nullptr;  ///< `columns` values
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  float epsilon = 1e-5F;
  float* dx = nullptr;      ///< may be dy or x
  float* dscale = nullptr;  ///< `columns` values
  float* dbias = nullptr;   ///< `columns` values
};

/// Fills in rows, columns and epsilon of the call; dscale and dbias may be null.
void run_layer_norm_grad(const LayerNormGradPlan& plan, LayerNormGradCall call, float* scratch,
                         ThreadPool& pool) noexcept;

struct NormGradKernels {
  /// dx, and dscale and dbias summed over the call's rows.
  void (*layer_norm)(const LayerNormGradCall& call) noexcept;
};

const NormGradKernels& norm_grad_kernels(Isa isa);

}  // namespace tern::cpu
