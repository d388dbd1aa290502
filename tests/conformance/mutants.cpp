// Mutants: models with random bytes or values changed. Each is imported, made a session under a
// limit of memory and run on random inputs under a limit of time; all of it has to end in a result
// or an error.
//
//   mutants FOLDER... [--count N] [--seed S]   one line at the end, exit code 1 after a finding
//   ... --first I          from mutant I on: a crash may be the doing of an earlier one
//   ... --only I           mutant I in this process, for a debugger
//   ... --only I --keep F  writes the bytes of mutant I to F and does nothing else
//
// The mutants run in a child process. When one ends it, or uses too much processor time, the parent
// tells which and goes on behind it with a new child. Mutant I of a seed is the same on every
// machine that has the same files.
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "base/errors.h"
#include "base/file.h"
#include "base/random.h"
#include "base/strings.h"
#include "inspect/random_input.h"
#include "tensor/memory_budget.h"
#include "tern/model.h"
#include "tern/session.h"
#include "tests/conformance/change_message.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TERN_UNDER_ASAN
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define TERN_UNDER_ASAN
#endif

#ifdef TERN_UNDER_ASAN
// Allocations that fail return null, as they do without the sanitizer.
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }
#endif

namespace tern {
namespace {

constexpr std::size_t kMemoryLimit = std::size_t{64} << 20;  // of a session, and of its inputs
constexpr rlim_t kAddressSpace = rlim_t{6} << 30;            // of the whole child
constexpr std::int64_t kRunLimitMs = 1000;
constexpr double kHangSeconds = 20;    // of processor time for one mutant
constexpr double kSleepSeconds = 300;  // of any time: a child that waits for what never comes
constexpr std::uint64_t kMaxFileBytes = std::uint64_t{8} << 20;

struct Arguments {
  std::vector<std::string> folders;
  std::uint64_t first = 0;
  std::uint64_t count = 1000;  // up to this one
  std::uint64_t seed = 1;
  std::optional<std::uint64_t> only;
  std::string keep;
};

std::optional<std::uint64_t> number_behind(int argc, char** argv, int& i) {
  if (++i >= argc) return std::nullopt;
  const std::optional<std::int64_t> number = parse_int(argv[i]);
  if (!number || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

std::optional<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (!word.starts_with("--")) {
      arguments.folders.emplace_back(word);
    } else if (word == "--keep" && i + 1 < argc) {
      arguments.keep = argv[++i];
    } else {
      const std::optional<std::uint64_t> number = number_behind(argc, argv, i);
      if (!number) return std::nullopt;
      if (word == "--count") {
        arguments.count = *number;
      } else if (word == "--first") {
        arguments.first = *number;
      } else if (word == "--seed") {
        arguments.seed = *number;
      } else if (word == "--only") {
        arguments.only = *number;
      } else {
        return std::nullopt;
      }
    }
  }
  if (arguments.folders.empty()) return std::nullopt;
  return arguments;
}

void find_models(const std::string& path, std::vector<std::string>& models) {
  const Result<std::vector<std::string>> names = list_directory(path);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    const std::string child = join_path(path, name);
    if (is_directory(child)) {
      find_models(child, models);
    } else if (file_extension(name) == ".onnx") {
      const Result<FileInfo> info = file_info(child);
      if (info.ok() && info->bytes > 0 && info->bytes <= kMaxFileBytes) models.push_back(child);
    }
  }
}

struct Mutant {
  std::string source;
  std::string bytes;
  bool optimize = true;
  bool reference = false;  // no fast kernels
};

// Flips a bit, or writes a byte that is likely to matter: the ends of the ranges of numbers.
void change_byte(std::string& bytes, RandomStream& random) {
  constexpr unsigned char kLikely[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
  char& byte = bytes[random.below(bytes.size())];
  switch (random.below(3)) {
    case 0: byte = static_cast<char>(byte ^ 1 << random.below(8)); return;
    case 1: byte = static_cast<char>(kLikely[random.below(std::size(kLikely))]); return;
    default: byte = static_cast<char>(random.below(256));
  }
}

Result<Mutant> make_mutant(const std::vector<std::string>& models, std::uint64_t seed,
                           std::uint64_t index) {
  RandomStream random(seed, index);
  Mutant mutant;
  mutant.source = models[random.below(models.size())];
  TERN_ASSIGN_OR_RETURN(mutant.bytes, read_file(mutant.source));
  // Most changes of bytes are found by whoever reads the file; those of values reach what is
  // behind.
  const bool as_bytes = random.below(3) == 0;
  const std::uint64_t changes = random.below(2) == 0 ? 1 : 1 + random.below(6);
  for (std::uint64_t n = 0; n < changes; ++n) {
    const std::uint64_t values = as_bytes ? 0 : testing::count_values(mutant.bytes);
    if (values == 0) {
      change_byte(mutant.bytes, random);
    } else {
      mutant.bytes = testing::change_value(mutant.bytes, random.below(values), random);
    }
  }
  mutant.optimize = random.below(4) != 0;
  mutant.reference = random.below(4) == 0;
  return mutant;
}

enum class Stage { kRefused, kImported, kRan };

struct Ending {
  Stage stage = Stage::kRan;
  Status status = {};  // why it did not get farther
};

Result<Ending> try_mutant(const Mutant& mutant, const std::string& path, std::uint64_t seed) {
  TERN_TRY(write_file_atomically(path, mutant.bytes));
  const BudgetScope scope(std::make_shared<MemoryBudget>(kMemoryLimit));
  Result<Graph> graph = load_model(path);
  if (!graph.ok()) return Ending{Stage::kRefused, graph.status()};
  Result<Session> session =
      Session::create(*std::move(graph), {.threads = 1,
                                          .optimize = mutant.optimize,
                                          .reference_kernels = mutant.reference,
                                          .memory_limit = kMemoryLimit});
  if (!session.ok()) return Ending{Stage::kImported, session.status()};
  const Result<std::vector<Tensor>> inputs = inspect::random_inputs(*session, {}, seed);
  if (!inputs.ok()) return Ending{Stage::kImported, inputs.status()};
  const Result<std::vector<Tensor>> outputs = session->run(*inputs, {.time_limit_ms = kRunLimitMs});
  if (!outputs.ok()) return Ending{Stage::kImported, outputs.status()};
  return Ending{};
}

// What parent and child both see.
struct Board {
  std::atomic<std::uint64_t> current{0};    // the mutant at work
  std::atomic<std::int64_t> started_us{0};  // processor time of the child when it began
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> imported{0};
  std::atomic<std::uint64_t> ran{0};
};

std::int64_t clock_us(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1000000 + time.tv_nsec / 1000;
}

int work(const Arguments& arguments, const std::vector<std::string>& models,
         const std::string& path, std::uint64_t first, Board& board) {
#ifndef TERN_UNDER_ASAN  // whose shadow memory is larger than any limit
  const rlimit space{kAddressSpace, kAddressSpace};
  setrlimit(RLIMIT_AS, &space);
#endif
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  for (std::uint64_t i = first; i < arguments.count; ++i) {
    board.started_us = clock_us(CLOCK_PROCESS_CPUTIME_ID);
    board.current = i;
    const Result<Mutant> mutant = make_mutant(models, arguments.seed, i);
    const Result<Ending> ending =
        mutant.ok() ? try_mutant(*mutant, path, arguments.seed + i) : mutant.status();
    if (!ending.ok()) {
      std::fprintf(stderr, "mutants: %s\n", ending.status().to_string().c_str());
      return 2;
    }
    ++(ending->stage == Stage::kRefused ? board.refused : board.imported);
    if (ending->stage == Stage::kRan) ++board.ran;
  }
  board.current = arguments.count;
  return 0;
}

enum class Death { kNone, kCrash, kHang };

// Waits for the end of the child, which it brings about when a mutant takes too long.
Death watch(pid_t child, const Board& board, std::string& how) {
  std::uint64_t seen = board.current;
  std::int64_t seen_us = clock_us(CLOCK_MONOTONIC);
  clockid_t clock{};
  const bool has_clock = clock_getcpuclockid(child, &clock) == 0;
  while (true) {
    int status = 0;
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) {
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return Death::kNone;
      how = WIFSIGNALED(status) ? std::string("signal ") + strsignal(WTERMSIG(status))
                                : "exit code " + std::to_string(WEXITSTATUS(status));
      return Death::kCrash;
    }
    if (ended < 0 && errno != EINTR) {
      how = "waitpid failed";
      return Death::kCrash;
    }
    if (board.current != seen) {
      seen = board.current;
      seen_us = clock_us(CLOCK_MONOTONIC);
    }
    const double used =
        has_clock ? static_cast<double>(clock_us(clock) - board.started_us) / 1e6 : 0;
    const double waited = static_cast<double>(clock_us(CLOCK_MONOTONIC) - seen_us) / 1e6;
    if (used > kHangSeconds || waited > kSleepSeconds) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      how = "no end after " + std::to_string(static_cast<int>(std::max(used, waited))) + " s";
      return Death::kHang;
    }
    usleep(5000);
  }
}

std::string repeat_command(const Arguments& arguments, std::uint64_t index) {
  std::string text = "mutants";
  for (const std::string& folder : arguments.folders) text += " " + folder;
  return text + " --seed " + std::to_string(arguments.seed) + " --only " + std::to_string(index);
}

int run_all(const Arguments& arguments, const std::vector<std::string>& models,
            const std::string& path, Board& board) {
  std::uint64_t crashed = 0, hung = 0, next = arguments.first;
  while (next < arguments.count) {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child < 0) {
      std::perror("mutants: fork");
      return 2;
    }
    if (child == 0) _exit(work(arguments, models, path, next, board));
    std::string how;
    const Death death = watch(child, board, how);
    if (death == Death::kNone) break;
    const std::uint64_t index = board.current;
    const Result<Mutant> mutant = make_mutant(models, arguments.seed, index);
    std::printf("%s of mutant %llu of %s: %s\n  again with: %s\n",
                death == Death::kHang ? "hang" : "crash", static_cast<unsigned long long>(index),
                mutant.ok() ? mutant->source.c_str() : "?", how.c_str(),
                repeat_command(arguments, index).c_str());
    ++(death == Death::kHang ? hung : crashed);
    next = index + 1;
  }
  std::printf(
      "%llu mutants: %llu imported, %llu of them ran, %llu refused, %llu crashed, %llu hung\n",
      static_cast<unsigned long long>(arguments.count - std::min(arguments.first, arguments.count)),
      static_cast<unsigned long long>(board.imported.load()),
      static_cast<unsigned long long>(board.ran.load()),
      static_cast<unsigned long long>(board.refused.load()),
      static_cast<unsigned long long>(crashed), static_cast<unsigned long long>(hung));
  return crashed + hung == 0 ? 0 : 1;
}

int run_one(const Arguments& arguments, const std::vector<std::string>& models,
            const std::string& path) {
  const Result<Mutant> mutant = make_mutant(models, arguments.seed, *arguments.only);
  if (!mutant.ok()) {
    std::fprintf(stderr, "mutants: %s\n", mutant.status().to_string().c_str());
    return 2;
  }
  std::printf("mutant %llu of %s%s%s\n", static_cast<unsigned long long>(*arguments.only),
              mutant->source.c_str(), mutant->optimize ? "" : ", not optimised",
              mutant->reference ? ", reference kernels" : "");
  std::fflush(stdout);
  if (!arguments.keep.empty()) {
    const Status kept = write_file_atomically(arguments.keep, mutant->bytes);
    if (!kept.ok()) std::fprintf(stderr, "mutants: %s\n", kept.to_string().c_str());
    return kept.ok() ? 0 : 2;
  }
  const Result<Ending> ending = try_mutant(*mutant, path, arguments.seed + *arguments.only);
  if (!ending.ok()) {
    std::fprintf(stderr, "mutants: %s\n", ending.status().to_string().c_str());
    return 2;
  }
  constexpr const char* kNames[] = {"refused", "imported", "ran"};
  std::printf("%s%s%s\n", kNames[static_cast<int>(ending->stage)], ending->status.ok() ? "" : ": ",
              std::string(ending->status.message()).c_str());
  return 0;
}

int run(int argc, char** argv) {
  const std::optional<Arguments> arguments = parse(argc, argv);
  if (!arguments) {
    std::fprintf(
        stderr,
        "usage: mutants FOLDER... [--count N] [--seed S] [--first I] [--only I [--keep FILE]]\n");
    return 2;
  }
  std::vector<std::string> models;
  for (const std::string& folder : arguments->folders) find_models(folder, models);
  if (models.empty()) {
    std::printf("skipped: no .onnx files below %s (docs/testing.md)\n",
                arguments->folders[0].c_str());
    return 77;
  }
  char folder[] = "/tmp/tern_mutants_XXXXXX";
  if (mkdtemp(folder) == nullptr) {
    std::perror("mutants: /tmp");
    return 2;
  }
  const std::string path = join_path(folder, "mutant.onnx");
  int code = 2;
  if (arguments->only) {
    code = run_one(*arguments, models, path);
  } else {
    void* const shared =
        mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
      std::perror("mutants: mmap");
    } else {
      code = run_all(*arguments, models, path, *new (shared) Board);
    }
  }
  (void)remove_directory_tree(folder);
  return code;
}

}  // namespace
}  // namespace tern

int main(int argc, char** argv) { return tern::run(argc, argv); }
