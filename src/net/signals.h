// Waiting for the signals that ask a program to end.
#pragma once

#include <stop_token>

namespace tern::net {

/// Takes SIGINT and SIGTERM from construction on, so that one that comes before wait() is not lost.
/// When wait() has returned, or with destruction, the signals do again what they did before, which
/// is to end the program unless somebody arranged otherwise: a second Ctrl-C ends a shutdown that
/// takes too long. One object at a time.
class TerminationSignals {
 public:
  TerminationSignals();
  ~TerminationSignals();
  TerminationSignals(const TerminationSignals&) = delete;
  TerminationSignals& operator=(const TerminationSignals&) = delete;

  /// Blocks until one of the signals arrives and returns its number, or until a stop is requested
  /// and returns 0 (also when the process has no file descriptors left to wait with). Once only.
  int wait(std::stop_token stop = {});

 private:
  void put_back();

  bool handling_ = false;
};

/// TerminationSignals for a program that has nothing to do before it waits.
int wait_for_termination(std::stop_token stop = {});

}  // namespace tern::net
