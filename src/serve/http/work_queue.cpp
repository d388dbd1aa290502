#include "serve/http/work_queue.h"

#include <exception>
#include <utility>

#include "base/log.h"

namespace tern::serve {

WorkQueue::WorkQueue(int threads) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

WorkQueue::~WorkQueue() {
  {
    const MutexLock lock(mu_);
    ending_ = true;
  }
  changed_.notify_all();
  threads_.clear();  // joins
}

void WorkQueue::post(std::function<void()> work) {
  const MutexLock lock(mu_);
  queue_.push_back(std::move(work));
  changed_.notify_one();
}

void WorkQueue::run() {
  while (true) {
    std::function<void()> work;
    {
      const MutexLock lock(mu_);
      while (queue_.empty() && !ending_) changed_.wait(mu_);
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    try {
      work();
    } catch (const std::exception& e) {  // of memory, most likely: the other requests go on
      log_error("work on a request failed: {}", e.what());
    }
  }
}

}  // namespace tern::serve
