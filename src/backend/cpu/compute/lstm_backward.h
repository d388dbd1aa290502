// Gradients of an LSTM layer in f32, with its usual functions and without peepholes, clipping and
// sequence lengths: what training needs.
//
// The forward pass is computed once more, keeping gates and cells of all steps. Going back, each
// step costs one product with R; the gradients of weights and inputs are one product each over all
// steps. Nothing is validated or allocated and no lock is taken.
#pragma once

#include <cstdint>

#include "backend/cpu/compute/gemm.h"
#include "backend/cpu/isa.h"

namespace tern {
class ThreadPool;
}

namespace tern::cpu {

struct LstmBackwardShape {
  std::int64_t steps = 0;
  std::int64_t batch = 0;
  std::int64_t input = 0;
  std::int64_t hidden = 0;
  int directions = 1;
  bool first_is_reverse = false;
  bool batch_first = false;
};

struct LstmBackwardPlan {
  LstmBackwardShape shape;
  Isa isa = Isa::kBaseline;
  BatchGemmPlan gates;   ///< X W^T
  BatchGemmPlan dx;      ///< d gates W
  BatchGemmPlan dw, dr;  ///< d gates^T X and d gates^T H
  std::int64_t scratch_floats = 0;
};

LstmBackwardPlan plan_lstm_backward(const LstmBackwardShape& shape, int threads,
                                    Isa isa = active_isa());

/// Inputs as ONNX lays them out; b, initial states and gradients of outputs may be null, results
/// that are not wanted too.
struct LstmBackwardCall {
  const float* x = nullptr;
  const float* w = nullptr;
  const float* r = nullptr;
  const float* b = nullptr;
  const float* initial_h = nullptr;
  const float* initial_c = nullptr;
  const float* dy = nullptr;
  const float* dlast_h = nullptr;
  const float* dlast_c = nullptr;
  float* dx = nullptr;
  float* dw = nullptr;
  float* dr = nullptr;
  float* db = nullptr;
  float* dinitial_h = nullptr;
  float* dinitial_c = nullptr;
};

void run_lstm_backward(const LstmBackwardPlan& plan, const LstmBackwardCall& call, float* scratch,
                       ThreadPool& pool) noexcept;

/// One sequence at one step: gates i, o, f, g of `hidden` entries each.
struct LstmTrainRow {
  std::int64_t hidden = 0;
  float* gates = nullptr;  ///< forward: arguments, become values; back: values, become gradients
  const float* c_in = nullptr;
  float* c = nullptr;         ///< after the step; written going forward
  float* h = nullptr;         ///< written going forward
  const float* dy = nullptr;  ///< gradient of h from Y, or null
  const float* dh = nullptr;  ///< gradient of h from the next step
  float* dc = nullptr;        ///< gradient of c, becomes that of c_in
};

struct LstmTrainKernels {
  void (*forward)(const LstmTrainRow& row) noexcept;
  void (*back)(const LstmTrainRow& row) noexcept;
};

const LstmTrainKernels& lstm_train_kernels(Isa isa);

}  // namespace tern::cpu
