#include "base/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

#include "base/errors.h"
#include "base/fd.h"

extern char** environ;

namespace tern {
namespace {

struct Pipe {
  UniqueFd read;
  UniqueFd write;

  static Result<Pipe> create() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return system_error(errno, "pipe");
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  }
};

// Starts the program with its outputs on the pipes.
Result<pid_t> start(const std::vector<std::string>& arguments, const Pipe& out, const Pipe& err) {
  std::vector<std::string> copies = arguments;
  std::vector<char*> argv;
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.write.value(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err.write.value(), STDERR_FILENO);
  pid_t child = -1;
  const int failed = ::posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return system_error(failed, arguments.front());
  return child;
}

// Reads both pipes to their ends; false when there was more than `most` bytes.
bool read_all(const UniqueFd& out, const UniqueFd& err, ChildResult& result, std::size_t most) {
  std::array<pollfd, 2> files{pollfd{out.value(), POLLIN, 0}, pollfd{err.value(), POLLIN, 0}};
  const std::array<std::string*, 2> texts{&result.output, &result.errors};
  std::array<char, 16 * 1024> buffer;
  while (files[0].fd >= 0 || files[1].fd >= 0) {
    if (::poll(files.data(), files.size(), -1) < 0 && errno != EINTR) return true;
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (files[i].fd < 0 || files[i].revents == 0) continue;
      const ssize_t count = ::read(files[i].fd, buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) {
        files[i].fd = -1;  // poll passes over it
        continue;
      }
      texts[i]->append(buffer.data(), static_cast<std::size_t>(count));
      if (texts[i]->size() > most) return false;
    }
  }
  return true;
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

Result<ChildResult> run_child(const std::vector<std::string>& arguments,
                              std::size_t max_output_bytes) {
  if (arguments.empty()) return invalid_argument("no program to run");
  TERN_ASSIGN_OR_RETURN(Pipe out, Pipe::create());
  TERN_ASSIGN_OR_RETURN(Pipe err, Pipe::create());
  TERN_ASSIGN_OR_RETURN(const pid_t child, start(arguments, out, err));
  out.write.reset();
  err.write.reset();
  ChildResult result;
  const bool whole = read_all(out.read, err.read, result, max_output_bytes);
  if (!whole) ::kill(child, SIGKILL);
  result.exit_code = wait_for(child);
  if (!whole) {
    return resource_exhausted("{}: wrote more than {} bytes", arguments.front(), max_output_bytes);
  }
  return result;
}

Result<std::string> own_program() {
  std::array<char, PATH_MAX> path;
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length < 0) return system_error(errno, "/proc/self/exe");
  return std::string(path.data(), static_cast<std::size_t>(length));
}

}  // namespace tern
