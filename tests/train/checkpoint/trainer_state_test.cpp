#include "train/checkpoint/trainer_state.h"

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"
#include "tests/support/tensors.h"

namespace tern::train {
namespace {

using tern::testing::f32;
using tern::testing::FailsWith;
using tern::testing::IsOk;

TrainerState sample() {
  TrainerState state{.step = 12, .epoch = 2, .batch = 3, .loss_sum = 0.1, .loss_rows = 48};
  state.seed = ~std::uint64_t{0};
  state.data = {.rows = 70, .batch = 16, .shuffle = 1, .drop_last = 0, .seed = 5};
  state.best_epoch = 1;
  state.best_value = 0.875;
  state.rate_share = 0.25;
  state.plateau_best = 0.75;
  state.plateau_epochs = 2;
  state.best.emplace("w", f32({2}, {1, 2}));
  return state;
}

NamedTensors variables() {
  NamedTensors named;
  named.emplace("w", f32({2}, {3, 4}));
  named.emplace("optimizer/w/momentum", f32({2}, {5, 6}));
  return named;
}

TEST(TrainerState, ComesBackFromACheckpoint) {
  const NamedTensors tensors = to_tensors(sample(), variables());
  const auto back = state_of(tensors);
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(back->step, 12);
  EXPECT_EQ(back->epoch, 2);
  EXPECT_EQ(back->batch, 3);
  EXPECT_EQ(back->loss_sum, 0.1);
  EXPECT_EQ(back->loss_rows, 48);
  EXPECT_EQ(back->seed, ~std::uint64_t{0});
  EXPECT_EQ(back->data, sample().data);
  EXPECT_EQ(back->best_epoch, 1);
  EXPECT_EQ(back->best_value, 0.875);
  EXPECT_EQ(back->rate_share, 0.25);
  EXPECT_EQ(back->plateau_best, 0.75);
  EXPECT_EQ(back->plateau_epochs, 2);
  ASSERT_EQ(back->best.size(), 1u);
  EXPECT_TRUE(identical(back->best.at("w"), f32({2}, {1, 2})));
  const NamedTensors named = variables_of(tensors);
  ASSERT_EQ(named.size(), 2u);
  EXPECT_TRUE(identical(named.at("optimizer/w/momentum"), f32({2}, {5, 6})));
}

TEST(TrainerState, MissingAndImpossiblePartsAreDataLoss) {
  const auto changed = [](std::string_view name, Tensor value) {
    NamedTensors tensors = to_tensors(sample(), variables());
    tensors.insert_or_assign(std::string(name), std::move(value));
    return state_of(tensors);
  };
  EXPECT_THAT(changed("state/step", Tensor::scalar<std::int64_t>(-1)),
              FailsWith(StatusCode::kDataLoss, "a count of -1"));
  EXPECT_THAT(changed("state/step", Tensor::scalar<float>(1)),
              FailsWith(StatusCode::kDataLoss, "state/step is f32[], not i64[]"));
  EXPECT_THAT(changed("data/seed", Tensor::vector<std::uint64_t>({1, 2})),
              FailsWith(StatusCode::kDataLoss, "data/seed is u64[2], not u64[]"));
  NamedTensors tensors = to_tensors(sample(), variables());
  tensors.erase("state/loss_sum");
  EXPECT_THAT(state_of(tensors), FailsWith(StatusCode::kDataLoss, "state/loss_sum is missing"));
}

TEST(TrainerState, DataAreDescribed) {
  EXPECT_EQ(to_string(sample().data), "70 rows, batch 16, shuffled with seed 5");
  EXPECT_EQ(to_string(DataIdentity{.rows = 9, .batch = 2, .drop_last = 1}),
            "9 rows, batch 2, in their order, whole batches only");
}

}  // namespace
}  // namespace tern::train
