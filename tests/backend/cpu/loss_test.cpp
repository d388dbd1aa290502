#include "backend/cpu/compute/loss.h"

#include "tern/thread_pool.h"
#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

class Loss : public EachIsa {};

TEST_P(Loss, SoftmaxMinusTheLabel) {
  ThreadPool pool(3);
  for (const std::int64_t columns : {1, 10, 256, 1003}) {
    const std::int64_t rows = 37;
    const std::vector<float> x = random_floats(rows * columns, 1, -90, 90);
    std::vector<float> d = random_floats(rows, 2);
    d[3] = 0;  // an ignored row
    std::vector<std::int64_t> label;
    for (std::int64_t r = 0; r < rows; ++r) label.push_back(r % columns);
    std::vector<float> log_sums(static_cast<std::size_t>(rows));
    run_log_sum_exp(x.data(), rows, columns, log_sums.data(), pool, GetParam());
    std::vector<float> dx = x;
    run_cross_entropy_gradient(dx.data(), label.data(), d.data(), rows, columns, dx.data(), pool,
                               GetParam());
    for (std::int64_t r = 0; r < rows; ++r) {
      const auto row = static_cast<std::size_t>(r);
      const float* scores = x.data() + r * columns;
      const double top = *std::max_element(scores, scores + columns);
      double sum = 0;
      for (std::int64_t c = 0; c < columns; ++c) sum += std::exp(scores[c] - top);
      ASSERT_NEAR(log_sums[row], top + std::log(sum), 2e-5);
      for (std::int64_t c = 0; c < columns; ++c) {
        const double softmax = std::exp(scores[c] - top) / sum;
        const double expected = d[row] * (softmax - (c == label[row] ? 1 : 0));
        ASSERT_NEAR(dx[static_cast<std::size_t>(r * columns + c)], expected, 1e-6) << r << ' ' << c;
      }
    }
  }
}

TERN_INSTANTIATE_EACH_ISA(Loss);

}  // namespace
}  // namespace tern::cpu
