// TernProcess: the real binary as a child of the test, with its output in pipes.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace tern::testing {

class TernProcess {
 public:
  /// Runs `tern ARGUMENTS...`.
  explicit TernProcess(std::vector<std::string> arguments);
  /// Kills it when it still runs.
  ~TernProcess();
  TernProcess(const TernProcess&) = delete;
  TernProcess& operator=(const TernProcess&) = delete;

  /// The first line of output that begins with `start`; nullopt when the output ends without one.
  std::optional<std::string> await_line(std::string_view start);
  void send_signal(int number) const;
  /// Waits for the end: the exit code, or -N when signal N ended it. Once.
  int wait();
  bool running() const { return pid_ > 0; }

  /// What it wrote so far; all of it after wait().
  std::string output();
  std::string errors();

 private:
  struct Stream {
    int fd = -1;
    std::string text;
    bool ended = false;
    std::thread reader;
  };
  void read_all(Stream& stream);

  pid_t pid_ = -1;
  Mutex mu_;
  CondVar changed_;
  Stream output_;
  Stream errors_;
};

}  // namespace tern::testing
