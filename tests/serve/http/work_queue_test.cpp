#include "serve/http/work_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

namespace tern::serve {
namespace {

TEST(WorkQueue, DoesEverythingBeforeItEnds) {
  std::atomic<int> done{0};
  {
    WorkQueue queue(3);
    for (int i = 0; i < 1000; ++i) queue.post([&] { ++done; });
  }
  EXPECT_EQ(done, 1000);
}

TEST(WorkQueue, WorkMayPostWork) {
  std::atomic<int> done{0};
  {
    WorkQueue queue(1);
    queue.post([&] { queue.post([&] { ++done; }); });
  }
  EXPECT_EQ(done, 1);
}

TEST(WorkQueue, GoesOnAfterWorkThatThrows) {
  std::atomic<int> done{0};
  {
    WorkQueue queue(1);
    queue.post([] { throw std::runtime_error("no memory"); });
    queue.post([&] { ++done; });
  }
  EXPECT_EQ(done, 1);
}

}  // namespace
}  // namespace tern::serve
