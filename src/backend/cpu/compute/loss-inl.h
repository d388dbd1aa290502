#include "backend/cpu/compute/loss.h"

#include "backend/cpu/compute/fold-inl.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;

void log_sum_exp(const float* x, Index rows, Index columns, float* out) noexcept {
  for (Index r = 0; r < rows; ++r, x += columns) {
    const float top = max_run(x, columns);
    const float sum = fold_run(
        x, columns, 0.0F, -kInfinity, [=](Vec v) { return exp(v - set1(top)); },
        [](Vec a, Vec b) { return a + b; });
    out[r] = top + log(set1(sum))[0];
  }
}

void scaled_softmax(const float* x, const float* d, Index rows, Index columns, float* dx) noexcept {
  for (Index r = 0; r < rows; ++r, x += columns, dx += columns) {
    if (d[r] == 0.0F) {
      for (Index i = 0; i < columns; ++i) dx[i] = 0.0F;
      continue;
    }
    const Vec top = set1(max_run(x, columns));
    Vec sums = zero();
    for (Index i = 0; i < columns; i += kLanes) {
      const Index n = smaller<Index>(kLanes, columns - i);
      store_n(dx + i, exp(load_n(x + i, n) - top), n);
      sums = sums + load_n(dx + i, n);
    }
    const float sum = fold(sums, [](float a, float b) { return a + b; });
    const Vec scale = set1(d[r] / sum);
    for (Index i = 0; i < columns; i += kLanes) {
      const Index n = smaller<Index>(kLanes, columns - i);
      store_n(dx + i, load_n(dx + i, n) * scale, n);
    }
  }
}

}  // namespace

extern const LossKernels kLossKernels;
const LossKernels kLossKernels{log_sum_exp, scaled_softmax};

}  // namespace tern::cpu::TERN_SIMD_NS
