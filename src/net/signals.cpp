#include "net/signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <utility>

namespace tern::net {
namespace {

constexpr std::array kSignals{SIGINT, SIGTERM};

// A signal handler is given nothing but the number, so the pipe it writes to has to be global. It
// is opened once and never closed: a handler may still be writing when the wait is over.
std::atomic<int> write_end{-1};
std::atomic<int> read_end{-1};

void wake(std::uint8_t number) {
  const int saved = errno;
  // Of many signals at once the first counts; a full pipe means that there is one.
  [[maybe_unused]] const ssize_t written = ::write(write_end.load(), &number, 1);
  errno = saved;
}

bool open_pipe() {
  if (read_end.load() < 0) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
    write_end = ends[1];
    read_end = ends[0];
  }
  return true;
}

void drain_pipe() {
  const int fd = read_end.load();
  const int flags = ::fcntl(fd, F_GETFL);
  ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  char bytes[64];
  while (::read(fd, bytes, sizeof bytes) > 0) {
  }
  ::fcntl(fd, F_SETFL, flags);
}

// What the signals did before.
std::array<struct sigaction, kSignals.size()> before;

}  // namespace

TerminationSignals::TerminationSignals() {
  if (!open_pipe()) return;
  drain_pipe();
  struct sigaction action {};
  action.sa_handler = [](int number) { wake(static_cast<std::uint8_t>(number)); };
  action.sa_flags = SA_RESTART;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], &action, &before[i]);
  }
  handling_ = true;
}

TerminationSignals::~TerminationSignals() { put_back(); }

void TerminationSignals::put_back() {
  if (!handling_) return;
  handling_ = false;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], &before[i], nullptr);
  }
}

int TerminationSignals::wait(std::stop_token stop) {
  if (!handling_) return 0;
  std::uint8_t number = 0;
  {
    const std::stop_callback on_stop(std::move(stop), [] { wake(0); });
    while (::read(read_end.load(), &number, 1) < 0 && errno == EINTR) {
    }
  }
  put_back();
  return number;
}

int wait_for_termination(std::stop_token stop) {
  TerminationSignals signals;
  return signals.wait(std::move(stop));
}

}  // namespace tern::net
