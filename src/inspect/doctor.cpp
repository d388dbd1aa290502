#include "inspect/doctor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

#include "backend/cpu/bf16_unit.h"
#include "backend/cpu/compute/gemm.h"
#include "backend/cpu/isa.h"
#include "base/json.h"
#include "tern/thread_pool.h"
#include "tern/version.h"

namespace tern::inspect {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

// A product large enough to be bound by arithmetic, small enough to be over soon.
double measure_gemm(int threads) {
  constexpr std::int64_t kSize = 384;
  ThreadPool pool(threads);
  const cpu::GemmPlan plan = cpu::plan_gemm({.k = kSize, .n = kSize, .epilogue = {}});
  std::vector<float> a(kSize * kSize, 0.5f), b(kSize * kSize, 0.25f), c(kSize * kSize);
  std::vector<float> packed(static_cast<std::size_t>(plan.packed_floats));
  std::vector<float> scratch(
      static_cast<std::size_t>(cpu::gemm_scratch_floats(plan, kSize, threads)) + 1);
  cpu::pack_gemm(plan, b.data(), kSize, 1, packed.data());
  double best = 0;
  const auto start = Clock::now();
  while (seconds_since(start) < 0.3) {
    const auto run = Clock::now();
    cpu::run_gemm(plan,
                  {.m = kSize,
                   .a = a.data(),
                   .a_row = kSize,
                   .packed = packed.data(),
                   .c = c.data(),
                   .c_row = kSize},
                  scratch.data(), pool);
    best = std::max(best, 2.0 * kSize * kSize * kSize / seconds_since(run) * 1e-9);
  }
  return best;
}

double measure_fork_join(int threads) {
  ThreadPool pool(threads);
  constexpr int kJobs = 2000;
  double best = 1e9;
  for (int round = 0; round < 5; ++round) {
    const auto start = Clock::now();
    for (int i = 0; i < kJobs; ++i) pool.run([](int, int) {});
    best = std::min(best, seconds_since(start) / kJobs * 1e6);
  }
  return best;
}

}  // namespace

DoctorReport examine() {
  DoctorReport report;
  report.version = version();
  report.processor = processor_name();
  report.cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  report.best_isa = to_string(cpu::detect_isa());
  report.active_isa = to_string(cpu::active_isa());
  report.bf16_unit = to_string(cpu::active_bf16_unit());
  report.memory_gb = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
                     static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1024.0 * 1024 * 1024);
  report.gemm_gflops_1 = measure_gemm(1);
  report.gemm_gflops_all = measure_gemm(report.cores);
  report.fork_join_us = measure_fork_join(report.cores);
  return report;
}

std::string to_text(const DoctorReport& r) {
  std::string text = fmt::format(
      "tern {}\n"
      "  processor    {}, {} cores, {:.1f} GiB of memory\n"
      "  instructions {} of {} in use, {} for bf16\n"
      "  f32 matmul   {:.0f} GFLOP/s on one thread, {:.0f} on all\n"
      "  fork-join    {:.2f} us\n",
      r.version, r.processor, r.cores, r.memory_gb, r.active_isa, r.best_isa, r.bf16_unit,
      r.gemm_gflops_1, r.gemm_gflops_all, r.fork_join_us);
  if (r.active_isa != r.best_isa) {
    text += "  note: TERN_MAX_ISA keeps tern below what this processor can do\n";
  }
  return text;
}

std::string to_json(const DoctorReport& r) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("version", r.version);
  json.field("processor", r.processor);
  json.field("cores", r.cores);
  json.field("best_isa", r.best_isa);
  json.field("active_isa", r.active_isa);
  json.field("bf16_unit", r.bf16_unit);
  json.field("memory_gb", r.memory_gb);
  json.field("gemm_gflops_1", r.gemm_gflops_1);
  json.field("gemm_gflops_all", r.gemm_gflops_all);
  json.field("fork_join_us", r.fork_join_us);
  json.end_object();
  return text;
}

}  // namespace tern::inspect
