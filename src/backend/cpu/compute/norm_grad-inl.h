#include "backend/cpu/compute/norm_grad.h"

#include "backend/cpu/compute/fold-inl.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;

TERN_SIMD_INLINE float add(float a, float b) { return a + b; }

// With n = (x - mean) / deviation and g = dy * scale:
//   dx = (g - average(g) - n * average(g * n)) / deviation
void layer_norm(const LayerNormGradCall& c) noexcept {
  const float share = 1.0F / static_cast<float>(c.columns);
  for (Index i = 0; i < c.columns; ++i) c.dscale[i] = c.dbias[i] = 0.0F;
  for (Index r = 0; r < c.rows; ++r) {
    const float* x = c.x + r * c.columns;
    const float* dy = c.dy + r * c.columns;
    float* dx = c.dx + r * c.columns;
    const Vec mean = set1(sum_run(x, c.columns) * share);
    const float squares = fold_run(
        x, c.columns, 0.0F, mean[0], [=](Vec v) { return (v - mean) * (v - mean); },
        [](Vec a, Vec b) { return a + b; });
    const Vec inverse = set1(1.0F / __builtin_sqrtf(squares * share + c.epsilon));
    Vec sum = zero();
    Vec product = zero();
    for (Index i = 0; i < c.columns; i += kLanes) {
      const Index n = smaller<Index>(kLanes, c.columns - i);
      const Vec g = load_n(dy + i, n) * load_n(c.scale + i, n);
      sum = sum + g;
      product = fma(g, load_n(x + i, n) - mean, product);
    }
    const Vec average = set1(fold(sum, add) * share);
    const Vec along = set1(fold(product, add) * share) * inverse;
    for (Index i = 0; i < c.columns; i += kLanes) {
      const Index n = smaller<Index>(kLanes, c.columns - i);
      const Vec d = load_n(dy + i, n);
      const Vec normal = (load_n(x + i, n) - mean) * inverse;
      store_n(c.dscale + i, fma(d, normal, load_n(c.dscale + i, n)), n);
      store_n(c.dbias + i, load_n(c.dbias + i, n) + d, n);
      store_n(dx + i, (d * load_n(c.scale + i, n) - average - normal * along) * inverse, n);
    }
  }
}

}  // namespace

extern const NormGradKernels kNormGradKernels;
const NormGradKernels kNormGradKernels{layer_norm};

}  // namespace tern::cpu::TERN_SIMD_NS
