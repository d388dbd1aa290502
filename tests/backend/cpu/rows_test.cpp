#include "backend/cpu/compute/rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tern/thread_pool.h"
#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

class Rows : public EachIsa {};

constexpr std::int64_t kWidths[] = {1, 3, 10, 16, 17, 31, 64, 100, 129, 1000};

TEST_P(Rows, SoftmaxAndLogSoftmaxMatchTheFormula) {
  for (std::int64_t columns : kWidths) {
    const std::int64_t rows = 5;
    const auto x = random_floats(rows * columns, 1, -30, 30);
    std::vector<float> soft(x.size());
    std::vector<float> log_soft(x.size());
    ThreadPool pool(2);
    run_softmax(x.data(), soft.data(), rows, columns, pool, GetParam());
    run_log_softmax(x.data(), log_soft.data(), rows, columns, pool, GetParam());
    for (std::int64_t r = 0; r < rows; ++r) {
      double top = -1e30;
      for (std::int64_t c = 0; c < columns; ++c) top = std::max<double>(top, x[r * columns + c]);
      double sum = 0;
      for (std::int64_t c = 0; c < columns; ++c) sum += std::exp(x[r * columns + c] - top);
      for (std::int64_t c = 0; c < columns; ++c) {
        const double log_exact = x[r * columns + c] - top - std::log(sum);
        const double exact = std::exp(log_exact);
        // x - max is rounded: up to 60 * 2^-24 relative.
        ASSERT_NEAR(soft[r * columns + c], exact, 4e-6 * exact + 1e-38) << "columns " << columns;
        ASSERT_NEAR(log_soft[r * columns + c], log_exact, 2e-7 * (10 + std::abs(log_exact)));
      }
    }
  }
}

TEST_P(Rows, SoftmaxMasksWithMinusInfinityAndWorksInPlace) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  std::vector<float> x{1.0F, -kInf, 1.0F, -kInf, -kInf};
  ThreadPool pool(1);
  run_softmax(x.data(), x.data(), 1, 5, pool, GetParam());
  EXPECT_EQ(x, (std::vector<float>{0.5F, 0, 0.5F, 0, 0}));
}

TEST_P(Rows, SoftmaxDoesNotOverflow) {
  std::vector<float> x{3e38F, 3e38F};
  ThreadPool pool(1);
  run_softmax(x.data(), x.data(), 1, 2, pool, GetParam());
  EXPECT_EQ(x, (std::vector<float>{0.5F, 0.5F}));
}

void check_norm(std::int64_t columns, bool affine, bool layer, Isa isa) {
  const std::int64_t rows = 7;
  const auto x = random_floats(rows * columns, 1, 5, 9);  // a mean far from zero
  const auto scale = random_floats(columns, 2);
  const auto bias = random_floats(columns, 3);
  std::vector<float> y(x.size());
  std::vector<float> mean(static_cast<std::size_t>(rows));
  std::vector<float> inverse(static_cast<std::size_t>(rows));
  const NormCall call{.x = x.data(),
                      .y = y.data(),
                      .rows = rows,
                      .columns = columns,
                      .scale = affine ? scale.data() : nullptr,
                      .bias = affine ? bias.data() : nullptr,
                      .epsilon = 1e-3F,
                      .mean = mean.data(),
                      .inverse_std = inverse.data()};
  ThreadPool pool(3);
  if (layer) {
    run_layer_norm(call, pool, isa);
  } else {
    run_rms_norm(call, pool, isa);
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    double m = 0;
    for (std::int64_t c = 0; c < columns && layer; ++c) m += x[r * columns + c];
    m /= static_cast<double>(columns);
    double v = 0;
    for (std::int64_t c = 0; c < columns; ++c) v += std::pow(x[r * columns + c] - m, 2);
    const double factor = 1 / std::sqrt(v / static_cast<double>(columns) + 1e-3);
    ASSERT_NEAR(inverse[r], factor, 2e-5 * factor);
    if (layer) {
      ASSERT_NEAR(mean[r], m, 1e-5);
    }
    for (std::int64_t c = 0; c < columns; ++c) {
      double e = (x[r * columns + c] - m) * factor;
      if (affine) e = e * scale[c] + bias[c];
      ASSERT_NEAR(y[r * columns + c], e, 4e-5) << "columns " << columns << " at " << c;
    }
  }
}

TEST_P(Rows, LayerNormMatchesTheFormula) {
  for (std::int64_t columns : kWidths) {
    check_norm(columns, true, true, GetParam());
    check_norm(columns, false, true, GetParam());
  }
}

TEST_P(Rows, RmsNormMatchesTheFormula) {
  for (std::int64_t columns : kWidths) {
    check_norm(columns, true, false, GetParam());
    check_norm(columns, false, false, GetParam());
  }
}

TERN_INSTANTIATE_EACH_ISA(Rows);

}  // namespace
}  // namespace tern::cpu
