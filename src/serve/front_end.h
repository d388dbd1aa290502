// FrontEnd: a protocol that a server speaks. It translates requests for the core and knows nothing
// of other front ends; the core knows nothing of protocols.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tern/status.h"

namespace tern::serve {

class Server;

class FrontEnd {
 public:
  virtual ~FrontEnd() = default;

  /// Begins to serve `server`, which outlives it. Models may still be loading.
  virtual Status start(Server& server) = 0;
  /// Where it is reached: "http://127.0.0.1:8000". Known once started.
  virtual std::vector<std::string> addresses() const = 0;
  /// Takes no new connections, answers the requests that have arrived, within `grace`, and returns
  /// when none is left. kDeadlineExceeded says how many were cut off.
  virtual Status stop(std::chrono::milliseconds grace) = 0;
};

}  // namespace tern::serve
