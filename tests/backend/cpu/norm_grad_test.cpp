#include "backend/cpu/compute/norm_grad.h"

#include "tern/thread_pool.h"
#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

class NormGrad : public EachIsa {};

TEST_P(NormGrad, LayerNormFollowsItsFormulaInPlace) {
  constexpr std::int64_t kRows = 133;
  for (const std::int64_t columns : {1, 12, 256, 300}) {
    for (const int threads : {1, 3}) {
      ThreadPool pool(threads);
      const LayerNormGradPlan plan =
          plan_layer_norm_grad(kRows, columns, 0.25F, threads, GetParam());
      const std::vector<float> dy = random_floats(kRows * columns, 1);
      const std::vector<float> x = random_floats(kRows * columns, 2);
      const std::vector<float> scale = random_floats(columns, 3);
      std::vector<float> dx = x, dscale(scale.size()), dbias(scale.size());
      std::vector<float> scratch(static_cast<std::size_t>(plan.scratch_floats), NAN);
      run_layer_norm_grad(plan,
                          {.dy = dy.data(),
                           .x = dx.data(),
                           .scale = scale.data(),
                           .dx = dx.data(),
                           .dscale = dscale.data(),
                           .dbias = dbias.data()},
                          scratch.data(), pool);
      std::vector<double> scale_sum(scale.size()), bias_sum(scale.size());
      const auto n = static_cast<double>(columns);
      for (std::int64_t r = 0; r < kRows; ++r) {
        const float* row = x.data() + r * columns;
        const float* d = dy.data() + r * columns;
        double mean = 0, squares = 0, sum = 0, product = 0;
        for (std::int64_t c = 0; c < columns; ++c) mean += row[c] / n;
        for (std::int64_t c = 0; c < columns; ++c) squares += std::pow(row[c] - mean, 2) / n;
        const double inverse = 1 / std::sqrt(squares + 0.25);
        for (std::int64_t c = 0; c < columns; ++c) {
          const auto k = static_cast<std::size_t>(c);
          const double normal = (row[c] - mean) * inverse;
          scale_sum[k] += d[c] * normal;
          bias_sum[k] += d[c];
          sum += double{d[c]} * scale[k] / n;
          product += double{d[c]} * scale[k] * normal / n;
        }
        for (std::int64_t c = 0; c < columns; ++c) {
          const double normal = (row[c] - mean) * inverse;
          const double expected =
              (double{d[c]} * scale[static_cast<std::size_t>(c)] - sum - normal * product) *
              inverse;
          ASSERT_NEAR(dx[static_cast<std::size_t>(r * columns + c)], expected, 1e-5);
        }
      }
      for (std::size_t c = 0; c < scale.size(); ++c) {
        EXPECT_NEAR(dscale[c], scale_sum[c], 5e-5);
        EXPECT_NEAR(dbias[c], bias_sum[c], 5e-5);
      }
    }
  }
}

TERN_INSTANTIATE_EACH_ISA(NormGrad);

}  // namespace
}  // namespace tern::cpu
