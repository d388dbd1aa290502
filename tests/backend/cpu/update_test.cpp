#include "backend/cpu/compute/update.h"

#include "tern/thread_pool.h"
#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

// Odd, so that vectors end in the middle, and enough for two threads.
constexpr std::int64_t kCount = 40'003;

class Update : public EachIsa {
 protected:
  std::vector<float> w = random_floats(kCount, 1), g = random_floats(kCount, 2);
  std::vector<float> m = random_floats(kCount, 3), v = random_floats(kCount, 4, 0, 1);
  ThreadPool pool{2};
};

TEST_P(Update, SgdFollowsItsFormulaInPlace) {
  for (const bool nesterov : {false, true}) {
    std::vector<float> w_new = w, m_new = m;
    run_sgd({.rate = 0.1F,
             .momentum = 0.9F,
             .weight_decay = 0.01F,
             .nesterov = nesterov,
             .count = kCount,
             .w = w_new.data(),
             .g = g.data(),
             .m = m_new.data(),
             .w_new = w_new.data(),
             .m_new = m_new.data()},
            pool, GetParam());
    for (std::size_t i = 0; i < w.size(); ++i) {
      const double gradient = g[i] + double{0.01F} * w[i];
      const double velocity = double{0.9F} * m[i] + gradient;
      const double step = nesterov ? gradient + double{0.9F} * velocity : velocity;
      ASSERT_NEAR(m_new[i], velocity, 1e-6) << i;
      ASSERT_NEAR(w_new[i], w[i] - double{0.1F} * step, 1e-6) << i;
    }
  }
}

TEST_P(Update, SgdNeedsNoState) {
  std::vector<float> w_new(w.size());
  run_sgd({.rate = 0.5F, .count = kCount, .w = w.data(), .g = g.data(), .w_new = w_new.data()},
          pool, GetParam());
  for (std::size_t i = 0; i < w.size(); ++i) ASSERT_NEAR(w_new[i], w[i] - 0.5 * g[i], 1e-6) << i;
}

TEST_P(Update, AdamFollowsItsFormulaInPlace) {
  std::vector<float> w_new = w, m_new = m, v_new = v;
  run_adam({.rate = 0.01F,
            .root = 2.0F,
            .epsilon = 1e-3F,
            .beta1 = 0.75F,
            .rest1 = 0.25F,
            .beta2 = 0.5F,
            .rest2 = 0.5F,
            .weight_decay = 0.125F,
            .keep = 0.5F,
            .count = kCount,
            .w = w_new.data(),
            .g = g.data(),
            .m = m_new.data(),
            .v = v_new.data(),
            .w_new = w_new.data(),
            .m_new = m_new.data(),
            .v_new = v_new.data()},
           pool, GetParam());
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double gradient = g[i] + 0.125 * w[i];
    const double mean = 0.75 * m[i] + 0.25 * gradient;
    const double square = 0.5 * v[i] + 0.5 * gradient * gradient;
    ASSERT_NEAR(m_new[i], mean, 1e-6) << i;
    ASSERT_NEAR(v_new[i], square, 1e-6) << i;
    ASSERT_NEAR(w_new[i],
                0.5 * w[i] - double{0.01F} * mean / (2 * std::sqrt(square) + double{1e-3F}), 2e-6)
        << i;
  }
}

TERN_INSTANTIATE_EACH_ISA(Update);

}  // namespace
}  // namespace tern::cpu
