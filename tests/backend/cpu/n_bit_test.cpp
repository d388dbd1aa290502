#include "backend/cpu/compute/n_bit.h"

#include <gtest/gtest.h>

#include <vector>

#include "tern/thread_pool.h"
#include "tests/backend/cpu/compute_testing.h"

namespace tern::cpu {
namespace {

class NBit : public EachIsa {};

struct Case {
  std::int64_t m, n, k;
  int bits;
  std::int64_t block_size;
  bool has_offsets = false;
  bool has_bias = false;
  int threads = 1;
};

void check(const Case& c, Isa isa) {
  NBitWeights w{.k = c.k, .n = c.n, .bits = c.bits, .block_size = c.block_size};
  w.blocks = (c.k + c.block_size - 1) / c.block_size;
  std::mt19937 random(7);
  std::vector<std::uint8_t> numbers(static_cast<std::size_t>(c.n * w.blocks * w.block_bytes()));
  for (std::uint8_t& byte : numbers) byte = static_cast<std::uint8_t>(random() % 256);
  const std::vector<float> scales = random_floats(c.n * w.blocks, 1, 0.01F, 0.1F);
  const std::vector<float> offsets = random_floats(c.n * w.blocks, 2);
  const std::vector<float> bias = random_floats(c.n, 3);
  const std::vector<float> a = random_floats(c.m * c.k, 4);
  w.numbers = numbers.data();
  w.scales = scales.data();
  if (c.has_offsets) w.offsets = offsets.data();
  w.zero = static_cast<float>(1 << (c.bits - 1));

  ThreadPool pool(c.threads);
  const NBitPlan plan = plan_n_bit(w, c.m, c.threads, isa);
  std::vector<float> scratch(static_cast<std::size_t>(plan.scratch_floats), kUntouched);
  std::vector<float> y(static_cast<std::size_t>(c.m * c.n), kUntouched);
  run_n_bit(plan, w, {.a = a.data(), .bias = c.has_bias ? bias.data() : nullptr, .c = y.data()},
            scratch.data(), pool);

  const auto at = [](const std::vector<float>& x, std::int64_t i) {
    return double{x[static_cast<std::size_t>(i)]};
  };
  for (std::int64_t m = 0; m < c.m; ++m) {
    for (std::int64_t n = 0; n < c.n; ++n) {
      double exact = c.has_bias ? at(bias, n) : 0;
      double size = std::abs(exact);
      for (std::int64_t k = 0; k < c.k; ++k) {
        const std::int64_t block = n * w.blocks + k / c.block_size;
        const std::int64_t bit = k * c.bits;
        const std::uint8_t byte =
            numbers[static_cast<std::size_t>(n * w.blocks * w.block_bytes() + bit / 8)];
        const double q = byte >> (bit % 8) & ((1 << c.bits) - 1);
        const double offset =
            c.has_offsets ? at(offsets, block) : double{w.zero} * at(scales, block);
        const double term = at(a, m * c.k + k) * (at(scales, block) * q - offset);
        exact += term;
        size += std::abs(at(a, m * c.k + k)) * (at(scales, block) * q + std::abs(offset));
      }
      ASSERT_NEAR(at(y, m * c.n + n), exact, 2e-6 * size)
          << "row " << m << ", column " << n << " of m " << c.m << " n " << c.n << " k " << c.k
          << ", " << c.bits << " bits in blocks of " << c.block_size;
    }
  }
}

TEST_P(NBit, FewRowsMatchTheFormula) {
  for (const int bits : {2, 4, 8}) {
    for (const std::int64_t block_size : {16, 32, 128}) {
      for (const std::int64_t m : {1, 2, 3, 4, 7, 8}) {
        check({.m = m, .n = 5, .k = 200, .bits = bits, .block_size = block_size}, GetParam());
      }
      check({.m = 3,
             .n = 37,
             .k = 640,
             .bits = bits,
             .block_size = block_size,
             .has_offsets = true,
             .has_bias = true,
             .threads = 2},
            GetParam());
    }
  }
}

TEST_P(NBit, ManyRowsMatchTheFormula) {
  for (const int bits : {2, 4, 8}) {
    check({.m = 9, .n = 21, .k = 100, .bits = bits, .block_size = 16}, GetParam());
    check({.m = 33,
           .n = 70,
           .k = 256,
           .bits = bits,
           .block_size = 64,
           .has_offsets = true,
           .has_bias = true,
           .threads = 2},
          GetParam());
  }
}

TEST_P(NBit, ColumnsAreUnpackedPieceByPiece) {
  // Columns of 8192 numbers leave room for 64 at a time.
  check({.m = 10, .n = 130, .k = 8192, .bits = 4, .block_size = 32, .has_bias = true, .threads = 2},
        GetParam());
}

TERN_INSTANTIATE_EACH_ISA(NBit);

}  // namespace
}  // namespace tern::cpu
