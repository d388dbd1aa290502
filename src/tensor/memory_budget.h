// MemoryBudget: a limit on the storage of tensors that a piece of work makes.
//
//   auto budget = std::make_shared<MemoryBudget>(std::size_t{1} << 30);
//   const BudgetScope scope(budget);
//   Result<Tensor> t = Tensor::zeros(...);   // kResourceExhausted once a gigabyte is in use
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace tern {

/// Counts bytes against a limit. All methods may be called from many threads at once.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t limit_bytes) : limit_(limit_bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  /// Counts `bytes` as in use; false, and nothing is counted, when they pass the limit.
  [[nodiscard]] bool take(std::size_t bytes);
  /// Of what take() counted.
  void give_back(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  std::size_t limit() const { return limit_; }
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  std::size_t left() const { return limit_ - used(); }

 private:
  std::size_t limit_;
  std::atomic<std::size_t> used_{0};
};

/// While it lives, the storage of tensors that this thread allocates counts against `budget` until
/// it is freed, wherever and whenever that is. Null: nothing counts, also inside another scope.
/// Scopes end in the order opposite to the one in which they began.
class BudgetScope {
 public:
  explicit BudgetScope(std::shared_ptr<MemoryBudget> budget);
  ~BudgetScope();
  BudgetScope(const BudgetScope&) = delete;
  BudgetScope& operator=(const BudgetScope&) = delete;

  /// Of the calling thread; null when nothing counts.
  static const std::shared_ptr<MemoryBudget>& current();

 private:
  std::shared_ptr<MemoryBudget> before_;
};

}  // namespace tern
