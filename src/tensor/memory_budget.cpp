#include "tensor/memory_budget.h"

#include <utility>

namespace tern {
namespace {

// Tensors are made by operators, passes and readers that know nothing of sessions, so the budget
// in force belongs to the thread (docs/decisions/0008-memory-budget.md).
thread_local std::shared_ptr<MemoryBudget> in_force;

}  // namespace

bool MemoryBudget::take(std::size_t bytes) {
  std::size_t used = used_.load(std::memory_order_relaxed);
  do {
    if (bytes > limit_ - used) return false;
  } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  return true;
}

BudgetScope::BudgetScope(std::shared_ptr<MemoryBudget> budget)
    : before_(std::exchange(in_force, std::move(budget))) {}

BudgetScope::~BudgetScope() { in_force = std::move(before_); }

const std::shared_ptr<MemoryBudget>& BudgetScope::current() { return in_force; }

}  // namespace tern
