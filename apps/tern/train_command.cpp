#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "base/errors.h"
#include "command.h"
#include "train/job/train_job.h"

namespace tern::app {
namespace {

struct TrainArguments {
  train::TrainJobOptions options;
  bool json = false;
};

// A handler is given nothing but the number.
std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

// Ctrl-C and SIGTERM ask for a stop, once: the next one ends the program.
class StopOnSignal {
 public:
  StopOnSignal() {
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = true; };
    action.sa_flags = SA_RESETHAND | SA_RESTART;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    watcher_ = std::jthread([this](const std::stop_token& done) {
      while (!done.stop_requested() && !interrupted) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
      if (interrupted) source_.request_stop();
    });
  }

  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::jthread watcher_;  // ends first
};

int run_train(TrainArguments& arguments) {
  const StopOnSignal stop;
  arguments.options.stop = stop.token();
  std::FILE* out = arguments.json ? stderr : stdout;
  arguments.options.on_line = [out](std::string_view line) {
    fmt::print(out, "{}\n", line);
    std::fflush(out);
  };
  const Result<train::TrainSummary> summary = train::run_train_job(arguments.options);
  if (!summary.ok()) return fail(summary.status());
  if (arguments.json) fmt::print("{}\n", to_json(*summary));
  return summary->stopped ? kFailure : kSuccess;
}

}  // namespace

void add_train(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<TrainArguments>();
  train::TrainJobOptions& options = arguments->options;
  CLI::App* command = app.add_subcommand("train", "train a model as a configuration says");
  command->add_option("CONFIG", options.config, "YAML file, see docs/train.md")->required();
  command->add_option("--set", options.overrides,
                      "KEY=VALUE: change the configuration, such as optimizer.lr=0.01");
  command->add_flag("--resume", options.resume,
                    "go on from the configuration's checkpoint, if it is there");
  command->add_flag("--json", arguments->json,
                    "one JSON object on standard output, the report on standard error");
  command->add_flag_callback(
      "--no-progress", [&options] { options.progress = false; }, "no progress bar");
  command->footer(
      "Ctrl-C ends training after the current step, with a checkpoint if the configuration names "
      "one.\n"
      "Examples:\n"
      "  tern train data/digits/train.yaml\n"
      "  tern train mnist.yaml --set data.path=mnist --set epochs=3 --resume");
  command->callback(
      [arguments, &action] { action = [arguments] { return run_train(*arguments); }; });
}

}  // namespace tern::app
