// JsonParsers: simdjson parsers kept for the next request, since making one allocates.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/mutex.h"

namespace tern::serve {

struct JsonParser;  // json_body.h

/// Safe to use from many threads.
class JsonParsers {
 public:
  std::shared_ptr<JsonParser> take();
  /// Parsers that have grown large for a large body are let go.
  void give_back(std::shared_ptr<JsonParser> parser);

 private:
  static constexpr std::size_t kMost = 32;

  Mutex mu_;
  std::vector<std::shared_ptr<JsonParser>> free_ TERN_GUARDED_BY(mu_);
};

}  // namespace tern::serve
