// Waiting for the signals that ask a program to end.
#pragma once

#include <stop_token>

namespace tern::net {

/// Blocks until SIGINT or SIGTERM arrives and returns its number, or until a stop is requested and
/// returns 0 (also when the process has no file descriptors left to wait with). Before and
/// afterwards the signals do what they did, which is to end the program unless somebody arranged
/// otherwise: a second Ctrl-C ends a shutdown that takes too long. One caller at a time.
int wait_for_termination(std::stop_token stop = {});

}  // namespace tern::net
