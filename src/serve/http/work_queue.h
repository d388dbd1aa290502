// WorkQueue: threads for what would hold up an I/O thread or a model's instance: reading large
// bodies and writing large answers.
#pragma once

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace tern::serve {

class WorkQueue {
 public:
  explicit WorkQueue(int threads);
  /// Runs what was posted, then ends the threads.
  ~WorkQueue();
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  /// Never waits. At most one piece of work per connection is under way, which bounds the queue.
  /// Work that throws is logged and given up.
  void post(std::function<void()> work);

 private:
  void run();

  Mutex mu_;
  CondVar changed_;
  std::deque<std::function<void()>> queue_ TERN_GUARDED_BY(mu_);
  bool ending_ TERN_GUARDED_BY(mu_) = false;
  std::vector<std::jthread> threads_;
};

}  // namespace tern::serve
