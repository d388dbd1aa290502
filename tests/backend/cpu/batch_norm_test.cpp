#include "backend/cpu/compute/batch_norm.h"

#include "tern/thread_pool.h"
#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

struct Sizes {
  std::int64_t rows, channels;
};
// One vector and less, whole groups of vectors, both; one block of rows and many.
constexpr Sizes kSizes[] = {{1, 3}, {7, 16}, {200, 64}, {1501, 85}, {65, 200}};

class BatchNorm : public EachIsa {
 protected:
  // Rows that lie 100 away from zero: a sum of squares would lose their variance.
  void make(const Sizes& s, int threads) {
    plan = plan_batch_norm(s.rows, s.channels, threads, GetParam());
    x = random_floats(s.rows * s.channels, 1, 99, 101);
    scratch.assign(static_cast<std::size_t>(plan.scratch_floats), NAN);
    mean.assign(static_cast<std::size_t>(s.channels), 0);
    variance.assign(static_cast<std::size_t>(s.channels), 0);
    for (std::int64_t c = 0; c < s.channels; ++c) {
      double sum = 0, squares = 0;
      for (std::int64_t r = 0; r < s.rows; ++r) sum += at(x, r, c);
      for (std::int64_t r = 0; r < s.rows; ++r) {
        squares += std::pow(at(x, r, c) - sum / static_cast<double>(s.rows), 2);
      }
      mean[static_cast<std::size_t>(c)] = sum / static_cast<double>(s.rows);
      variance[static_cast<std::size_t>(c)] = squares / static_cast<double>(s.rows);
    }
  }
  double at(const std::vector<float>& image, std::int64_t r, std::int64_t c) const {
    return image[static_cast<std::size_t>(r * plan.channels + c)];
  }

  BatchNormPlan plan;
  std::vector<float> x, scratch;
  std::vector<double> mean, variance;  // exact, per channel
};

TEST_P(BatchNorm, MomentsAreThoseOfTwoPasses) {
  for (const int threads : {1, 3}) {
    ThreadPool pool(threads);
    for (const Sizes& s : kSizes) {
      make(s, threads);
      std::vector<float> got_mean(mean.size()), got_variance(mean.size());
      run_channel_moments(plan, x.data(), got_mean.data(), got_variance.data(), scratch.data(),
                          pool);
      for (std::size_t c = 0; c < mean.size(); ++c) {
        EXPECT_NEAR(got_mean[c], mean[c], 2e-5) << s.rows << " x " << s.channels;
        EXPECT_NEAR(got_variance[c], variance[c], 2e-5) << s.rows << " x " << s.channels;
      }
    }
  }
}

TEST_P(BatchNorm, GradientFollowsItsFormula) {
  for (const int threads : {1, 3}) {
    ThreadPool pool(threads);
    for (const Sizes& s : kSizes) {
      make(s, threads);
      const std::vector<float> dy = random_floats(s.rows * s.channels, 2);
      const std::vector<float> scale = random_floats(s.channels, 3);
      const std::vector<float> m(mean.begin(), mean.end()), v(variance.begin(), variance.end());
      std::vector<float> dx = dy, dscale(m.size()), dbias(m.size());
      run_batch_norm_backward(plan,
                              {.dy = dx.data(),
                               .x = x.data(),
                               .scale = scale.data(),
                               .mean = m.data(),
                               .variance = v.data(),
                               .epsilon = 0.5F,
                               .dx = dx.data(),
                               .dscale = dscale.data(),
                               .dbias = dbias.data()},
                              scratch.data(), pool);
      for (std::int64_t c = 0; c < s.channels; ++c) {
        const auto k = static_cast<std::size_t>(c);
        const double inverse = 1 / std::sqrt(double{v[k]} + 0.5);
        double sum = 0, product = 0;
        for (std::int64_t r = 0; r < s.rows; ++r) {
          sum += at(dy, r, c);
          product += at(dy, r, c) * (at(x, r, c) - m[k]) * inverse;
        }
        EXPECT_NEAR(dbias[k], sum, 1e-4);
        EXPECT_NEAR(dscale[k], product, 1e-4);
        for (std::int64_t r = 0; r < s.rows; ++r) {
          const double normal = (at(x, r, c) - m[k]) * inverse;
          const double expected =
              scale[k] * inverse *
              (at(dy, r, c) - (sum + normal * product) / static_cast<double>(s.rows));
          ASSERT_NEAR(at(dx, r, c), expected, 2e-5) << s.rows << " x " << s.channels;
        }
      }
    }
  }
}

TERN_INSTANTIATE_EACH_ISA(BatchNorm);

}  // namespace
}  // namespace tern::cpu
