#include "backend/cpu/compute/dropout.h"

#include "base/random.h"
#include "tern/thread_pool.h"
#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

class Dropout : public EachIsa {};

TEST_P(Dropout, KeepsWhatTheStreamSays) {
  constexpr std::uint64_t kSeed = 0x0123'4567'89ab'cdef, kStream = 0xfedc'ba98'7654'3210;
  ThreadPool pool(3);
  for (const std::int64_t count : {1, 63, 64, 1000, 30'001}) {
    const std::vector<float> x = random_floats(count, 1, 1, 2);
    std::vector<float> y(x.size());
    const auto mask = std::make_unique<bool[]>(x.size());
    run_dropout({.seed = kSeed,
                 .stream = kStream,
                 .ratio = 0.25F,
                 .scale = 2.0F,
                 .count = count,
                 .x = x.data(),
                 .y = y.data(),
                 .mask = mask.get()},
                pool, GetParam());
    RandomStream numbers(kSeed, kStream);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const bool kept = numbers.uniform_float() >= 0.25F;
      ASSERT_EQ(mask[i], kept) << i;
      ASSERT_EQ(y[i], kept ? 2 * x[i] : 0) << i;
    }
    std::vector<float> dx(x.size());
    run_dropout_backward(x.data(), mask.get(), 2.0F, count, dx.data(), pool, GetParam());
    EXPECT_EQ(dx, y);
  }
}

TERN_INSTANTIATE_EACH_ISA(Dropout);

}  // namespace
}  // namespace tern::cpu
