#include "backend/cpu/compute/transpose.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tern/thread_pool.h"
#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

class Transpose : public EachIsa {};

using Dims = std::vector<std::int64_t>;

void check(const Dims& dims, const Dims& permutation, Isa isa, int threads = 1) {
  SCOPED_TRACE(::testing::Message() << "dims " << ::testing::PrintToString(dims) << " permutation "
                                    << ::testing::PrintToString(permutation));
  const std::size_t rank = dims.size();
  Dims strides(rank, 1);
  std::int64_t count = 1;
  for (std::size_t d = rank; d-- > 0;) {
    strides[d] = count;
    count *= dims[d];
  }
  std::vector<float> x(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  std::vector<float> y(x.size(), kUntouched);
  ThreadPool pool(threads);
  run_transpose(plan_transpose(dims, permutation, isa), x.data(), y.data(), pool);
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t rest = i;
    std::int64_t from = 0;
    for (std::size_t d = rank; d-- > 0;) {
      const auto axis = static_cast<std::size_t>(permutation[d]);
      from += rest % dims[axis] * strides[axis];
      rest /= dims[axis];
    }
    ASSERT_EQ(y[i], static_cast<float>(from)) << "element " << i;
  }
}

TEST_P(Transpose, MatricesOfOddSizes) {
  for (std::int64_t rows : {1, 3, 4, 8, 15, 16, 17, 32, 70}) {
    for (std::int64_t columns : {1, 2, 7, 8, 16, 33, 150}) {
      check({rows, columns}, {1, 0}, GetParam(), 2);
    }
  }
}

TEST_P(Transpose, ChannelsFirstToLastAndBack) {
  for (std::int64_t channels : {1, 3, 16, 50}) {
    check({2, channels, 5, 9}, {0, 2, 3, 1}, GetParam());
    check({2, 5, 9, channels}, {0, 3, 1, 2}, GetParam(), 3);
  }
}

TEST_P(Transpose, EveryPermutationOfFourAxes) {
  Dims permutation{0, 1, 2, 3};
  do {
    check({3, 18, 2, 21}, permutation, GetParam(), 2);
    check({3, 1, 5, 1}, permutation, GetParam());
  } while (std::next_permutation(permutation.begin(), permutation.end()));
}

TEST_P(Transpose, HeadsOfAttention) {
  check({2, 20, 4, 32}, {0, 2, 1, 3}, GetParam(), 2);
  check({2, 20, 4, 32}, {0, 2, 3, 1}, GetParam(), 2);
}

TEST_P(Transpose, ScalarsEmptyTensorsAndIdentity) {
  check({}, {}, GetParam());
  check({1, 1}, {1, 0}, GetParam());
  check({4, 0, 3}, {2, 0, 1}, GetParam());
  check({5, 6, 7}, {0, 1, 2}, GetParam());
}

TEST_P(Transpose, ChannelsLastPlanIsTheSameTranspose) {
  const TransposePlan plan = plan_to_channels_last(2, 5, 7, GetParam());
  const auto x = random_floats(70, 1);
  std::vector<float> y(70);
  ThreadPool pool(1);
  run_transpose(plan, x.data(), y.data(), pool);
  for (int n = 0; n < 2; ++n) {
    for (int c = 0; c < 5; ++c) {
      for (int p = 0; p < 7; ++p) ASSERT_EQ(y[(n * 7 + p) * 5 + c], x[(n * 5 + c) * 7 + p]);
    }
  }
}

TERN_INSTANTIATE_EACH_ISA(Transpose);

}  // namespace
}  // namespace tern::cpu
