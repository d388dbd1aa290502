// AllocationCounter: shows that a piece of code allocates nothing.
//
//   const AllocationCounter allocations;
//   session.run(inputs, outputs);
//   EXPECT_EQ(allocations.count(), 0);
//
// A test binary that uses it gets its own operator new, which counts the calls of all threads.
// Calls of malloc by C libraries are not counted.
#pragma once

#include <cstdint>

namespace tern::testing {

class AllocationCounter {
 public:
  AllocationCounter();
  /// Calls of operator new since construction, on any thread.
  std::int64_t count() const;

 private:
  std::int64_t before_;
};

}  // namespace tern::testing
