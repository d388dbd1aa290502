#include "tern/ops/random.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/reference.h"
#include "tests/support/op_case.h"
#include "tests/support/op_checks.h"

namespace tern::testing {
namespace {

constexpr std::int64_t kMany = 20000;

// What an operator draws with one key.
std::vector<double> drawn(const Op& op, const std::vector<Tensor>& inputs, RandomKey key = {}) {
  const auto y = run_reference(op, input_pointers(inputs), 1, key);
  EXPECT_TRUE(y.ok()) << y.status().to_string();
  return y.ok() ? values_of((*y)[0]) : std::vector<double>();
}

double mean_of(const std::vector<double>& x) {
  double sum = 0;
  for (const double v : x) sum += v;
  return sum / static_cast<double>(x.size());
}

double variance_of(const std::vector<double>& x) {
  const double mean = mean_of(x);
  double sum = 0;
  for (const double v : x) sum += (v - mean) * (v - mean);
  return sum / static_cast<double>(x.size());
}

}  // namespace

TERN_OP_TEST(RandomNormal) {
  return {{.name = "no spread",
           .op = ops::RandomNormal{.mean = 3, .scale = 0, .shape = {2}},
           .expected = {f32({2}, {3, 3})}},
          {.name = "a type and sizes",
           .op = ops::RandomNormal{.dtype = DType::kF64, .shape = {2, 0, 3}},
           .expected = {f64({2, 0, 3}, {})}}};
}

// Five standard errors of the mean (and of the variance) of that many draws.
TEST(RandomNormal, HasTheMeanAndSpreadAskedFor) {
  const auto x = drawn(ops::RandomNormal{.mean = 1, .scale = 2, .shape = {kMany}}, {});
  const double n = static_cast<double>(kMany);
  EXPECT_NEAR(mean_of(x), 1, 5 * 2 / std::sqrt(n));
  EXPECT_NEAR(variance_of(x), 4, 5 * 4 * std::sqrt(2 / n));
  const auto outside = std::ranges::count_if(x, [](double v) { return std::abs(v - 1) > 4; });
  EXPECT_NEAR(static_cast<double>(outside) / n, 0.0455, 0.0075);  // beyond two deviations
}

TEST(RandomNormal, RefusesWhatIsNoShapeOrFloat) {
  expect_refused(ops::RandomNormal{.shape = {-1}}, {}, "-1");
  expect_refused(ops::RandomNormal{.dtype = DType::kI32, .shape = {1}}, {}, "dtype is i32");
}

TERN_OP_TEST(RandomNormalLike) {
  return {{.name = "the input's type",
           .op = ops::RandomNormalLike{.mean = 3, .scale = 0},
           .inputs = {f64({2}, {7, 7})},
           .expected = {f64({2}, {3, 3})}},
          {.name = "a type of its own",
           .op = ops::RandomNormalLike{.dtype = DType::kF32, .mean = 3, .scale = 0},
           .inputs = {strings({2}, {"a", "b"})},
           .expected = {f32({2}, {3, 3})}}};
}

TERN_OP_TEST(RandomUniform) {
  return {{.name = "no room",
           .op = ops::RandomUniform{.high = 2, .low = 2, .shape = {}},
           .expected = {f32({}, {2})}}};
}

TEST(RandomUniform, CoversItsRangeEvenly) {
  const auto x = drawn(ops::RandomUniform{.high = 3, .low = -1, .shape = {kMany}}, {});
  EXPECT_GE(*std::ranges::min_element(x), -1);
  EXPECT_LE(*std::ranges::max_element(x), 3);
  for (int part = 0; part < 4; ++part) {
    const auto count =
        std::ranges::count_if(x, [&](double v) { return v >= part - 1 && v < part; });
    EXPECT_NEAR(static_cast<double>(count) / static_cast<double>(kMany), 0.25, 0.016) << part;
  }
}

TERN_OP_TEST(RandomUniformLike) {
  return {{.name = "no room",
           .op = ops::RandomUniformLike{.high = 2, .low = 2},
           .inputs = {f32({2}, {0, 0})},
           .expected = {f32({2}, {2, 2})}}};
}

TEST(RandomUniformLike, DependsOnTheKeyAndTheSeedAlone) {
  const Tensor x = f32({8}, {0, 0, 0, 0, 0, 0, 0, 0});
  const ops::RandomUniformLike op;
  const auto first = drawn(op, {x}, {.seed = 1, .step = 2, .node = 3});
  EXPECT_EQ(first, drawn(op, {x}, {.seed = 1, .step = 2, .node = 3}));
  EXPECT_NE(first, drawn(op, {x}, {.seed = 2, .step = 2, .node = 3}));
  EXPECT_NE(first, drawn(op, {x}, {.seed = 1, .step = 3, .node = 3}));
  EXPECT_NE(first, drawn(op, {x}, {.seed = 1, .step = 2, .node = 4}));
  const ops::RandomUniformLike seeded{.seed = 5.0F};
  const auto own = drawn(seeded, {x}, {.seed = 1});
  EXPECT_EQ(own, drawn(seeded, {x}, {.seed = 2}));
  EXPECT_NE(own, drawn(ops::RandomUniformLike{.seed = 5.5F}, {x}, {.seed = 1}));
}

TERN_OP_TEST(Bernoulli) {
  return {{.name = "certain and impossible",
           .op = ops::Bernoulli{},
           .inputs = {f32({4}, {0, 1, 1, 0})},
           .expected = {f32({4}, {0, 1, 1, 0})}},
          {.name = "another type",
           .op = ops::Bernoulli{.dtype = DType::kBool},
           .inputs = {f32({2}, {1, 0})},
           .expected = {boolean({2}, {1, 0})}}};
}

TEST(Bernoulli, HasTheProbabilityGiven) {
  const Tensor p = filled(DType::kF32, {kMany}, [](std::int64_t) { return 0.3; });
  EXPECT_NEAR(mean_of(drawn(ops::Bernoulli{}, {p})), 0.3, 0.017);
}

TEST(Bernoulli, RefusesWhatIsNoProbability) {
  expect_refused(ops::Bernoulli{}, {f32({2}, {0, 1.5})},
                 "probability 1.5 of element 1 is not in [0, 1]");
}

TERN_OP_TEST(Multinomial) {
  const double never = -std::numeric_limits<double>::infinity();
  return {{.name = "one possible class a row",
           .op = ops::Multinomial{.sample_size = 3},
           .inputs = {f32({2, 2}, {0, never, never, -100})},
           .expected = {i32({2, 3}, {0, 0, 0, 1, 1, 1})}},
          {.name = "another type, nothing drawn",
           .op = ops::Multinomial{.dtype = DType::kI64, .sample_size = 0},
           .inputs = {f32({1, 2}, {0, 0})},
           .expected = {i64({1, 0}, {})}}};
}

TEST(Multinomial, DrawsInProportion) {
  const Tensor logs = f32({1, 3}, {std::log(1.0), std::log(2.0), std::log(5.0)});
  const auto x = drawn(ops::Multinomial{.sample_size = kMany}, {logs});
  for (const auto& [index, share] : {std::pair{0, 0.125}, {1, 0.25}, {2, 0.625}}) {
    const auto count = std::ranges::count(x, static_cast<double>(index));
    EXPECT_NEAR(static_cast<double>(count) / static_cast<double>(kMany), share, 0.018) << index;
  }
}

TEST(Multinomial, RefusesRowsWithoutAClass) {
  const double never = -std::numeric_limits<double>::infinity();
  expect_refused(ops::Multinomial{}, {f32({1, 2}, {never, never})},
                 "the probabilities of row 0 have no sum");
  expect_refused(ops::Multinomial{}, {f32({1, 0}, {})}, "there is no class");
}

}  // namespace tern::testing
