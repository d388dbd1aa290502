// AnswerOrder: answers given in the order in which requests were submitted, although runs end in
// another.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "base/mutex.h"
#include "serve/batch/batch.h"

namespace tern::serve {

/// Safe to use from many threads. Every Done that it gave must be called once.
class AnswerOrder : public std::enable_shared_from_this<AnswerOrder> {
 public:
  /// A Done that calls `done` after those of all earlier calls of wrap().
  Done wrap(Done done);

 private:
  void ready(std::uint64_t ticket, std::function<void()> answer);

  Mutex mu_;
  std::uint64_t next_ticket_ TERN_GUARDED_BY(mu_) = 0;
  std::uint64_t next_answer_ TERN_GUARDED_BY(mu_) = 0;
  bool answering_ TERN_GUARDED_BY(mu_) = false;  // one thread at a time
  std::map<std::uint64_t, std::function<void()>> ready_ TERN_GUARDED_BY(mu_);
};

}  // namespace tern::serve
