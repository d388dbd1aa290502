// Waiting for the signals that ask a program to end.
#pragma once

#include <stop_token>

namespace tern::net {

/// Blocks until SIGINT or SIGTERM arrives and returns its number, or until a stop is requested and
/// returns 0. Afterwards, and before, the signals do what they did (end the program), so that a
/// second Ctrl-C ends a shutdown that takes too long. One caller at a time.
int wait_for_termination(std::stop_token stop = {});

}  // namespace tern::net
