#include "tests/e2e/tern_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

extern char** environ;

namespace tern::testing {

TernProcess::TernProcess(std::vector<std::string> arguments) {
  int out[2];
  int err[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) {
    ADD_FAILURE() << "no pipes";
    return;
  }
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
  std::string program = TERN_BINARY;
  std::vector<char*> argv{program.data()};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  if (::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ) != 0) {
    ADD_FAILURE() << "cannot start " << program;
    pid_ = -1;
  }
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  ::close(err[1]);
  output_.fd = out[0];
  errors_.fd = err[0];
  output_.reader = std::thread([this] { read_all(output_); });
  errors_.reader = std::thread([this] { read_all(errors_); });
}

TernProcess::~TernProcess() {
  if (running()) {
    send_signal(SIGKILL);
    (void)wait();
  }
  for (Stream* stream : {&output_, &errors_}) {
    if (stream->reader.joinable()) stream->reader.join();
    if (stream->fd >= 0) ::close(stream->fd);
  }
}

void TernProcess::read_all(Stream& stream) {
  char buffer[4096];
  while (true) {
    const ssize_t n = ::read(stream.fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    const MutexLock lock(mu_);
    if (n <= 0) stream.ended = true;
    if (n > 0) stream.text.append(buffer, static_cast<std::size_t>(n));
    changed_.notify_all();
    if (n <= 0) return;
  }
}

std::optional<std::string> TernProcess::await_line(std::string_view start) {
  const MutexLock lock(mu_);
  while (true) {
    for (std::size_t begin = 0; begin < output_.text.size();) {
      const std::size_t end = output_.text.find('\n', begin);
      if (end == std::string::npos) break;
      std::string line = output_.text.substr(begin, end - begin);
      if (line.starts_with(start)) return line;
      begin = end + 1;
    }
    if (output_.ended) return std::nullopt;
    changed_.wait(mu_);
  }
}

void TernProcess::send_signal(int number) const {
  if (running()) ::kill(pid_, number);
}

int TernProcess::wait() {
  if (!running()) return -1;
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  for (Stream* stream : {&output_, &errors_}) stream->reader.join();
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string TernProcess::output() {
  const MutexLock lock(mu_);
  return output_.text;
}

std::string TernProcess::errors() {
  const MutexLock lock(mu_);
  return errors_.text;
}

}  // namespace tern::testing
