#include "serve/batch/answer_order.h"

#include <exception>
#include <utility>

#include "base/log.h"

namespace tern::serve {

Done AnswerOrder::wrap(Done done) {
  std::uint64_t ticket = 0;
  {
    const MutexLock lock(mu_);
    ticket = next_ticket_++;
  }
  return [self = shared_from_this(), ticket,
          done = std::move(done)](Result<std::vector<Tensor>> outputs) mutable {
    self->ready(ticket, [done = std::move(done), outputs = std::move(outputs)]() mutable {
      done(std::move(outputs));
    });
  };
}

void AnswerOrder::ready(std::uint64_t ticket, std::function<void()> answer) {
  {
    const MutexLock lock(mu_);
    ready_.emplace(ticket, std::move(answer));
    if (answering_) return;  // whoever does will find it
    answering_ = true;
  }
  while (true) {
    std::function<void()> next;
    {
      const MutexLock lock(mu_);
      const auto it = ready_.find(next_answer_);
      if (it == ready_.end()) {
        answering_ = false;
        return;
      }
      next = std::move(it->second);
      ready_.erase(it);
      ++next_answer_;
    }
    try {
      next();
    } catch (const std::exception& e) {  // the answers behind it are still given
      log_error("an answer was not given: {}", e.what());
    }
  }
}

}  // namespace tern::serve
