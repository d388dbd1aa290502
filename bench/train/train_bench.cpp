// Times one step of training and prints a JSON object per task.
//
//   train_bench [TASK...] [--threads N] [--seconds S] [--profile] [--reference]
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/train/networks.h"
#include "tern/session.h"

namespace tern::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::vector<std::string> tasks;
  int threads = 1;
  double seconds = 4;
  bool profile = false;
};

double milliseconds(Clock::duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

double percentile(std::vector<double> sorted, double part) {
  std::ranges::sort(sorted);
  return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1) + 0.5)];
}

double peak_rss_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Where the time of a step goes, by operator and kernel, the least time of several runs.
Status print_profile(Session& session, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  constexpr int kRuns = 9;
  std::vector<StepProfile> least;
  for (int i = 0; i < kRuns; ++i) {
    std::vector<StepProfile> steps;
    if (Status s = session.run(inputs, outputs, {.profile = &steps}); !s.ok()) return s;
    if (least.empty()) least = steps;
    for (std::size_t k = 0; k < steps.size(); ++k) {
      least[k].nanoseconds = std::min(least[k].nanoseconds, steps[k].nanoseconds);
    }
  }
  double total = 0;
  for (const StepProfile& step : least) total += static_cast<double>(step.nanoseconds);
  for (const StepProfile& step : least) {
    const auto ns = static_cast<double>(step.nanoseconds);
    fmt::print(stderr, "{:9.1f} us {:5.1f} % {:6.1f} GF/s {:6.1f} GB/s  {:<26} {:<24} {}  {}\n",
               ns / 1000, 100 * ns / total, step.flops / std::max(1.0, ns),
               step.bytes / std::max(1.0, ns), step.op, step.kernel, step.shapes, step.node);
  }
  std::map<std::string, double> by_op;
  for (const StepProfile& step : least) {
    by_op[step.op + " " + step.kernel] += static_cast<double>(step.nanoseconds);
  }
  std::vector<std::pair<double, std::string>> rows;
  for (const auto& [name, ns] : by_op) rows.emplace_back(ns, name);
  std::ranges::sort(rows, std::greater<>());
  fmt::print(stderr, "total {:.1f} us\n", total / 1000);
  for (const auto& [ns, name] : rows) {
    fmt::print(stderr, "{:9.1f} us {:5.1f} %  {}\n", ns / 1000, 100 * ns / total, name);
  }
  return {};
}

Status measure(const std::string& name, const Options& options) {
  Result<TrainingTask> task = make_task(name);
  if (!task.ok()) return task.status();
  Result<Session> session = Session::create(std::move(task->graph), {.threads = options.threads});
  if (!session.ok()) return session.status();
  std::vector<Tensor> outputs(1);
  const auto step = [&] { return session->run(task->inputs, outputs); };
  const auto loss = [&] { return outputs[0].data<float>()[0]; };
  if (Status s = step(); !s.ok()) return s;
  const float first = loss();
  for (int i = 0; i < 4; ++i) {
    if (Status s = step(); !s.ok()) return s;
  }
  if (options.profile) {
    if (Status s = print_profile(*session, task->inputs, outputs); !s.ok()) return s;
  }
  std::vector<double> times;
  const Clock::time_point begin = Clock::now();
  while (times.size() < 5 || milliseconds(Clock::now() - begin) < options.seconds * 1000) {
    const Clock::time_point start = Clock::now();
    if (Status s = step(); !s.ok()) return s;
    times.push_back(milliseconds(Clock::now() - start));
  }
  const double median = percentile(times, 0.5);
  fmt::print(
      "{{\"engine\": \"tern\", \"task\": \"{}\", \"threads\": {}, \"precision\": \"f32\", "
      "\"steps\": {}, \"median_ms\": {:.3f}, \"min_ms\": {:.3f}, \"p10_ms\": {:.3f}, "
      "\"p90_ms\": {:.3f}, \"unit\": \"{}\", \"per_s\": {:.1f}, \"best_per_s\": {:.1f}, "
      "\"first_loss\": {:.4f}, \"last_loss\": {:.4f}, \"peak_rss_mb\": {:.1f}}}\n",
      name, options.threads, times.size(), median, percentile(times, 0), percentile(times, 0.1),
      percentile(times, 0.9), task->unit, static_cast<double>(task->per_step) * 1000 / median,
      static_cast<double>(task->per_step) * 1000 / percentile(times, 0), first, loss(),
      peak_rss_mb());
  std::fflush(stdout);
  return {};
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    const auto value = [&] { return i + 1 < argc ? argv[++i] : "0"; };
    if (arg == "--threads") {
      options.threads = std::atoi(value());
    } else if (arg == "--seconds") {
      options.seconds = std::atof(value());
    } else if (arg == "--profile") {
      options.profile = true;
    } else if (arg.starts_with("-")) {
      fmt::print(stderr, "usage: train_bench [TASK...] [--threads N] [--seconds S] [--profile]\n");
      std::exit(2);
    } else {
      options.tasks.push_back(arg);
    }
  }
  if (options.tasks.empty()) {
    for (const std::string_view name : task_names()) options.tasks.emplace_back(name);
  }
  return options;
}

}  // namespace
}  // namespace tern::bench

int main(int argc, char** argv) {
  const tern::bench::Options options = tern::bench::parse(argc, argv);
  for (const std::string& task : options.tasks) {
    if (const tern::Status s = tern::bench::measure(task, options); !s.ok()) {
      fmt::print(stderr, "train_bench: {}: {}\n", task, s.to_string());
      return 1;
    }
  }
  return 0;
}
