#include "tensor/memory_budget.h"

#include <thread>

#include "tern/tensor.h"
#include "tests/support/status_matchers.h"

namespace tern {
namespace {

using testing::FailsWith;
using testing::IsOk;

constexpr std::size_t kLimit = 1024;

TEST(MemoryBudget, CountsStorageWhileItLives) {
  const auto budget = std::make_shared<MemoryBudget>(kLimit);
  const BudgetScope scope(budget);
  {
    Result<Tensor> t = Tensor::zeros(DType::kF32, {100});  // 400 bytes in blocks of 64
    ASSERT_THAT(t, IsOk());
    EXPECT_EQ(budget->used(), 448u);
    const Tensor shared = *t;
    EXPECT_EQ(budget->used(), 448u);
    const Result<Tensor> copy = t->clone();
    ASSERT_THAT(copy, IsOk());
    EXPECT_EQ(budget->used(), 896u);
  }
  EXPECT_EQ(budget->used(), 0u);
}

TEST(MemoryBudget, RefusesWhatPassesTheLimit) {
  const auto budget = std::make_shared<MemoryBudget>(kLimit);
  const BudgetScope scope(budget);
  const Result<Tensor> half = Tensor::zeros(DType::kU8, {512});
  ASSERT_THAT(half, IsOk());
  EXPECT_THAT(Tensor::uninitialized(DType::kU8, {513}),
              FailsWith(StatusCode::kResourceExhausted, "512 of 1024 bytes are in use"));
  EXPECT_THAT(Tensor::zeros(DType::kU8, {512}), IsOk());
}

TEST(MemoryBudget, OfAnotherThreadOrScopeIsNotTouched) {
  const auto outer = std::make_shared<MemoryBudget>(kLimit);
  const auto inner = std::make_shared<MemoryBudget>(kLimit);
  const BudgetScope scope(outer);
  std::thread([&] { EXPECT_THAT(Tensor::zeros(DType::kU8, {4096}), IsOk()); }).join();
  {
    const BudgetScope nested(inner);
    const Result<Tensor> t = Tensor::zeros(DType::kU8, {64});
    ASSERT_THAT(t, IsOk());
    EXPECT_EQ(inner->used(), 64u);
    const BudgetScope unlimited(nullptr);
    EXPECT_THAT(Tensor::zeros(DType::kU8, {4096}), IsOk());
  }
  EXPECT_EQ(outer->used(), 0u);
  EXPECT_EQ(BudgetScope::current(), outer);
}

TEST(MemoryBudget, SeesACrowdOfSmallTensors) {
  const BudgetScope scope(std::make_shared<MemoryBudget>(kLimit));
  std::vector<Tensor> kept;
  for (int i = 0; i < 16; ++i) {
    Result<Tensor> t = Tensor::zeros(DType::kBool, {});
    ASSERT_THAT(t, IsOk());
    kept.push_back(*std::move(t));
  }
  EXPECT_THAT(Tensor::zeros(DType::kBool, {}), FailsWith(StatusCode::kResourceExhausted, ""));
  EXPECT_TRUE(Tensor::scalar(1.0F).defined());  // these do not fail
}

TEST(MemoryBudget, OutlivesItsScopeWithTheStorage) {
  auto budget = std::make_shared<MemoryBudget>(kLimit);
  Tensor kept;
  {
    const BudgetScope scope(budget);
    kept = *Tensor::zeros(DType::kU8, {kLimit});
  }
  const std::weak_ptr<MemoryBudget> seen = budget;
  budget.reset();
  EXPECT_FALSE(seen.expired());
  kept = Tensor();
  EXPECT_TRUE(seen.expired());
}

}  // namespace
}  // namespace tern
