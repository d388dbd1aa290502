#include "ops/reference.h"
#include "tern/ops/nn_grad.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

const Tensor kOn = boolean({}, {1});
const Tensor kOff = boolean({}, {0});

Tensor mask_of(RandomKey key, ops::Dropout op = {}) {
  const Tensor x = random_values(DType::kF32, {100, 100});
  const Tensor ratio = f32({}, {0.25});
  const Tensor* in[] = {&x, &ratio, &kOn};
  return (*run_reference(op, in, 2, key))[1];
}

}  // namespace

TERN_OP_TEST(Dropout) {
  return {
      {.name = "nothing is dropped by default",
       .op = ops::Dropout{},
       .inputs = {f32({2}, {1, 2})},
       .expected = {f32({2}, {1, 2}), boolean({2}, {1, 1})}},
      {.name = "nothing is dropped out of training",
       .op = ops::Dropout{},
       .inputs = {f32({2}, {1, 2}), f32({}, {0.9}), kOff},
       .expected = {f32({2}, {1, 2}), boolean({2}, {1, 1})}},
      {.name = "ratio 0 keeps everything",
       .op = ops::Dropout{},
       .inputs = {f32({2}, {1, 2}), f32({}, {0}), kOn},
       .expected = {f32({2}, {1, 2}), boolean({2}, {1, 1})},
       .constant_inputs = {1}},
      {.name = "random",
       .op = ops::Dropout{},
       .inputs = {random_values(DType::kF32, {8, 8}), f32({}, {0.5}), kOn},
       .expected = {Tensor()},
       .constant_inputs = {1}},
  };
}

TERN_OP_TEST(DropoutGrad) {
  return {
      {.name = "training",
       .op = ops::DropoutGrad{},
       .inputs = {f32({3}, {1, 2, 3}), boolean({3}, {1, 0, 1}), f32({}, {0.75}), kOn},
       .expected = {f32({3}, {4, 0, 12})}},
      {.name = "a half by default",
       .op = ops::DropoutGrad{},
       .inputs = {f32({2}, {1, 2}), boolean({2}, {0, 1}), Tensor(), kOn},
       .expected = {f32({2}, {0, 4})}},
      {.name = "out of training",
       .op = ops::DropoutGrad{},
       .inputs = {f32({2}, {1, 2}), boolean({2}, {1, 1}), f32({}, {0.75}), kOff},
       .expected = {f32({2}, {1, 2})}},
  };
}

TEST(Dropout, DropsAsOftenAsItShouldAndScalesTheRest) {
  const Tensor x = f32({10000}, std::vector<double>(10000, 3.0));
  const Tensor ratio = f32({}, {0.25});
  const Tensor* in[] = {&x, &ratio, &kOn};
  const std::vector<Tensor> y = *run_reference(ops::Dropout{}, in, 2, {.seed = 1});
  std::int64_t dropped = 0;
  for (std::int64_t i = 0; i < x.elements(); ++i) {
    const bool kept = y[1].data<bool>()[i];
    EXPECT_FLOAT_EQ(y[0].data<float>()[i], kept ? 4.0F : 0.0F);
    dropped += kept ? 0 : 1;
  }
  // 2500 with a standard deviation of 43.
  EXPECT_NEAR(static_cast<double>(dropped), 2500, 220);
}

TEST(Dropout, DrawsTheSameForTheSameKeyOnly) {
  const RandomKey key{.seed = 1, .step = 2, .node = 3};
  const Tensor mask = mask_of(key);
  EXPECT_TRUE(identical(mask, mask_of(key)));
  EXPECT_FALSE(identical(mask, mask_of({.seed = 9, .step = 2, .node = 3})));
  EXPECT_FALSE(identical(mask, mask_of({.seed = 1, .step = 9, .node = 3})));
  EXPECT_FALSE(identical(mask, mask_of({.seed = 1, .step = 2, .node = 9})));
}

TEST(Dropout, ItsOwnSeedTakesThePlaceOfTheSessions) {
  const ops::Dropout seeded{.seed = 1};
  EXPECT_TRUE(identical(mask_of({.seed = 5}, seeded), mask_of({.seed = 6}, seeded)));
  EXPECT_TRUE(identical(mask_of({.seed = 5}, seeded), mask_of({.seed = 1})));
}

TEST(Dropout, RefusesARatioOfOne) {
  expect_refused(ops::Dropout{}, {f32({1}, {1}), f32({}, {1}), kOn}, "ratio 1 is not in [0, 1)");
}

}  // namespace tern::testing
